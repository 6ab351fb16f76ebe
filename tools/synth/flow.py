# SPDX-License-Identifier: BSD-2-Clause
"""A design synthesised island by island, and put together again for depth and area."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from tools.synth import hierarchy
from tools.synth.hierarchy import base, plain
from tools.synth.runs import Design, Run, yosys

# The cipher and the hash: built many times over and slow to map. All but gf128_words end at
# registers, so that little is lost by mapping them by themselves.
CRYPTO = (
    "gcm_core", "aes_pipe", "aes_round", "ghash", "gf128_words", "gf128_serial", "gcm_power",
    "gcm_powers",
)  # fmt: skip
# More lines of the area table.
PARTS = (
    "pkt_parse", "flow_lookup", "rx_track", "ks_align", "pkt_hold",
    "gcm_keys", "gcm_front", "gcm_back", "gcm_sum", "frame_check", "flow_table", "rec_walk",
    "slot_cut", "beat_ring",
)  # fmt: skip

# Look-up tables for ABC: inputs, area, delay in ps. The library's own have faster and slower
# inputs, so that two small tables are as good as a large one; a level is a level here.
EQUAL_DELAY = "# equal\n1 2 642\n2 2 642\n3 3 642\n4 5 642\n5 5 642\n6 5 642\n"

ENGINE = "tls_rx_top"
XILINX = "synth_xilinx -family xcup -noiopad -noclkbuf -flatten"


@dataclass(frozen=True, slots=True)
class Islands:
    """An elaborated design and how it is cut; the first kind is the top."""

    design: Design
    text: hierarchy.Design
    kinds: tuple[str, ...]

    @property
    def top(self) -> str:
        return plain(self.kinds[0])


@dataclass(frozen=True, slots=True)
class Mapped:
    """Yosys JSON modules of all islands, by kind, and the processor time they took."""

    top: str
    modules: dict[str, dict[str, Any]]
    seconds: float


def for_depth(design: Design, flat: bool = False) -> Mapped:
    """Wide multiplexers off: they would hide levels. All but the cipher and hash is one island.

    `flat`: they as well; slower.
    """
    islands = cut(design, () if flat else CRYPTO)
    runs = {kind: _map(islands, kind, "levels", _equal_delay) for kind in islands.kinds}
    return _mapped(islands, runs)


def for_area(design: Design) -> Mapped:
    """Wide multiplexers on, as a vendor's tool uses them; an island for each line of the table."""
    islands = cut(design, (*CRYPTO, *PARTS), children=design.top == ENGINE)
    runs = {kind: _map(islands, kind, "area", _as_it_comes) for kind in islands.kinds}
    return _mapped(islands, runs)


def cut(design: Design, names: Collection[str], children: bool = False) -> Islands:
    """Elaborate and cut: modules with one of the names and, if wanted, the children of the top."""
    script = f"{design.read()}\nwrite_rtlil {{out}}/design.il\n"
    read = yosys(f"{design.label()}: read", script, {}, design.files())
    text = hierarchy.Design((read.folder / "design.il").read_text(), design.top)
    return Islands(design, text, tuple(text.islands(names, children)))


def _map(islands: Islands, kind: str, purpose: str, mapping: Callable[[str], list[str]]) -> Run:
    top = plain(kind)
    text = islands.text.island_text(kind, islands.kinds)
    steps = [f"{XILINX} -top {top} -run {part}" for part in _parts(hierarchy.has_memory(text))]
    tail = ("blackbox =A:whitebox", "write_json {out}/net.json")
    script = _lines("read_rtlil {out}/island.il", *steps, *mapping(top), *tail)
    label = f"{islands.design.label()}: {base(kind)}, {purpose}"
    return yosys(label, script, {"island.il": text, "equal.lut": EQUAL_DELAY})


def _parts(memory: bool) -> tuple[str, ...]:
    """Half the time of a small island is the reading of the memory rules: not without a memory."""
    return ("begin:map_luts",) if memory else ("begin:map_memory", "map_ffram:map_luts")


def _as_it_comes(top: str) -> list[str]:
    return [f"{XILINX} -top {top} -run map_luts:check"]


def _equal_delay(_: str) -> list[str]:
    """What `synth_xilinx -nowidelut` does, but for a level as the unit of delay."""
    return [
        "opt_expr -mux_undef -noclkinv",
        "abc9 -lut {out}/equal.lut -W 300",
        "clean",
        "xilinx_srl -fixed -minlen 3",
        "techmap -map +/xilinx/lut_map.v -map +/xilinx/cells_map.v -D LUT_WIDTH=6",
        "xilinx_dffopt",
        "opt_lut_ins -tech xilinx",
        "clean",
    ]


def _lines(*commands: str) -> str:
    return "".join(f"{command}\n" for command in commands)


def _mapped(islands: Islands, runs: dict[str, Run]) -> Mapped:
    """Modules of all islands: each alone, and those that the RTL keeps apart within it."""
    modules: dict[str, dict[str, Any]] = {}
    for run in runs.values():
        found = json.loads((run.folder / "net.json").read_text())["modules"]
        modules |= {
            name: module
            for name, module in found.items()
            if f"\\{name}" in islands.text.modules and not _is_box(module)
        }
    return Mapped(islands.top, modules, sum(run.seconds for run in runs.values()))


def _is_box(module: dict[str, Any]) -> bool:
    return int(module.get("attributes", {}).get("blackbox", "0"), 2) != 0
