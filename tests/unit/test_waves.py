# SPDX-License-Identifier: BSD-2-Clause
"""Wave files and the viewer layout: names, widths, enumerations, structure."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import pytest

from tb.fst import Signal, lz4_block, read_signals
from tb.hdl_names import enums, read_modules
from tb.sources import strip_comments
from tb.waves import write_layout

VCD = """$timescale 1ps $end
$scope module top $end
$var wire 1 ! clk_i $end
$scope module u_core $end
$var wire 8 " data_o [7:0] $end
$var reg 2 # state_q [1:0] $end
$var reg 2 % state_d [1:0] $end
$upscope $end
$upscope $end
$enddefinitions $end
"""

HDL = """
module core #(parameter int W = 8) (input wire logic clk_i, output logic [W-1:0] data_o);
  typedef enum logic [1:0] {
    StIdle, // waits, for { ever
    StRun = 2'd2, StStop
  } state_e;
  state_e state_q, state_d;
endmodule
module top (input wire logic clk_i);
  core #(.W(8)) u_core (.clk_i, .data_o());
endmodule
"""

SIGNALS = [
    Signal("top", "clk_i", 1),
    Signal("top.u_core", "data_o[7:0]", 8),
    Signal("top.u_core", "state_q[1:0]", 2),
    Signal("top.u_core", "state_d[1:0]", 2),
]

# The same hierarchy as VCD's, in the format of FST: scopes, an attribute, four variables.
FST_HIERARCHY = (
    b"\xfe\x00top\0top\0" + b"\x10\x01clk_i\0\x01\x00" + b"\xfe\x00u_core\0core\0"
    + b"\xfc\x00\x01note\0\x05" + b"\xfd"
    + b"\x10\x02data_o [7:0]\0\x08\x00" + b"\x05\x00state_q [1:0]\0\x02\x00"
    + b"\x05\x00state_d [1:0]\0\x02\x00" + b"\xff\xff"
)  # fmt: skip


def block(kind: int, body: bytes) -> bytes:
    return struct.pack(">BQ", kind, len(body) + 8) + body


def literals(data: bytes) -> bytes:
    """One LZ4 sequence that holds only literals."""
    length = len(data) - 15
    return b"\xf0" + b"\xff" * (length // 255) + bytes([length % 255]) + data


@pytest.mark.parametrize("kind", ["gzip", "lz4", "lz4 twice", "vcd"])
def test_signals_of_every_container(tmp_path: Path, kind: str) -> None:
    size = struct.pack(">Q", len(FST_HIERARCHY))
    packed = literals(FST_HIERARCHY)
    header = block(0, bytes(321))
    contents = {
        "gzip": header + block(4, size + gzip.compress(FST_HIERARCHY)),
        "lz4": header + block(6, size + packed),
        "lz4 twice": header + block(7, size + struct.pack(">Q", len(packed)) + literals(packed)),
        "vcd": VCD.encode(),
    }
    path = tmp_path / "waves"
    path.write_bytes(contents[kind])
    assert read_signals(path) == SIGNALS


def test_lz4_copies_from_its_own_output() -> None:
    # 3 literals, then 9 bytes from 3 back, which overlap what they write; then 1 literal.
    assert lz4_block(b"\x35abc\x03\x00" + b"\x10d", 13) == b"abcabcabcabcd"


def test_lz4_length_is_checked() -> None:
    with pytest.raises(ValueError, match="announced"):
        lz4_block(b"\x30abc", 4)


def test_cut_off_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "waves.fst"
    path.write_bytes(block(0, bytes(321)))
    with pytest.raises(ValueError, match="no hierarchy"):
        read_signals(path)


def test_enum_values_count_on_from_given_ones() -> None:
    (found,) = enums(strip_comments(HDL))
    assert (found.name, found.bits) == ("state_e", 2)
    assert found.labels == {0: "StIdle", 2: "StRun", 3: "StStop"}


def test_structure_of_sources(tmp_path: Path) -> None:
    path = tmp_path / "top.sv"
    path.write_text(HDL)
    modules = read_modules([path])
    assert modules["top"].instances == {"u_core": "core"}
    assert modules["core"].ports == ("clk_i", "data_o")
    assert set(modules["core"].enum_signals) == {"state_q", "state_d"}


def test_layout_names_only_what_is_in_the_file(tmp_path: Path) -> None:
    source = tmp_path / "core.sv"
    source.write_text(HDL.replace("core", "pkt_hold"))
    waves = tmp_path / "waves.vcd"
    waves.write_text(VCD.replace("u_core", "u_pkt_hold"))
    layout = write_layout(waves, "top", [source]).read_text()
    assert "-hold" in layout
    assert "top.u_pkt_hold.data_o[7:0]" in layout
    assert "state_d" not in layout
    table = next((tmp_path / "enums").iterdir())
    assert str(table) in layout
    assert table.read_text() == "00 StIdle\n10 StRun\n11 StStop\n"
