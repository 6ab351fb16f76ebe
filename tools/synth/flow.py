# SPDX-License-Identifier: BSD-2-Clause
"""The two Xilinx runs: a flattened netlist for depth, one with its hierarchy for area."""

from __future__ import annotations

from dataclasses import dataclass

from tools.synth.levels import CombinationalLoop, Depth, measure
from tools.synth.netlist import Netlist
from tools.synth.yosys import Design, UserError, synthesise

XILINX = "synth_xilinx -family xcup -noiopad"


@dataclass(frozen=True, slots=True)
class DepthRun:
    depth: Depth
    seconds: float


def depth(design: Design, paths: int = 10) -> DepthRun:
    """Levels across all modules: flattened, wide multiplexers off (they would hide levels)."""
    steps = f"{XILINX} -flatten -nowidelut -top {design.top}"
    folder, seconds = synthesise(design, steps, {"net.json": "write_json"})
    netlist = Netlist.load(folder / "net.json", design.top)
    try:
        return DepthRun(measure(netlist, paths), seconds)
    except CombinationalLoop as error:
        raise UserError(f"{design.label()}: {error}") from None
