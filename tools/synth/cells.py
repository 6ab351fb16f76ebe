# SPDX-License-Identifier: BSD-2-Clause
"""What each cell of the Xilinx UltraScale+ library is for the two figures: area and depth.

One level is one look-up table with its way to the next. The rules, for every cell that
`synth_xilinx -family xcup` emits:

- LUT1 to LUT6: one level. BUF and INV: none (they melt into the neighbouring table or register).
- CARRY4, CARRY8: a chain is one level however long it is: one for going in by S, DI or CYINIT,
  none from carry to carry.
- MUXF7, MUXF8, MUXF9: one level. Depth is taken from a netlist without them.
- Distributed RAM: reading is one level, from the read address or from the stored word; a path ends
  at the write port.
- Registers, shift registers, block RAM, DSP: a path starts at their outputs and ends at their
  inputs, enable and reset included. The clock is no path.
"""

from __future__ import annotations

import re

CARRY = frozenset({"CARRY4", "CARRY8"})
FREE = frozenset({"BUF", "BUFG", "BUFGCE", "IBUF", "OBUF", "INV"})
CLOCK_PINS = frozenset(
    {"C", "CLK", "WCLK", "CLKARDCLK", "CLKBWRCLK", "CLKIN", "G"}
)  # G: gate of a latch
IGNORED = frozenset({"GND", "VCC", "$scopeinfo"})

_SEQUENTIAL = re.compile(r"^(FD[CPRS]E(_1)?|LD[CP]E|SRL|RAMB|URAM|DSP)")
_LUT = re.compile(r"^LUT[1-6]$")
# Distributed RAM: (look-up tables, output pin -> pin of its read address).
_QUAD = {f"DO{p}": f"ADDR{p}" for p in "ABCD"}
_OCTO = {f"DO{p}": f"ADDR{p}" for p in "ABCDEFGH"}
_DUAL = {"SPO": "A", "DPO": "DPRA"}
DISTRIBUTED: dict[str, tuple[int, dict[str, str]]] = {
    "RAM32M": (4, _QUAD),
    "RAM64M": (4, _QUAD),
    "RAM32M16": (8, _OCTO),
    "RAM64M8": (8, _OCTO),
    "RAM32X1S": (1, {"O": "A"}),
    "RAM64X1S": (1, {"O": "A"}),
    "RAM128X1S": (2, {"O": "A"}),
    "RAM256X1S": (4, {"O": "A"}),
    "RAM512X1S": (8, {"O": "A"}),
    "RAM32X1D": (2, _DUAL),
    "RAM64X1D": (2, _DUAL),
    "RAM128X1D": (4, _DUAL),
    "RAM256X1D": (8, _DUAL),
    "RAM64X8SW": (8, {"O": "A"}),
    "RAM32X16DR8": (8, {"DO": "ADDR"}),
}


def is_known(kind: str) -> bool:
    """A cell with a rule. Others must not be taken for logic of one level or of no area."""
    return (
        is_lut(kind)
        or is_sequential(kind)
        or kind in DISTRIBUTED
        or kind in CARRY | FREE | IGNORED
        or re.match(r"^MUXF[5-9]$", kind) is not None
    )


def is_lut(kind: str) -> bool:
    return _LUT.match(kind) is not None


def is_register(kind: str) -> bool:
    """A flip-flop or latch."""
    return re.match(r"^(FD[CPRS]E|LD[CP]E)", kind) is not None


def is_sequential(kind: str) -> bool:
    """Paths start and end here. Distributed RAM is apart: its read port is logic."""
    return _SEQUENTIAL.match(kind) is not None


def read_address(kind: str, output: str) -> str | None:
    """Pin (or its stem: A of A0 to A5) that addresses an output of a distributed RAM."""
    if kind not in DISTRIBUTED:
        return None
    pins = DISTRIBUTED[kind][1]
    return pins.get(output) or pins.get(output.rstrip("0123456789"))


def read_only_pins(kind: str) -> tuple[str, ...]:
    """Stems of the read addresses that are not the write address as well: no path ends there."""
    pins = list(DISTRIBUTED[kind][1].values())
    if pins == ["A", "DPRA"]:
        return ("DPRA",)
    return tuple(pins[:-1])
