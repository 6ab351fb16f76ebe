# SPDX-License-Identifier: BSD-2-Clause
"""The whole engine elaborates, and lints silently, at every size it promises."""

from __future__ import annotations

import os
import subprocess

import pytest

from tb.simulators import search_path
from tb.sources import ROOT

TOP = "tls_rx_top"
ICARUS = ("iverilog", "-g2012", "-Wall", "-t", "null", "-f", "hdl/tls_rx.f", "-s", TOP)
VERILATOR = ("verilator", "--lint-only", "--quiet", "-Wall", "--timing", "hdl/lint/verilator.vlt")


@pytest.mark.parametrize(("data_w", "flows"), [(128, 4), (256, 1024), (512, 1024), (512, 4096)])
def test_elaborates(sim: str, data_w: int, flows: int) -> None:
    """``NumKeys`` is another power of two than ``NumFlows``, so that no width is taken for both."""
    values = {"DataW": data_w, "NumFlows": flows, "NumKeys": max(2, flows // 4)}
    if sim == "icarus":
        command = [*ICARUS, *(f"-P{TOP}.{name}={value}" for name, value in values.items())]
    else:
        parameters = (f"-G{name}={value}" for name, value in values.items())
        command = [*VERILATOR, "-f", "hdl/tls_rx.f", "--top-module", TOP, *parameters]
    env = dict(os.environ, PATH=search_path())
    env.pop("VERILATOR_ROOT", None)
    result = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    said = (result.stdout + result.stderr).strip()
    assert result.returncode == 0, f"{' '.join(command)}\n{said}"
    assert not said, f"{' '.join(command)}\n{said}"
