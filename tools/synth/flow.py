# SPDX-License-Identifier: BSD-2-Clause
"""A design synthesised island by island, and put together again for depth and area."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tools.synth import hierarchy
from tools.synth.hierarchy import base, plain
from tools.synth.runs import Design, Run, yosys

# Synthesised by themselves wherever they are: built many times over, slow to map, or wanted as a
# line of the area table. All but gf128_words end at registers, so that little is lost by it.
ISLANDS = (
    "aes_pipe", "aes_round", "gf128_words", "gf128_serial", "ghash",
    "gcm_keys", "gcm_front", "gcm_back", "gcm_sum", "gcm_power", "gcm_powers", "gcm_job_queue",
    "frame_check", "flow_table", "rec_walk", "slot_cut", "beat_ring",
)  # fmt: skip

ENGINE = "tls_rx_top"  # its children are islands too: the lines of the table
LIBRARY = "read_verilog -lib -specify +/xilinx/cells_sim.v +/xilinx/cells_xtra.v"
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

    def instances(self) -> Counter[str]:
        """How often each island is in the design."""
        total: Counter[str] = Counter()

        def visit(kind: str) -> None:
            total[kind] += 1
            for cell in self.modules[kind]["cells"].values():
                if cell["type"] in self.modules:
                    visit(cell["type"])

        visit(self.top)
        return total


def cut(design: Design, flat: bool = False) -> Islands:
    """Elaborate and cut. `flat`: one island; slower, nothing lost at boundaries."""
    script = f"{design.read()}\nwrite_rtlil {{out}}/design.il\n"
    read = yosys(f"{design.label()}: read", script, {}, design.files())
    text = hierarchy.Design((read.folder / "design.il").read_text(), design.top)
    kinds = [text.top] if flat else text.islands(ISLANDS, children=design.top == ENGINE)
    return Islands(design, text, tuple(kinds))


def for_depth(islands: Islands) -> Mapped:
    """Wide multiplexers of the slices off: they would hide levels."""
    runs = {kind: _depth_run(islands, kind) for kind in islands.kinds}
    return _mapped(islands, runs, "depth.json")


def for_area(islands: Islands) -> Mapped:
    """Wide multiplexers of the slices on, as a vendor's tool uses them."""
    runs = {kind: _area_run(islands, kind) for kind in islands.kinds}
    return _mapped(islands, runs, "area.json")


def _area_run(islands: Islands, kind: str) -> Run:
    """From where the run for depth was before it mapped."""
    prepared = (_depth_run(islands, kind).folder / "prepared.il").read_text()
    found = hierarchy.modules(prepared)
    own = "".join(text for name, text in found.items() if name in islands.text.modules)
    script = _lines(
        LIBRARY, "read_rtlil {out}/own.il", *_map(plain(kind), ""), "write_json {out}/area.json"
    )
    return yosys(f"{islands.design.label()}: {base(kind)}, area", script, {"own.il": own})


def _depth_run(islands: Islands, kind: str) -> Run:
    name = plain(kind)
    text = islands.text.island_text(kind, islands.kinds)
    script = _lines(
        "read_rtlil {out}/island.il",
        *_prepare(name, hierarchy.has_memory(text)),
        "write_rtlil {out}/prepared.il",
        *_map(name, "-nowidelut"),
        "write_json {out}/depth.json",
    )
    return yosys(f"{islands.design.label()}: {base(kind)}", script, {"island.il": text})


def _prepare(top: str, memory: bool) -> tuple[str, ...]:
    """Half the time of a small island is the reading of the memory rules: not without a memory."""
    if memory:
        return (f"{XILINX} -top {top} -run begin:map_luts",)
    return tuple(
        f"{XILINX} -top {top} -run {part}" for part in ("begin:map_memory", "map_ffram:map_luts")
    )


def _map(top: str, wide: str) -> tuple[str, ...]:
    return (f"{XILINX} {wide} -top {top} -run map_luts:check", "blackbox =A:whitebox")


def _lines(*commands: str) -> str:
    return "".join(f"{command}\n" for command in commands)


def _mapped(islands: Islands, runs: dict[str, Run], file: str) -> Mapped:
    """Modules of all islands: each alone, and those that the RTL keeps apart within it."""
    modules: dict[str, dict[str, Any]] = {}
    for run in runs.values():
        found = json.loads((run.folder / file).read_text())["modules"]
        modules |= {
            name: module
            for name, module in found.items()
            if f"\\{name}" in islands.text.modules and not _is_box(module)
        }
    return Mapped(islands.top, modules, sum(run.seconds for run in runs.values()))


def _is_box(module: dict[str, Any]) -> bool:
    return int(module.get("attributes", {}).get("blackbox", "0"), 2) != 0
