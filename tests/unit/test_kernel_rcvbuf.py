# SPDX-License-Identifier: BSD-2-Clause
"""The receive buffer of a connection under TLS: merging, FIN, flush, a reader that is gone."""

from __future__ import annotations

import pytest

from sw_model.kernel.bugs import Bugs
from sw_model.kernel.ktls_wq import KtlsTiming
from sw_model.kernel.mbuf import M_DECRYPTED, Mbuf
from sw_model.kernel.sockbuf import SB_TLS_RX_RUNNING
from tests.unit.kernel_bench import Bench


@pytest.mark.parametrize(
    ("packets", "mbufs"),
    [
        ([(100, "D"), (200, "D")], 1),
        ([(100, "D"), (100, "E")], 2),
        ([(100, "D"), (513, "D")], 2),
        ([(100, "D"), (512, "D")], 1),
    ],
)
def test_g89_sbcompress(packets: list[tuple[int, str]], mbufs: int) -> None:
    b = Bench(lro=0)
    b.record(2000)
    at = 0
    for size, mark in packets:
        m = b.mbuf(at, at + size, mark)
        roomy = Mbuf(2048, ext=True)
        roomy.append(m.data)
        roomy.m_flags |= m.m_flags
        roomy.m_pkthdr = m.m_pkthdr
        b.poll([roomy], run=False)
        at += size
    assert len(list(b.sb.sb_mtls.chain())) == mbufs


def test_g89_shared_cluster_is_not_written() -> None:
    b = Bench(lro=0)
    rec = b.record(500)
    b.record(500)
    m = b.mbuf(0, rec.end + 10, "D")
    big = Mbuf(4096, ext=True)
    big.append(m.data)
    big.m_flags |= m.m_flags
    big.m_pkthdr = m.m_pkthdr
    b.poll([big])  # record one goes to the user, ten bytes stay in the same cluster
    assert not b.sb.sb_mtls.writable()
    b.poll([b.mbuf(rec.end + 10, rec.end + 20, "D")], run=False)
    assert len(list(b.sb.sb_mtls.chain())) == 2
    assert all(n.m_flags & M_DECRYPTED for n in b.sb.sb_mtls.chain())


@pytest.mark.parametrize(("bug", "sn"), [(True, 0x10001), (False, 0x10000)])
def test_g90_fin_counted_before_the_record_is_processed(bug: bool, sn: int) -> None:
    b = Bench(bugs=Bugs(fin_in_rcv_nxt=bug))
    rec = b.record()
    b.poll([b.mbuf(0, 1029, "E")], run=False)
    b.poll([b.mbuf(1029, 1029, "E", 0x11)], run=False)
    assert b.so.inp is not None
    assert b.so.inp.ktls_get_rx_sequence()[1] == sn
    b.run()
    b.user_ok(rec)
    assert b.calls == [(sn, 1029, 5)]


def test_g91_flush_while_decrypting() -> None:
    b = Bench(timing=KtlsTiming(record_ns=1000))
    b.record()
    b.record()
    b.send("E", run=False)
    b.run(2_500)
    assert b.sb.sb_tlsdcc == 1029
    b.so.shutdown("rd")
    assert (b.sb.sb_tlsdcc, b.sb.sb_ccc) == (0, 0)
    b.run()
    assert b.so.recvmsg(100).eof
    assert not b.sb.sb_flags & SB_TLS_RX_RUNNING
    assert b.calls == []


def test_g92_data_behind_a_shut_reader() -> None:
    b = Bench()
    b.so.shutdown("rd")
    b.record()
    b.send("E")
    assert b.so.inp is not None
    assert b.so.inp.tp is not None
    assert b.so.inp.tp.rcv_nxt == b.start + 1029
    assert (b.sb.sb_ccc, b.calls) == (0, [])
    assert b.so.recvmsg(10).eof
