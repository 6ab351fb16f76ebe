# SPDX-License-Identifier: BSD-2-Clause
"""The golden NIC's optional modes: what each does, and what it does to the host."""

from __future__ import annotations

from errno import EBADMSG

import pytest

from sw_model.check.packets import Violation
from sw_model.link.config import LinkConfig
from sw_model.nic import layout as lo
from sw_model.nic.golden import GoldenNic
from sw_model.nic.layout import Op, TrackState
from sw_model.nic.modes import NicModes
from sw_model.nic.port import ModelPort
from sw_model.wire.tls import Version
from sw_model.world.config import SessionConfig, WorldConfig
from sw_model.world.flow import Flow as WorldFlow
from sw_model.world.run import run_on_model
from sw_model.world.world import World
from tests.unit.nic_kit import D, Flow, N, R, Rig, X

NEAR_ZERO = 1 << 16  # the engine does not look at packets 2^30 away from what it expects
TRANSFORMED = NicModes(transformed_failures=True)


def test_failed_packet_behind_marked_ones_leaves_transformed() -> None:
    for modes in (NicModes(), TRANSFORMED):
        flow = Flow().records(2).spoil(1028)
        rig = Rig(modes=modes).program(flow)
        assert rig.send(flow, 0, 500) == D
        frame, meta = rig.nic.frame(flow.frame(flow.seq(500), flow.wire[500:1029]))
        assert meta.tls_status == X
        assert frame[meta.payload_off :] == (flow.clear if modes == TRANSFORMED else flow.wire)[
            500:1028
        ] + bytes((flow.wire[1028],))


def test_failed_packet_without_marked_ones_leaves_as_it_came() -> None:
    """The record began in a packet that was not marked, or in this one."""
    flow = Flow().records(2).spoil(1028)
    assert Rig(modes=TRANSFORMED).program(flow).send(flow, 0, 1029) == X
    flow = Flow().records(3).spoil(2057)  # record 1 begins in the overlap: not markable
    rig = Rig(modes=TRANSFORMED).program(flow)
    assert rig.send(flow, 0, 1029) == D
    assert rig.send(flow, 500, 1500) == N
    assert rig.send(flow, 1500, 2058) == X


def test_in_order_only_loses_track_at_each_gap() -> None:
    for modes, status, track in (
        (NicModes(), N, TrackState.TRACKING),
        (NicModes(in_order_only=True), R, TrackState.SEARCHING),
    ):
        flow = Flow().records(3)
        rig = Rig(modes=modes).program(flow)
        assert rig.send(flow, 0, 300) == D
        assert rig.send(flow, 500, 700) == status  # inside the record: its end is known
        assert rig.psv().track == track


def test_2022_programming_starts_where_the_static_parameters_say() -> None:
    flow = Flow().records(2)
    old = {"next_record_tcp_sn": 0, "resync": flow.start}
    assert Rig().program(flow, **old).send(flow, 0, 1029) == R  # a gap behind position 0
    rig = Rig(modes=NicModes(programming_2022=True)).program(flow, **old)
    assert rig.send(flow, 0, 1029) == D
    assert rig.send(flow, 1029, 2058) == D


def test_todays_programming_works_in_2022_mode_too() -> None:
    flow = Flow().records(1)
    assert Rig(modes=NicModes(programming_2022=True)).program(flow).send(flow, 0, 1029) == D


# ---- the host --------------------------------------------------------------------------------


class WrongNumber(GoldenNic):
    """The number that the hardware begins with is one too high."""

    def command(self, data: bytes, status: lo.CplStatus | None = None) -> bytes:
        cmd = lo.Command.parse(data)
        if cmd.opcode == Op.SET_STATIC and not self.context(cmd.index).running:
            static = lo.StaticParams.parse(cmd.payload)
            number = static.initial_record_number + 1
            data = lo.set_static(
                cmd.index,
                lo.StaticParams(static.tls13, static.iv, static.dek_index, number),
                cmd.tag,
            )
        return super().command(data, status)


def host(modes: NicModes, version: Version, nic: type[GoldenNic] = GoldenNic) -> World:
    """Records of three packets each on a NIC of this kind; run until the application ends."""
    session = SessionConfig(
        version=version, tls="synthetic", app_bytes=30_000, record=3000, wait_ns=100_000
    )
    near = LinkConfig(delay_ns=1_000)
    config = WorldConfig(sessions=(session,), forward=near, back=near, keep=False)
    world = World(config, lambda loop: ModelPort(loop, nic(modes=modes), poll_ns=1_000))
    world.start()
    while not world.done():
        assert world.loop.now < 1_000_000_000
        world.loop.run_until(world.loop.now + 1_000)
    return world


def only_flow(world: World) -> WorldFlow:
    return world.flows[0]


def test_45_wire_bytes_repair_a_wrong_number() -> None:
    """TLS 1.2: the nonce is in the packet, so what was marked is right, and the host makes a good
    record of the marked packets and the failed one."""
    world = host(NicModes(), "1.2", WrongNumber)
    world.finish()
    assert only_flow(world).packets[X] > 0
    assert only_flow(world).app.so.record_stats.mixed > 0
    assert only_flow(world).app.so.record_stats.failed == 0


def test_45_transformed_bytes_lose_a_good_record() -> None:
    """The same packets, but FreeBSD takes the failed one for wire bytes."""
    world = host(TRANSFORMED, "1.2", WrongNumber)
    assert only_flow(world).packets[X] > 0
    assert only_flow(world).app.so.record_stats.failed > 0
    assert only_flow(world).app.error == EBADMSG
    with pytest.raises(Violation, match="failed with error"):
        world.finish()


def test_in_order_only_asks_software_after_every_loss() -> None:
    """The application gets the same bytes; fewer records come up decrypted, more is asked."""
    session = SessionConfig(tls="synthetic", app_bytes=1 << 20, record=16384, wait_ns=100_000)
    lossy = LinkConfig(delay_ns=5_000, loss=0.01, bits_per_second=1_000_000_000)
    config = WorldConfig(sessions=(session,), forward=lossy, keep=False)
    today = run_on_model(config).report()["flows"][0]
    strict = run_on_model(config, modes=NicModes(in_order_only=True)).report()["flows"][0]
    assert today["bytes_verified"] == strict["bytes_verified"] == 1 << 20
    assert strict["records_decrypted"] < today["records_decrypted"]
    assert strict["resync"]["lost"] > today["resync"]["lost"]


@pytest.mark.parametrize("old_nic", [False, True])
def test_2022_driver_and_nic(old_nic: bool) -> None:
    """The 2022 driver offloads from the first record on a NIC that reads its programming so, and
    only behind a resync on one that does not, if the stream is within reach of position 0."""
    session = SessionConfig(
        tls="synthetic", app_bytes=200_000, record=1000, wait_ns=100_000, iss=NEAR_ZERO
    )
    near = LinkConfig(delay_ns=1_000, bits_per_second=1_000_000_000)
    config = WorldConfig(
        sessions=(session,), forward=near, back=near, driver_faults={"v1_programming": True}
    )
    modes = NicModes(programming_2022=old_nic)
    flow = run_on_model(config, modes=modes).report()["flows"][0]
    assert flow["bytes_verified"] == 200_000
    assert flow["records_decrypted"] > 0
    assert (flow["records_encrypted"] + flow["records_mixed"] == 0) == old_nic
    assert (flow["resync"]["requests"] == 0) == old_nic
