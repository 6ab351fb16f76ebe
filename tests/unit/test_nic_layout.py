# SPDX-License-Identifier: BSD-2-Clause
"""The Python layout table against hdl/tls_rx_pkg.sv and against bytes written out by hand."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sw_model.nic import layout as lo

PKG = (Path(__file__).parents[2] / "hdl" / "tls_rx_pkg.sv").read_text(encoding="utf-8")


def strip_comments(text: str) -> str:
    return re.sub(r"//[^\n]*", "", text)


def struct_fields(name: str) -> list[tuple[str, int]]:
    """Names and widths of a packed struct of the package, most significant first."""
    bodies = re.findall(r"typedef struct packed \{([^}]*)\}\s*(\w+);", strip_comments(PKG))
    body = {n: b for b, n in bodies}[name]
    widths = {"logic": 1, "tls_status_e": 2}
    out = []
    for kind, high, field in re.findall(r"(\w+)\s*(?:\[(\w+)(?:-1)?:0\])?\s*(\w+)\s*;", body):
        width = widths.get(kind, 1)
        if high:
            width = lo.FLOW_W if high == "FlowW" else int(high) + 1
        out.append((field, width))
    return out


def enum_values(name: str) -> list[int]:
    """Values of an enum of the package, in order."""
    bodies = re.findall(r"typedef enum logic \[\d+:0\] \{([^}]*)\}\s*(\w+);", strip_comments(PKG))
    body = {n: b for b, n in bodies}[name]
    return [int(v, 16 if b == "h" else 10) for b, v in re.findall(r"=\s*\d+'([dh])(\w+)", body)]


def enum_names(name: str) -> list[str]:
    bodies = re.findall(r"typedef enum logic \[\d+:0\] \{([^}]*)\}\s*(\w+);", strip_comments(PKG))
    body = {n: b for b, n in bodies}[name]
    return re.findall(r"(\w+)\s*=", body)


def test_meta_fields_are_the_packages() -> None:
    assert struct_fields("pkt_meta_t") == list(lo.PKT_META_FIELDS)
    assert sum(w for _, w in lo.PKT_META_FIELDS) == lo.META_W
    assert int(re.search(r"MetaW\s*=\s*(\d+)", PKG)[1]) == lo.META_W  # type: ignore[index]
    assert int(re.search(r"FlowW\s*=\s*(\d+)", PKG)[1]) == lo.FLOW_W  # type: ignore[index]
    assert int(re.search(r"CmdW\s*=\s*(\d+)", PKG)[1]) == lo.CMD_W  # type: ignore[index]


def test_flow_rule_has_the_fields_of_flow_key_t() -> None:
    names = [n for n, _ in struct_fields("flow_key_t")]
    assert names == list(lo.FlowRule.__dataclass_fields__)


@pytest.mark.parametrize(
    ("enum", "prefix", "python"),
    [
        ("tls_status_e", "Tls", lo.TlsStatus),
        ("track_state_e", "Track", lo.TrackState),
        ("auth_state_e", "Auth", lo.AuthState),
        ("cmd_op_e", "Op", lo.Op),
        ("cpl_status_e", "Cpl", lo.CplStatus),
    ],
)
def test_enums_are_the_packages(enum: str, prefix: str, python: type) -> None:
    assert enum_values(enum) == [int(m) for m in python]  # type: ignore[attr-defined]
    ours = [prefix + m.name.replace("_", "").lower() for m in python]  # type: ignore[attr-defined]
    assert [n.lower() for n in enum_names(enum)] == [n.lower() for n in ours]


def test_meta_known_answer() -> None:
    meta = lo.PktMeta(tls_status=lo.TlsStatus.AUTH_FAIL, flow=0x005, flow_valid=True)
    assert meta.pack() == 1 << 14 | 5 << 2 | 3
    meta = lo.PktMeta(cmd_count=0x1234)
    assert meta.pack() >> (160 - 19) == 0x1234
    assert lo.PktMeta(tls_status=lo.TlsStatus.RESYNC).to_bytes() == b"\x02" + bytes(19)


def test_meta_refuses_values_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="vid"):
        lo.PktMeta(vid=4096).pack()


@given(st.integers(0, (1 << 157) - 1))
def test_meta_round_trip(word: int) -> None:
    meta = lo.PktMeta.unpack(word)
    assert meta.pack() == word
    assert lo.PktMeta.from_bytes(meta.to_bytes()) == meta
    assert isinstance(meta.is_tcp, bool)


def test_static_params_known_answer() -> None:
    params = lo.StaticParams(True, bytes(range(0xB0, 0xBC)), 0x010203, 5, 0x10C0F)
    expect = bytes.fromhex(
        "8d00000100000000 0000000000000005 00010c0f b0b1b2b3 b4b5b6b7b8b9babb 00010203"
    )
    assert params.pack() == expect + bytes(64 - len(expect))
    assert lo.StaticParams.parse(params.pack()) == params
    old = lo.StaticParams(False, bytes.fromhex("a0a1a2a3"), 0, 1)
    assert old.pack()[0] == 0b10_0010_01
    assert lo.StaticParams.parse(old.pack()).iv == bytes.fromhex("a0a1a2a3") + bytes(8)


def test_progress_params_known_answer() -> None:
    psv = lo.ProgressParams(
        3, 0x10000, 0x10C0F, lo.TrackState.TRACKING, lo.AuthState.AUTHENTICATION, 0x000102
    )
    assert psv.pack() == bytes.fromhex("00000003 00010000 00010c0f 60 000102")
    assert lo.ProgressParams.parse(psv.pack()) == psv


def test_rule_known_answer() -> None:
    rule = lo.FlowRule.of(ip_address("192.0.2.1"), ip_address("198.51.100.2"), 443, 50000, vid=100)
    expect = "0200 0064 01bb c350" + "00" * 8 + "00" * 12 + "c0000201" + "00" * 12 + "c6336402"
    assert rule.pack() == bytes.fromhex(expect)
    six = lo.FlowRule.of(ip_address("2001:db8::1"), ip_address("2001:db8::2"), 1, 2)
    assert (six.pack()[0], six.pack()[16:18]) == (1, b"\x20\x01")
    for r in (rule, six):
        assert lo.FlowRule.parse(r.pack()) == r


def test_commands_known_answer() -> None:
    key = bytes(range(16))
    cmd = lo.create_key(7, key, tag=0x1234)
    assert cmd == bytes.fromhex("01 00 1234 00000007") + bytes(8) + bytes(16) + key
    assert lo.create_key(7, key + key)[1] == 1
    for k in (key, key + key):
        assert lo.key_of(lo.Command.parse(lo.create_key(0, k))) == k
    assert lo.get_psv(9) == bytes.fromhex("05 00 0000 00000009") + bytes(8)
    assert lo.set_psv(9, lo.ProgressParams())[16:20] == bytes((0, 0, 0, 9))
    assert lo.with_tag(lo.get_psv(9), 0xABCD)[2:4] == b"\xab\xcd"


def test_every_builder_is_well_formed() -> None:
    rule = lo.FlowRule(False, False, 0, 1, 2, 3, 4)
    static = lo.StaticParams(False, bytes(4), 1, 2)
    built = [
        lo.create_key(1, bytes(16)),
        lo.destroy_key(1),
        lo.set_static(1, static),
        lo.set_psv(1, lo.ProgressParams()),
        lo.get_psv(1),
        lo.add_rule(1, rule),
        lo.del_rule(1, rule),
        lo.destroy_ctx(1),
    ]
    parsed = [lo.Command.parse(b) for b in built]
    assert [p.opcode for p in parsed] == list(lo.Op)
    assert all(p.well_formed and p.pack() == b for p, b in zip(parsed, built, strict=True))
    assert not lo.Command(9, 0).well_formed
    assert not lo.Command(lo.Op.GET_PSV, 0, bytes(16)).well_formed


def test_completion_known_answer() -> None:
    cpl = lo.Completion(lo.Op.GET_PSV, lo.CplStatus.OK, 0x1234, 7, 0x0102, 0x03040506)
    assert cpl.pack() == bytes.fromhex("05 00 1234 00000007 0102 0000 03040506") + bytes(16)
    psv = lo.ProgressParams(7, 1, 2, lo.TrackState.SEARCHING).pack()
    data = cpl.pack()[:16] + psv
    assert lo.Completion.parse(data).pack() == data
    assert lo.Completion.parse(data).progress.track == lo.TrackState.SEARCHING
