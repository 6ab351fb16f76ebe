# SPDX-License-Identifier: BSD-2-Clause
"""Verilate the engine alone and link it with cpp/main.cpp; options as in the Python bench's build.

What that build has beside them serves Python only: the VPI and the list of public signals.
"""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
from pathlib import Path

from tb import sources as hdl_sources
from tb.build import BUILD_LIMIT_S, LINT_CONTROL, BuildError, BuildSpec, tail, use_object_cache
from tb.simulators import MAKE_VARIABLES, clean_environment
from tb.sources import ROOT

TOP = "tls_rx_top"
MAIN = Path(__file__).with_name("cpp") / "main.cpp"
PROGRAM = "bench_main"


def engine_spec(like: BuildSpec) -> BuildSpec:
    """The engine without its bench, built like the bench."""
    return BuildSpec(
        top=TOP,
        sim="verilator",
        sources=tuple(hdl_sources.resolve(TOP)),
        parameters=like.parameters,
        make_variables=like.make_variables,
    )


def build_main(like: BuildSpec) -> Path:
    """The C++ program with the engine of that bench build."""
    spec = engine_spec(like)
    digest = hashlib.sha256((spec.key() + MAIN.read_text()).encode()).hexdigest()[:12]
    folder = ROOT / "build" / f"{PROGRAM}-{digest}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / ".done").exists():
            _compile(spec, folder)
            (folder / ".done").write_text("ok\n")
    return folder / PROGRAM


def _compile(spec: BuildSpec, folder: Path) -> None:
    width = spec.parameters["DataW"]
    verilate = [
        *("verilator", "-cc", "--exe", "-Mdir", str(folder), "--top-module", TOP),
        *("--prefix", "Vtop", "-o", PROGRAM, "-CFLAGS", f"-DDATA_W={width}"),
        *(*spec.arguments(), "--timescale", "1ns/1ps"),
        *(f"-G{name}={value}" for name, value in spec.parameters.items()),
        *(str(path) for path in (LINT_CONTROL, MAIN, *spec.sources)),
    ]
    variables = {**MAKE_VARIABLES, **spec.make_variables}
    make = ["make", "-j", "2", "-C", str(folder), "-f", "Vtop.mk"]
    make += [f"{name}={value}" for name, value in variables.items()]
    log = folder / "build.log"
    with clean_environment(), log.open("w") as out:
        use_object_cache()
        for command in (verilate, make):
            result = subprocess.run(
                command, stdout=out, stderr=subprocess.STDOUT, timeout=BUILD_LIMIT_S, check=False
            )
            if result.returncode != 0:
                raise BuildError(f"{PROGRAM}: {command[0]} failed\n{tail(log)}")
