# SPDX-License-Identifier: BSD-2-Clause
"""`tlsrx synth`: what is run, in which order, and what it prints."""

from __future__ import annotations

import re

from tb.sources import defined_units, hdl_files, strip_comments
from tools.synth import flow
from tools.synth.levels import Depth, measure
from tools.synth.netlist import Netlist
from tools.synth.runs import Design
from tools.synth.stitch import stitch


def takes_width(top: str) -> bool:
    """True if the module has the parameter DataW."""
    for path in hdl_files():
        if top in defined_units(path):
            return bool(re.search(r"\bparameter\s+int\s+DataW\b", strip_comments(path.read_text())))
    return False


def one_module(top: str, data_w: int, paths: int, flat: bool = False) -> int:
    """Depth of one module as top, at one width."""
    parameters = (("DataW", data_w),) if takes_width(top) else ()
    design = Design(top, parameters)
    mapped = flow.for_depth(flow.cut(design, flat))
    print(f"{design.label()}")
    print_depth(measure(Netlist(stitch(mapped.modules, mapped.top)), paths))
    return 0


def print_depth(depth: Depth) -> None:
    print("levels  bits  from -> to; through")
    for path in depth.paths:
        print(f"{path.levels:6}  {path.bits:4}  {path.start} -> {path.end}")
        if path.via:
            print(f"              {' > '.join(path.via)}")
    print("path ends by level: " + ", ".join(f"{k}: {v}" for k, v in depth.histogram.items()))


def run_synth(data_w: int | None, top: str | None, paths: int, flat: bool) -> int:
    if top is not None:
        return one_module(top, data_w or 128, paths, flat)
    return one_module("tls_rx_top", data_w or 128, paths)
