# SPDX-License-Identifier: BSD-2-Clause
"""KeyUpdate with a device: the 2026 series' rules, record by record (kernel-facts 8.4b)."""

from __future__ import annotations

from errno import EBADMSG, EBUSY, EINVAL, EKEYEXPIRED, ENOMEM

import pytest

from sw_model.linux.bugs import NO_BUGS, Bugs
from sw_model.linux.tls import TLS_CIPHER_AES_GCM_256, RxFlag
from sw_model.linux.tls_resync import SyncType
from tests.unit.linux_kit import NEW_KEY, THIRD_KEY, Bench
from tests.unit.linux_rekey_kit import Rekeyed
from tests.unit.stream_kit import KEY_UPDATE


def test_key_update_takes_the_old_key_off_and_blocks_reading() -> None:
    b = Rekeyed()
    assert [m.errno for m in b.msgs()] == [0, 0, EKEYEXPIRED]
    assert RxFlag.DEV_CLOSED in b.tls.flags
    assert b.dev.dels == 0  # packets on their way
    b.run()
    assert b.dev.dels == 1
    assert b.counts() == {"Received": 1}


def test_nothing_queued_new_key_goes_to_the_device_at_once() -> None:
    b = Rekeyed()
    b.update()
    b.run()
    assert (b.dev.dels, b.counts()) == (1, {"Received": 1, "Ok": 1})
    info, start = b.dev.adds[1]
    assert (info.key, info.rec_seq, start) == (NEW_KEY, 0, b.s(b.sent))
    rec = b.record()
    b.send("D")
    b.user_ok(rec)
    assert b.kinds == (4, 0, 0, 0)


def test_records_before_the_boundary() -> None:
    """Touched: old keystream back, then the new key. Not touched: the old number counts on."""
    b = Rekeyed()
    recs = [b.touched(), b.untouched(), b.touched(), b.untouched(), b.touched()]
    for r, marks in zip(recs, ("DE", "E", "EDE", "E", "DF"), strict=True):
        step = len(r.wire) // len(marks)
        for i, mark in enumerate(marks):
            end = r.end if i + 1 == len(marks) else r.start + (i + 1) * step
            b.poll(b.packet(r.start + i * step, end, mark))
    b.sent = recs[-1].end
    b.update()
    assert b.counts() == {"Received": 1, "Curr": 1}
    b.user_ok(*recs)
    assert (len(b.dev.adds), b.mib("TlsDecryptError")) == (1, 0)
    nxt = b.record()
    b.send("E")
    b.user_ok(nxt)
    b.run()
    assert b.counts() == {"Received": 1, "Ok": 1}
    info, start = b.dev.adds[1]
    assert (info.key, info.rec_seq, start) == (NEW_KEY, 5, b.s(nxt.start))


def test_fully_touched_record_is_not_believed() -> None:
    """All packets marked, under a key that cannot have verified: it must be opened in software."""
    b = Rekeyed()
    rec = b.touched()
    b.send("D")
    b.update()
    b.user_ok(rec)
    assert b.kinds == (3, 0, 1, 0)


def test_touched_record_behind_the_boundary_moves_it() -> None:
    """It was in the receive ring when the key was set."""
    b = Rekeyed()
    early = b.untouched()
    b.send("E")
    b.update()
    late = [b.touched(), b.touched()]
    b.send("DEDE")
    b.user_ok(early, *late)
    assert len(b.dev.adds) == 1
    nxt = b.record()
    b.send("E")
    b.user_ok(nxt)
    b.run()
    assert b.dev.adds[1][1] == b.s(nxt.start)
    assert b.mib("TlsDecryptError") == 0


def test_out_of_order_data_counts_for_the_boundary() -> None:
    b = Rekeyed()
    hole, behind = b.untouched(), b.touched()
    b.poll(b.packet(behind.start, behind.start + 300, "D"))
    b.update()
    assert b.tls.offload.rekey is not None
    assert b.tls.offload.rekey.old_nic_boundary == b.start + behind.start + 300
    b.poll(b.packet(hole.start, hole.end, "E"), b.packet(behind.start + 300, behind.end, "E"))
    b.sent = behind.end
    b.user_ok(hole, behind)


def test_device_refuses_the_new_key() -> None:
    b = Rekeyed()
    b.dev.error = ENOMEM
    b.update()
    b.run()
    assert b.counts() == {"Received": 1, "Fallback": 1}
    assert (b.mib("TlsCurrRxDevice"), b.mib("TlsCurrRxSw")) == (0, 1)
    recs = b.records(3)
    b.send("EEE")
    b.user_ok(*recs)
    # The next key is accepted: back on the device, and the gauges with it.
    b.dev.error = 0
    b.record(KEY_UPDATE, type=22)
    b.rekey(THIRD_KEY)
    b.send("E")
    assert [m.errno for m in b.msgs()] == [0, EKEYEXPIRED]
    assert b.enable() == 0
    b.run()
    assert b.counts() == {"Received": 2, "Fallback": 1, "Ok": 1}
    assert (b.mib("TlsCurrRxDevice"), b.mib("TlsCurrRxSw")) == (1, 0)
    b.sk.close()
    assert (b.mib("TlsCurrRxDevice"), b.mib("TlsCurrRxSw"), b.dev.dels) == (0, 0, 2)


def test_device_is_gone_when_the_key_comes() -> None:
    b = Rekeyed()
    b.host.netdev_down(b.dev)
    rec = b.touched()
    b.send("DE")
    b.update()
    b.user_ok(rec)
    nxt = b.record()
    b.send("E")
    b.user_ok(nxt)
    assert b.counts() == {"Received": 1, "Fallback": 1}


def test_close_while_draining() -> None:
    b = Rekeyed()
    b.untouched()
    b.send("E")
    b.update()
    b.run()
    b.sk.close()
    assert b.counts() == {"Received": 1, "Aborted": 1}
    assert (b.dev.dels, len(b.dev.adds)) == (1, 1)


def test_second_rekey_while_draining() -> None:
    """The key between was never on the device: the oldest one is kept for what it touched."""
    b = Rekeyed()
    one = b.touched()
    b.record(KEY_UPDATE, type=22)
    b.old.advance()
    b.rekey(THIRD_KEY)
    two = b.touched()
    b.send("DEEDE", [one.start + 300, one.end, two.start, two.start + 300])
    b.key, b.number = NEW_KEY, 0
    b.update()
    assert [m.data for m in b.msgs() if not m.errno] == [one.payload, KEY_UPDATE]
    b.key, b.number = THIRD_KEY, 0
    assert b.enable() == 0
    b.run()
    assert b.counts() == {"Received": 2, "Ok": 1, "Curr": 1}
    b.user_ok(two)
    b.number = 1
    nxt = b.record()
    b.send("E")
    b.user_ok(nxt)
    b.run()
    assert b.counts() == {"Received": 2, "Ok": 2}
    assert b.dev.adds[1][0].key == THIRD_KEY


def test_software_rekey() -> None:
    b = Rekeyed(device=False)
    assert b.tls.rx_conf.name == "SW"
    b = Bench("1.3", device=False)
    rec = b.record(KEY_UPDATE, type=22)
    b.rekey()
    late = b.record()
    b.send("E", [])
    assert b.read().data == rec.payload
    assert b.read().errno == EKEYEXPIRED
    b.number = 0
    assert b.enable() == 0
    b.user_ok(late)
    assert (b.mib("TlsRxRekeyOk"), b.mib("TlsRxRekeyReceived")) == (1, 1)


def test_refused_rekeys() -> None:
    from dataclasses import replace

    b = Bench("1.2")
    assert b.enable() == EBUSY
    b = Bench("1.3")
    wrong = replace(b.info, cipher_type=TLS_CIPHER_AES_GCM_256, key=bytes(32))
    assert b.sk.set_tls_rx(wrong) == EINVAL
    assert b.mib("TlsRxRekeyError") == 1


@pytest.mark.parametrize("flag", [RxFlag.DEV_CLOSED, RxFlag.DEV_DEGRADED])
def test_no_resync_while_the_key_is_off_the_device(flag: RxFlag) -> None:
    b = Bench("1.3", kind=SyncType.CORE_NEXT_HINT)
    for k in range(20):
        if k == 10:
            b.tls.flags |= flag
            before = list(b.dev.confirmed)
        b.record()
        b.send("E")
        b.read()
    assert before
    assert b.dev.confirmed == before


@pytest.mark.parametrize(("bugs", "errno"), [(NO_BUGS, 0), (Bugs(rekey_copied_seq=True), EBADMSG)])
def test_bug_copied_seq_ran_ahead(bugs: Bugs, errno: int) -> None:
    """One mixed record is parsed ahead when the key is set: it is copied out of the queue, so that
    copied_seq is at the boundary already. As the record's start it leaves nothing to drain."""
    b = Rekeyed(bugs=bugs)
    rec = b.touched()
    b.send("DE")
    b.update()
    msg = b.read()
    assert msg.errno == errno
    assert (msg.data == rec.payload) == (not errno)


@pytest.mark.parametrize("gone", ["close", "down"])
def test_key_on_its_way_to_the_device_when_the_socket_or_the_device_goes(gone: str) -> None:
    b = Rekeyed()
    b.dev.delay = 2_000_000
    b.update()
    assert (len(b.dev.adds), b.dev.dels) == (2, 1)
    if gone == "close":
        b.sk.close()
    else:
        b.host.netdev_down(b.dev)
    b.run(5_000_000)
    assert b.dev.dels == 2
    assert b.counts() == {"Received": 1} | ({"Fallback": 1} if gone == "down" else {})
    b.sk.close()
    assert (b.mib("TlsCurrRxDevice"), b.mib("TlsCurrRxSw")) == (0, 0)


def test_next_key_update_while_the_driver_is_busy() -> None:
    """The key that is being installed is history when it arrives; the last one stays."""
    b = Rekeyed()
    b.dev.delay = 2_000_000
    b.update()
    b.record(KEY_UPDATE, type=22)
    b.rekey(THIRD_KEY)
    b.send("E")
    assert [m.errno for m in b.msgs()] == [0, EKEYEXPIRED]
    assert b.enable() == 0
    assert b.read().errno == EKEYEXPIRED  # until the device is through with the second key
    b.dev.delay = 0
    b.run(5_000_000)
    assert [info.key for info, _ in b.dev.adds[1:]] == [NEW_KEY, THIRD_KEY]
    assert (b.dev.dels, b.counts()) == (2, {"Received": 2, "Ok": 2})
    rec = b.record()
    b.send("D")
    b.user_ok(rec)
