# SPDX-License-Identifier: BSD-2-Clause
"""Key changes in mid-stream."""

from __future__ import annotations

from errno import EBADMSG, EBUSY, EINVAL, EMSGSIZE, ENOMEM

import pytest

from sw_model.crypto.gcm import ctr, nonce_of
from sw_model.crypto.keys import TrafficKeys
from sw_model.kernel.ktls_rekey import is_key_change
from sw_model.kernel.ktls_session import TlsEnable
from sw_model.rng import stream
from tests.unit.kernel_bench import Bench
from tests.unit.stream_kit import KEY_UPDATE, Record

HEAD = {"1.2": 13, "1.3": 5}


class RekeyBench(Bench):
    """Changes its key behind ``announce``; the application answers with the next key at once."""

    def __init__(self, version: str = "1.3", **kw) -> None:  # type: ignore[no-untyped-def]
        super().__init__(version, **kw)
        assert self.so.pause_rx_on(is_key_change) == 0
        self.old_key, self.old_iv, self.old_number = self.key, self.iv, self.number
        self.next_iv = super().iv

    @property
    def iv(self) -> bytes:
        return getattr(self, "next_iv", super().iv)

    def announce(self) -> Record:
        """The last record of this key; what follows has the next one, from number 0 on."""
        last = self.record(KEY_UPDATE, 22) if self.version == "1.3" else self.record(b"\x01", 20)
        self.old_key, self.old_iv, self.old_number = self.key, self.iv, self.number
        self.key = bytes(b ^ 0x5A for b in self.key)
        self.next_iv = bytes(b ^ 0xA5 for b in self.iv)
        self.number = 0
        return last

    def touched(self, size: int = 1000) -> Record:
        """A record of the new key as a NIC shows it that goes on with the old one."""
        rec = self.record(size)
        self.old_decrypts(
            rec, TrafficKeys(self.version, self.old_key, self.old_iv), self.old_number + rec.number
        )
        return rec

    def old_decrypts(self, rec: Record, keys: TrafficKeys, number: int) -> None:
        head = HEAD[self.version]
        text = rec.wire[head:-16]
        self.plain[rec.start + head : rec.end - 16] = ctr(
            keys, nonce_of(keys, number, rec.wire), text
        )

    def new_key(self) -> TlsEnable:
        return TlsEnable.aes_gcm(self.version, self.key, self.iv, 0)

    def answer(self) -> None:
        assert self.so.rekey_rx(self.new_key()) == 0
        self.run()


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("marks", ["DDE", "EDE", "EEE", "DEE"])
def test_records_the_nic_touched_with_the_old_key(version: str, marks: str) -> None:
    b = RekeyBench(version)
    first, change = b.record(), b.announce()
    b.send("D")
    for _ in range(3):
        rec = b.touched()
        b.send(marks)
    b.user_ok(first, change)
    assert b.nic.tags[0].freed  # at once, not when the key comes
    b.answer()
    assert len(b.msgs()) == 3
    assert b.so.so_error == 0
    later = [b.record() for _ in range(3)]
    b.send("EED")
    b.user_ok(*later)
    assert b.counter("TlsRxRekeyOk") == 1
    new = b.nic.tags[1]
    assert (new.number, new.seq) == (4, b.start + later[1].start)
    assert new.calls == [
        (b.start + later[1].start, len(rec.wire), 4),
        (b.start + later[2].end, 0, 5),
    ]


def test_wrong_key_would_not_do() -> None:
    """The same bytes re-encrypted under the new key fail: the test above can fail."""
    b = RekeyBench()
    b.announce()
    b.send("D")
    b.msgs()
    assert b.so.rekey_rx(b.new_key()) == 0
    b.sb.sb_tls_info.rekey.olds.clear()
    b.sb.sb_tls_info.rekey.asked = True
    b.touched()
    b.send("DDE")
    assert b.errors() == [EBADMSG]


def test_key_change_while_everything_is_already_queued() -> None:
    b = RekeyBench()
    change = b.announce()
    later = [b.touched(300) for _ in range(4)]
    b.poll([b.mbuf(0, later[2].start + 50, "D")])
    b.poll([b.mbuf(later[2].start + 50, len(b.wire), "E")])
    b.sent = len(b.wire)
    b.user_ok(change)
    b.answer()
    # The NIC marked whole records of the new key as verified with the old one: nothing is
    # believed, every one is opened by software.
    b.user_ok(*later)
    assert b.counter("stats.ocf.tls13_gcm_recrypts") == 3


def test_boundary_counts_the_reassembly_queue() -> None:
    b = RekeyBench()
    b.announce()
    first = b.record(200)
    gap = b.record(200)
    late = b.touched(200)
    b.poll([b.mbuf(0, first.end, "E")])
    b.poll([b.mbuf(late.start, late.end - 20, "D")])
    b.msgs()
    b.answer()
    b.user_ok(first)
    assert len(b.nic.tags) == 1  # first is untouched, but the queue behind it is not known yet
    b.poll([b.mbuf(gap.start, gap.end, "E")])
    b.poll([b.mbuf(late.end - 20, late.end, "E")])
    b.sent = len(b.wire)
    b.user_ok(gap, late)
    assert len(b.nic.tags) == 1
    last = b.record()
    b.send("E")
    b.user_ok(last)
    assert len(b.nic.tags) == 2


def test_new_key_marks_while_the_driver_works() -> None:
    b = RekeyBench()
    b.announce()
    b.send("D")
    b.msgs()
    b.answer()
    b.nic.delay = 10_000_000
    one = b.record()
    b.send("E", run=False)
    b.run(100_000)
    assert len(b.nic.tags) == 2
    assert b.sb.sb_tls_info.snd_tag is None
    two, three = b.record(), b.touched()  # two: new key; three: still the old one
    b.send("DD", [two.end - 1], run=False)
    b.run(100_000)
    b.user_ok(one, two, three)
    b.run()
    assert b.counter("TlsRxRekeyOk") == 1


def test_second_change_before_the_first_is_settled() -> None:
    b = RekeyBench()
    b.announce()
    oldest = TrafficKeys("1.3", b.old_key, b.old_iv)
    number = b.old_number
    one = b.record(500)
    b.old_decrypts(one, oldest, number)
    again = b.announce()
    b.old_decrypts(again, oldest, number + 1)
    two = b.record(500)
    b.old_decrypts(two, oldest, number + 2)
    b.send("D" * 3 + "E", [one.start + 100, one.start + 400, two.end - 5])
    b.msgs()
    second_key, b.key, second_iv, b.next_iv = b.key, b.old_key, b.next_iv, b.old_iv
    b.answer()
    got = b.msgs()
    assert [m.data for m in got] == [one.payload, KEY_UPDATE]
    b.key, b.next_iv = second_key, second_iv
    b.answer()
    b.user_ok(two)
    three = b.record()
    b.send("E")
    b.user_ok(three)
    assert b.counter("TlsRxRekeyOk") == 1
    assert b.sb.sb_tls_info.rekey is None or b.sb.sb_tls_info.rekey.settled


def test_driver_refuses_the_new_key() -> None:
    b = RekeyBench()
    b.announce()
    b.send("D")
    b.msgs()
    b.nic.error = ENOMEM
    b.answer()
    records = [b.record() for _ in range(3)]
    b.send("EEE")
    b.user_ok(*records)
    assert b.counter("TlsRxRekeyFallback") == 1
    assert b.sb.sb_tls_info.rekey is None


def test_software_session_changes_keys_too() -> None:
    b = RekeyBench(permitted=0)
    b.announce()
    rec = b.record()
    b.send("E")
    b.msgs()
    b.answer()
    b.user_ok(rec)
    assert b.nic.log == []


def test_errors_of_the_call() -> None:
    b = RekeyBench()
    assert b.so.rekey_rx(b.new_key()) == EBUSY
    assert b.so.resume_rx() == EINVAL
    b.announce()
    b.send("D")
    assert b.so.rekey_rx(TlsEnable.aes_gcm("1.2", bytes(16), bytes(4), 0)) == EINVAL
    assert b.so.rekey_rx(TlsEnable.aes_gcm("1.3", bytes(24), bytes(12), 0)) == EINVAL
    b.answer()
    assert Bench(enable=False).so.rekey_rx(b.new_key()) == EINVAL


def test_resume_without_a_new_key() -> None:
    b = RekeyBench()
    b.record(KEY_UPDATE, 22)
    rec = b.record()
    b.send("DE", [40])
    b.msgs()
    assert b.so.resume_rx() == 0
    b.run()
    b.user_ok(rec)
    assert b.nic.tags[0].freed


def test_end_of_file_while_paused() -> None:
    b = RekeyBench()
    b.announce()
    rec = b.touched()
    b.send("DE", [40])
    b.raw(b"\x17\x03\x03")
    b.poll([b.mbuf(rec.end, rec.end + 3, "E", 0x11)])
    b.msgs()
    assert b.so.so_error == 0
    b.answer()
    got = b.msgs()
    assert [m.data for m in got if m.data] == [rec.payload]
    assert [m.errno for m in got if m.errno] == [EMSGSIZE]


def test_close_while_paused() -> None:
    b = RekeyBench()
    b.announce()
    b.send("D")
    b.so.abort()
    b.run()
    assert b.counter("stats.active") == 0


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("seed", range(20))
def test_random_marks_across_changes(version: str, seed: int) -> None:
    """Any marks, old-key garbage at random: the user sees the sender's records."""
    rng = stream(seed, f"kernel.rekey.{version}")
    b = RekeyBench(version)
    b.nic.delay = rng.choice([0, 300_000])
    sent: list[tuple[int, bytes]] = []
    got: list[tuple[int | None, bytes]] = []
    for _ in range(3):
        for _ in range(rng.randint(0, 3)):
            sent.append((23, b.record(rng.randint(0, 2000)).payload))
        last = b.announce()
        sent.append((last.type, last.payload))
        b.send("E")
        for i in range(rng.randint(1, 6)):
            rec = b.touched(rng.randint(1, 1500)) if i < 3 else b.record(700)
            sent.append((23, rec.payload))
            can_mark = i < 3 or b.sb.sb_tls_info.snd_tag is not None  # by the old or the new key
            marks = "".join(rng.choice("DE") if can_mark else "E" for _ in range(3))
            tail = len(rec.wire) - 8
            b.send(
                marks + (rng.choice("DE") if i >= 3 and can_mark else "E"),
                sorted(b.sent + rng.randint(1, tail - 1) for _ in range(3)),
                run=False,
            )
            if i == 0:
                b.run(10_000)
                got += [(m.record_type, m.data) for m in b.msgs()]
                assert b.so.rekey_rx(b.new_key()) == 0
            b.run(rng.choice([0, 50_000]))
        b.run()
        got += [(m.record_type, m.data) for m in b.msgs()]
    assert got == sent
    assert b.counter("stats.failed_crypto") == 0
