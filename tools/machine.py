# SPDX-License-Identifier: BSD-2-Clause
"""What the project needs from the machine itself, and how to get it (standard library only)."""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
# Distribution packages unpacked by `make setup` where it had no right to install them.
LOCAL = VENV / "opt"
INCLUDE = (Path("/usr/include"), Path("/usr/local/include"), LOCAL / "usr/include")


def python_version() -> str:
    """`3.11` and so on, as it appears in package and folder names."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def local_library_folder() -> Path | None:
    """Folder of the unpacked packages' libraries; None if nothing was unpacked."""
    folders = [LOCAL / "usr/lib" / str(sysconfig.get_config_var("MULTIARCH")), LOCAL / "usr/lib"]
    return next((folder for folder in folders if folder.is_dir()), None)


def program(name: str) -> str | None:
    """Path of a program, the venv's own first."""
    path = os.pathsep.join([str(VENV / "bin"), os.environ.get("PATH", os.defpath)])
    return shutil.which(name, path=path)


def libpython() -> str | None:
    """Shared library of this Python, which the simulators load; None if there is none."""
    names = {str(sysconfig.get_config_var(key)) for key in ("INSTSONAME", "LDLIBRARY")}
    names |= {f"libpython{python_version()}.so.1.0", f"libpython{python_version()}.so"}
    folders = {str(sysconfig.get_config_var("LIBDIR")), f"{sys.base_prefix}/lib"}
    multiarch = sysconfig.get_config_var("MULTIARCH")
    if multiarch:
        folders |= {f"/usr/lib/{multiarch}", f"/lib/{multiarch}"}
    places = [Path(folder) for folder in sorted(folders)]
    local = local_library_folder()
    for folder in [*places, *([local] if local else [])]:
        for name in sorted(names):
            path = folder / name
            if ".so" in name and path.is_file():
                return str(path)
    return ctypes.util.find_library(f"python{python_version()}")


def header(name: str) -> str | None:
    """Path of a C header in the compiler's usual folders."""
    return next((str(d / name) for d in INCLUDE if (d / name).is_file()), None)


@dataclass(frozen=True)
class Package:
    """A distribution package, and the probe that tells whether its content is there."""

    name: str
    purpose: str
    probe: Callable[[], str | None]


def packages() -> list[Package]:
    """Distribution packages that `make setup` looks for (Debian and Ubuntu names)."""
    return [
        Package("g++", "compiles Verilator's output", lambda: shutil.which("g++")),
        Package("make", "builds Verilator's output", lambda: shutil.which("make")),
        Package("perl", "runs Verilator's launcher", lambda: shutil.which("perl")),
        Package("iverilog", "the simulator Icarus", lambda: program("iverilog")),
        Package(f"libpython{python_version()}", "cocotb inside the simulators", libpython),
        Package("liblz4-dev", "FST waves of Verilator", lambda: header("lz4.h")),
        Package("zlib1g-dev", "FST waves of Verilator", lambda: header("zlib.h")),
    ]


def missing_packages() -> list[Package]:
    """Packages whose content is not on this machine."""
    return [package for package in packages() if package.probe() is None]


def root_prefix() -> list[str] | None:
    """Words that make a command run as root here without a question; None if there are none."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if asked.returncode == 0:
            return ["sudo", "-n"]
    return None


def install_command(names: list[str]) -> str:
    """The command line that a user types to install packages."""
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get install -y {' '.join(names)}"
