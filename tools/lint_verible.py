# SPDX-License-Identifier: BSD-2-Clause
"""Verible's style rules over every file of the engine that is written by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

from tb.simulators import which
from tb.sources import HDL, ROOT, hdl_files

PROGRAM = "verible-verilog-lint"
RULES = HDL / "lint" / "verible.rules"
GENERATED = {HDL / "csr" / "tls_rx_csr.sv"}  # by tools/regs.py, in its generator's style


def verible_problems() -> Iterator[str]:
    """One line for each finding; nothing if the program is absent, which is said."""
    program = which(PROGRAM)
    if program is None:
        print(f"lint: verible: SKIPPED: {PROGRAM} is not installed", file=sys.stderr)
        return
    files = [path for path in hdl_files() if path not in GENERATED]
    # Relative to the folder in which it runs, as findings repeat the names.
    names = [os.path.relpath(path, ROOT) for path in files]
    command = [program, "--rules_config", str(RULES), *names]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    said = (result.stdout + result.stderr).strip().splitlines()
    if result.returncode != 0 and not said:
        said = [f"{PROGRAM} ended with status {result.returncode}"]
    yield from said
