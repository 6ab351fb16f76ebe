# SPDX-License-Identifier: BSD-2-Clause
"""Where the worker sleeps or lets go of the lock, and what may happen meanwhile."""

from __future__ import annotations

from errno import EBADMSG, ECONNRESET, EINVAL, EMSGSIZE

import pytest

from sw_model.kernel.ktls_session import TCP_TLS_MODE_IFNET, TCP_TLS_MODE_SW
from sw_model.kernel.ktls_wq import KtlsTiming
from sw_model.kernel.mbuf import (
    M_DECRYPTED,
    M_EOR,
    M_HASHTYPE_RSS_TCP_IPV4,
    M_NOTREADY,
    MT_CONTROL,
)
from sw_model.kernel.sockbuf import SockBuf
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import RST
from tests.unit.kernel_bench import DPORT, SPORT, Bench

# Sleep for an mbuf ------------------------------------------------------------------------------


def short_of_memory(wait_ns: int) -> Bench:
    return Bench(timing=KtlsTiming(wakeup_ns=1_000, mbuf_wait_ns=wait_ns))


@pytest.mark.parametrize(("cut", "sleeps"), [(1029, False), (1000, True), (1500, True)])
def test_only_a_split_needs_memory(cut: int, sleeps: bool) -> None:
    b = short_of_memory(50_000)
    records = [b.record(), b.record()]
    b.send("DE", [cut], run=False)
    b.run(40_000)
    if sleeps:
        assert b.msgs() == []
        b.run(60_000)
    b.user_ok(*records)


def test_data_that_comes_meanwhile_is_taken_too() -> None:
    b = short_of_memory(50_000)
    records = [b.record() for _ in range(3)]
    b.poll([b.mbuf(0, 1500, "E")], run=False)
    b.run(10_000)
    assert (b.sb.sb_tlscc, b.sb.sb_tlsdcc) == (1500, 0)  # asleep
    b.poll([b.mbuf(1500, 3087, "D")], run=False)
    b.run()
    b.user_ok(*records)


def test_flushed_while_asleep() -> None:
    """The buffer is not what it was: nothing is detached, the number does not move."""
    b = short_of_memory(50_000)
    b.record()
    b.record()
    b.poll([b.mbuf(0, 1500, "E")], run=False)
    b.run(10_000)
    b.so.shutdown("rd")
    b.run()
    assert (b.sb.sb_tls_seqno, b.sb.sb_tlscc, b.sb.sb_ccc, b.calls) == (5, 0, 0, [])


# Errors -----------------------------------------------------------------------------------------


def test_an_error_wakes_the_reader_before_the_next_record_is_done() -> None:
    """Good records do not: behind TCP's own wakeup the reader hears of them when the worker has no
    whole record left."""
    b = Bench(timing=KtlsTiming(wakeup_ns=1_000, record_ns=10_000))
    b.record()
    b.record(spoil=-1)
    b.record()
    start, told = b.loop.now, []
    b.so.on_readable = lambda: told.append(b.loop.now - start)
    b.send("EEE", [1029, 2058], run=False)
    b.run()
    assert told == [0, 21_000, 31_000]


def test_a_bad_record_of_a_flushed_buffer_is_no_error() -> None:
    b = Bench(timing=KtlsTiming(record_ns=1_000))
    b.record(spoil=-1)
    b.send("E", run=False)
    b.run(2_500)
    assert b.sb.sb_tlsdcc == 1029
    b.so.shutdown("rd")
    b.run()
    assert (b.counter("stats.failed_crypto"), b.so.so_error, b.sb.sb_ccc) == (1, 0, 0)
    assert b.so.recvmsg(100).eof


@pytest.mark.parametrize(("version", "length"), [("1.2", 23), ("1.3", 16)])
def test_a_mixed_record_without_room_for_a_tag_costs_no_crypto(version: str, length: int) -> None:
    b = Bench(version)
    b.raw(bytes((23, 3, 3, 0, length)) + bytes(length))
    b.send("DE")
    assert b.errors() == [EMSGSIZE]
    name = f"stats.ocf.tls{version.replace('.', '')}_gcm_"
    assert (b.counter(name + "recrypts"), b.counter(name + "decrypts")) == (0, 0)
    assert b.counter("stats.failed_crypto") == 1


def test_what_lies_behind_a_bad_header_is_never_looked_at() -> None:
    """The worker gave the buffer up: the first error stays, whatever is queued behind it."""
    b = Bench()
    good = b.record()
    b.raw(bytes((23, 3, 4, 0, 30)) + bytes(30))
    b.record(spoil=-1)
    b.raw(bytes(3))
    b.send("E")
    assert [(m.data, m.errno) for m in b.msgs()] == [(good.payload, 0), (b"", EINVAL)]
    assert b.counter("stats.failed_crypto") == 0
    assert (b.counter("stats.corrupted_records"), b.counter("stats.sw_rx_inqueue")) == (1, 0)
    assert EBADMSG not in b.errors()


@pytest.mark.parametrize(("behind", "noticed"), [(13, True), (12, False)])
def test_a_worker_that_runs_judges_the_next_header_at_once(behind: int, noticed: bool) -> None:
    """It needs the explicit nonce for that; the 65535 bytes announced are not waited for."""
    b = Bench()
    good = b.record()
    b.raw((bytes((23, 3, 4, 0xFF, 0xFF)) + bytes(8))[:behind])
    b.send("E")
    assert [(m.data, m.errno) for m in b.msgs()] == [(good.payload, 0), (b"", EINVAL)][
        : 1 + noticed
    ]
    assert b.counter("stats.corrupted_records") == noticed


def test_delivered_mbufs_carry_no_private_flag() -> None:
    """Both bits mean something else to other layers; only the last mbuf ends the record."""
    b = Bench(lro=0)
    b.record(3000)
    b.send("DDD")
    assert b.sb.sb_mb is not None
    control, *data = b.sb.sb_mb.chain()
    assert (control.m_type, len(data)) == (MT_CONTROL, 3)
    for m in data:
        assert not m.m_flags & (M_NOTREADY | M_DECRYPTED)
        assert bool(m.m_flags & M_EOR) == (m is data[-1])


@pytest.mark.parametrize(("cut", "errno"), [(1029, ECONNRESET), (1032, EMSGSIZE), (1500, EMSGSIZE)])
def test_a_reset_in_a_record_reads_as_a_truncated_one(cut: int, errno: int) -> None:
    """so_error is one slot: socantrcvmore finds the partial record after the reset was noted."""
    b = Bench()
    good = b.record()
    b.record()
    b.poll([b.mbuf(0, cut, "E")])
    b.poll([b.mbuf(cut, cut, "E", RST)])
    assert [(m.data, m.errno) for m in b.msgs()] == [(good.payload, 0), (b"", errno)]


# ktls_get_rx_sequence at every moment -------------------------------------------------------------


def test_the_pair_is_consistent_while_a_record_is_detached() -> None:
    b = Bench(timing=KtlsTiming(wakeup_ns=5_500, record_ns=10_000))
    for _ in range(3):
        b.record()
    b.poll([b.mbuf(0, 3000, "E")], run=False)
    assert b.so.inp is not None
    pairs = []
    for _ in range(40):
        b.run(1_000)
        errno, seq, number = b.so.inp.ktls_get_rx_sequence()
        assert errno == 0
        pairs.append((int(seq), number))
    assert list(dict.fromkeys(pairs)) == [(0x10000, 5), (0x10405, 6), (0x1080A, 7)]


def test_the_pair_is_consistent_while_data_is_appended(monkeypatch: pytest.MonkeyPatch) -> None:
    """rcv_nxt moves before the chain is in the buffer, so whoever is called from there may ask."""
    b = Bench()
    b.record()
    pairs = []
    check_rx = b.stack.ktls.ktls_check_rx

    def ask(sb: SockBuf) -> None:
        assert b.so.inp is not None
        pairs.append(b.so.inp.ktls_get_rx_sequence())
        check_rx(sb)

    monkeypatch.setattr(b.stack.ktls, "ktls_check_rx", ask)
    b.send("EEE", run=False)
    assert pairs == [(0, SeqNum(0x10000), 5)] * 3


def test_rx_sequence_errors_and_their_order() -> None:
    b = Bench()
    inp = b.so.inp
    assert inp is not None
    b.so.abort()
    assert inp.ktls_get_rx_sequence() == (ECONNRESET, SeqNum(0), 0)
    inp.inp_socket = None
    assert inp.ktls_get_rx_sequence() == (EINVAL, SeqNum(0), 0)  # looked at first


def test_resync_errors() -> None:
    b = Bench()
    ifnet = b.stack.ktls.ifnet
    assert b.so.inp is not None
    tag, b.sb.sb_tls_info.snd_tag = b.sb.sb_tls_info.snd_tag, None
    assert ifnet.ktls_resync_ifnet(b.so, 1029, 5) == EINVAL  # software, or between two tags
    b.sb.sb_tls_info.snd_tag = tag
    b.so.inp.dropped = True
    assert ifnet.ktls_resync_ifnet(b.so, 1029, 5) == ECONNRESET
    assert b.calls == []
    b.so.inp.dropped = False


# v4-mapped peers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("caps", "mode"), [(1, TCP_TLS_MODE_IFNET), (2, TCP_TLS_MODE_SW)])
def test_h98_a_mapped_peer_is_ipv4(caps: int, mode: int) -> None:
    b = Bench(enable=False)
    b.so.abort()
    b.nic.capenable2 = caps
    b.so = b.stack.adopt(
        "::ffff:192.0.2.2",
        DPORT,
        "::ffff:192.0.2.1",
        SPORT,
        0x10000,
        1000,
        flowid=7,
        flowtype=M_HASHTYPE_RSS_TCP_IPV4,
    )
    assert b.so.inp is not None
    assert b.so.inp.vflag == 4
    b.enable()
    b.run()
    assert b.so.mode() == mode
    rec = b.record()
    b.send("E")  # an IPv4 packet
    b.user_ok(rec)
