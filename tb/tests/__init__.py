# SPDX-License-Identifier: BSD-2-Clause
"""System tests as pyuvm classes; tests/system and the command line start them."""
