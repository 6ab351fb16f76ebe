# SPDX-License-Identifier: BSD-2-Clause
"""Area, logic depth and a clock of the engine from open tools: `tlsrx synth`."""
