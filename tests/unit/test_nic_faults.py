# SPDX-License-Identifier: BSD-2-Clause
"""Each switch of ``NicFaults`` breaks the promise it names; without it the promise holds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sw_model.nic import layout as lo
from sw_model.nic.faults import NicFaults
from sw_model.nic.golden import GoldenNic
from sw_model.nic.layout import AuthState, PktMeta
from tests.unit.nic_kit import KEYS13, D, Flow, N, R, Rig, X

Out = tuple[bytes, PktMeta]


def out(rig: Rig, flow: Flow, begin: int, end: int, vlan: int | None = None) -> Out:
    """(payload, metadata) as they left, unchecked."""
    data, meta = rig.nic.frame(flow.frame(flow.seq(begin), flow.wire[begin:end], vlan=vlan))
    return data[meta.payload_off :], meta


def rig_for(flow: Flow, faults: NicFaults) -> Rig:
    return Rig(faults=faults).program(flow)


def bad_tag(faults: NicFaults) -> tuple[lo.TlsStatus, bool]:
    flow = Flow().records(2).spoil(1028)
    payload, meta = out(rig_for(flow, faults), flow, 0, 1029)
    return meta.tls_status, payload == flow.wire[:1029]


def lost_then_confirmed(faults: NicFaults, sn_of: int, keys: object = KEYS13) -> Rig:
    """Record 1 is lost, record 2 is the candidate; software names the header of ``sn_of``."""
    flow = Flow(keys=keys).records(6)  # type: ignore[arg-type]
    rig = rig_for(flow, faults)
    rig.send_records(flow, 0, 1)
    rig.send_records(flow, 2, 4)
    rig.confirm(flow, flow.s(sn_of), flow.first + 2)
    return rig


def next_mark(faults: NicFaults) -> lo.TlsStatus:
    flow = Flow(keys=KEYS13).records(6)
    rig = lost_then_confirmed(faults, 2)
    return out(rig, flow, flow.headers[4], flow.headers[5])[1].tls_status


def wrong_sn(faults: NicFaults) -> AuthState:
    return lost_then_confirmed(faults, 3).psv().auth


def destroyed_key(faults: NicFaults) -> bytes | None:
    rig = rig_for(Flow(), faults)
    rig.do(lo.destroy_key(4))
    return rig.nic.key(4)


def past_moves(faults: NicFaults) -> bool:
    flow = Flow().records(3)
    rig = rig_for(flow, faults)
    rig.send_records(flow, 0, 2)
    before = rig.psv()
    out(rig, flow, 100, 900)
    return rig.psv() != before


def bad_checksum(faults: NicFaults) -> lo.TlsStatus:
    flow = Flow().records(1)
    frame = bytearray(flow.frame(flow.start, flow.wire))
    frame[50] ^= 0x80  # TCP checksum field
    return rig_for(flow, faults).nic.frame(bytes(frame))[1].tls_status


def torn(faults: NicFaults) -> lo.TlsStatus:
    flow = Flow().records(2)
    rig = rig_for(flow, faults)
    out(rig, flow, 0, 300)
    return out(rig, flow, 400, 600)[1].tls_status


def lost(faults: NicFaults) -> lo.TlsStatus:
    flow = Flow().records(4)
    rig = rig_for(flow, faults)
    out(rig, flow, 0, 1029)
    return out(rig, flow, 2058, 3087)[1].tls_status


def tagged(faults: NicFaults) -> lo.TlsStatus:
    flow = Flow().records(1)
    return out(rig_for(flow, faults), flow, 0, 1029, vlan=7)[1].tls_status


def half_marked(faults: NicFaults) -> bool:
    flow = Flow().records(1)
    payload, meta = out(rig_for(flow, faults), flow, 0, 800)
    assert meta.tls_status == D
    return payload != flow.clear[:800]


@pytest.mark.parametrize(
    ("fault", "observe", "sound", "broken"),
    [
        ("mark_bad_tag", bad_tag, (X, True), (D, False)),
        ("transformed_bytes_on_auth_fail", bad_tag, (X, True), (X, False)),
        ("confirm_any_sn", wrong_sn, AuthState.NO_OFFLOAD, AuthState.AUTHENTICATION),
        ("no_authentication_state", next_mark, N, D),
        ("off_by_one_record_number", next_mark, N, X),
        ("keep_key_on_destroy", destroyed_key, None, Flow().keys.key),
        ("process_past_data", past_moves, False, True),
        ("ignore_bad_checksum", bad_checksum, N, D),
        ("mark_torn_record", torn, N, D),
        ("no_resync_code", lost, R, N),
        ("match_any_vlan", tagged, N, D),
        ("mix_bytes", half_marked, False, True),
    ],
)
def test_switch(
    fault: str, observe: Callable[[NicFaults], object], sound: object, broken: object
) -> None:
    assert observe(NicFaults()) == sound
    assert observe(NicFaults(**{fault: True})) == broken


def test_every_switch_is_tested_and_off_by_default() -> None:
    cases = next(m for m in vars(test_switch)["pytestmark"] if m.name == "parametrize").args[1]
    assert {c[0] for c in cases} == set(NicFaults.__dataclass_fields__)
    assert not any(getattr(NicFaults(), name) for name in NicFaults.__dataclass_fields__)
    assert GoldenNic().faults == NicFaults()
