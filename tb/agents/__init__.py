# SPDX-License-Identifier: BSD-2-Clause
"""UVM agents: wire (frames in), host (frames out), command (queue, completions, registers)."""
