# SPDX-License-Identifier: BSD-2-Clause
"""recvmsg with control message, MSG_PEEK and short reads; so_error; poll."""

from __future__ import annotations

from errno import EADDRINUSE, EAGAIN, EBADMSG, EINVAL, EMSGSIZE, ENOTCONN, EPIPE
from typing import Any

import pytest

from sw_model.kernel.ktls_wq import KtlsTiming
from sw_model.kernel.soreceive import MSG_PEEK, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, Cmsg, Kevent
from sw_model.kernel.stack import Stack
from sw_model.loop import EventLoop
from tests.unit.kernel_bench import HOST, Bench


def test_control_message_bytes() -> None:
    b = Bench()
    b.record(300, 22)
    b.send("E")
    msg = b.so.recvmsg(1000)
    assert msg.cmsg == Cmsg(22, 6, 2, bytes((22, 3, 3, 0)) + (300).to_bytes(2, "big"))


@pytest.mark.parametrize(
    ("controllen", "present", "ctrunc"),
    [(0, False, False), (1, False, True), (23, False, True), (24, True, False)],
)
def test_control_buffer(controllen: int, present: bool, ctrunc: bool) -> None:
    """An absent buffer loses the message silently, a small one says so; data comes all the same."""
    b = Bench()
    rec = b.record(10)
    b.send("E")
    msg = b.so.recvmsg(100, 0, controllen)
    assert (msg.cmsg is not None, msg.ctrunc) == (present, ctrunc)
    assert (msg.data, msg.eor) == (rec.payload, True)


@pytest.mark.parametrize("marks", ["E", "DED"])
def test_peek_leaves_everything(marks: str) -> None:
    b = Bench()
    rec, nxt = b.record(5000), b.record(10)
    b.send(marks + "E", [*(5029 * (i + 1) // len(marks) for i in range(len(marks) - 1)), 5029])
    before = (b.sb.sb_acc, b.sb.sb_ccc, b.sb.sb_mbcnt)
    for n, eor in ((1, False), (4999, False), (5000, True), (9000, True)):
        msg = b.so.recvmsg(n, MSG_PEEK)
        assert (msg.data, msg.eor) == (rec.payload[:n], eor)
        assert msg.tls is not None
        assert (b.sb.sb_acc, b.sb.sb_ccc, b.sb.sb_mbcnt) == before
        b.check()
    b.user_ok(rec, nxt)
    assert b.so.recvmsg(1, MSG_PEEK).errno == EAGAIN


def test_peek_behind_a_short_read_has_no_control_message() -> None:
    b = Bench()
    rec = b.record(100)
    b.send("E")
    assert b.so.recvmsg(60).tls is not None
    peeked, taken = b.so.recvmsg(100, MSG_PEEK), b.so.recvmsg(100)
    assert peeked == taken
    assert (taken.data, taken.eor, taken.tls) == (rec.payload[60:], True, None)


def test_peek_at_an_empty_record() -> None:
    b = Bench()
    rec = b.record(0)
    b.send("E")
    assert b.so.recvmsg(9, MSG_PEEK) == b.so.recvmsg(9, MSG_PEEK)
    b.user_ok(rec)


def test_peek_does_not_take_the_error() -> None:
    b = Bench()
    b.record(spoil=-1)
    b.send("E")
    assert b.so.recvmsg(9, MSG_PEEK).errno == EBADMSG
    assert b.so.recvmsg(9).errno == EBADMSG
    assert b.so.recvmsg(9).errno == EAGAIN


def test_peek_in_a_plain_stream() -> None:
    b = Bench(enable=False)
    b.raw(bytes(range(200)))
    b.send("EE")
    assert b.so.recvmsg(150, MSG_PEEK).data == bytes(range(150))
    assert b.so.recv(500) == (0, bytes(range(200)))


READ = POLLIN | POLLRDNORM


def undecrypted(b: Bench) -> None:
    b.record()
    b.send("E", run=False)


def partial(b: Bench) -> None:
    b.record()
    b.poll([b.mbuf(0, 1000, "E")])


def one_record(b: Bench) -> None:
    b.record()
    b.send("E")


def empty_record(b: Bench) -> None:
    b.record(0)
    b.send("E")


def bad_record(b: Bench) -> None:
    b.record(spoil=-1)
    b.send("E")


def fin(b: Bench) -> None:
    b.fin()


def fin_and_shut(b: Bench) -> None:
    b.fin()
    b.so.shutdown("wr")


@pytest.mark.parametrize(
    ("prepare", "revents"),
    [
        (lambda b: None, POLLOUT),
        (undecrypted, POLLOUT),
        (partial, POLLOUT),
        (one_record, READ | POLLOUT),
        (empty_record, READ | POLLOUT),  # the control message counts
        (bad_record, READ | POLLOUT),
        (fin, READ | POLLOUT),
        (fin_and_shut, READ | POLLHUP | POLLOUT),
    ],
)
def test_poll(prepare: Any, revents: int) -> None:
    b = Bench(timing=KtlsTiming(wakeup_ns=1000))
    prepare(b)
    assert b.so.poll(READ | POLLOUT) == revents
    assert b.so.poll(0) == revents & POLLHUP
    assert b.so.poll(POLLIN) == revents & (POLLIN | POLLHUP)
    assert b.so.readable() == bool(revents & POLLIN)
    assert b.so.kevent().active == bool(revents & POLLIN)


@pytest.mark.parametrize(
    ("prepare", "kevent"),
    [
        (undecrypted, Kevent(False, 0, False, 0)),
        (one_record, Kevent(True, 1000, False, 0)),
        (empty_record, Kevent(True, 0, False, 0)),
        (bad_record, Kevent(True, 0, False, 0)),
        (fin, Kevent(True, 0, True, 0)),
        (lambda b: (bad_record(b), b.fin()), Kevent(True, 0, True, EBADMSG)),
    ],
)
def test_kevent(prepare: Any, kevent: Kevent) -> None:
    b = Bench(timing=KtlsTiming(wakeup_ns=1000))
    prepare(b)
    assert b.so.kevent() == kevent


def test_so_error_is_one_slot() -> None:
    """The truncated rest overwrites the bad tag: one error for two."""
    b = Bench()
    b.record(spoil=-1)
    b.record()
    b.poll([b.mbuf(0, 1500, "E")])
    assert b.so.so_error == EBADMSG
    b.poll([b.mbuf(1500, 1500, "E", 0x11)])
    assert b.so.so_error == EMSGSIZE
    assert b.errors() == [EMSGSIZE]


def test_fresh_socket() -> None:
    stack = Stack(EventLoop())
    so = stack.socket()
    assert (so.recvmsg(1).errno, so.poll(POLLIN | POLLOUT)) == (ENOTCONN, 0)
    assert so.listen(HOST[4], 1) == 0
    assert so.listen(HOST[4], 2) == EINVAL
    other = stack.socket()
    assert other.listen(HOST[4], 1) == EADDRINUSE
    assert other.listen(HOST[4], 2) == 0
    with pytest.raises(OSError, match="taken"):
        stack.listen(HOST[4], 2, lambda _: None)
    so.close()
    assert stack.socket().listen(HOST[4], 1) == 0


def test_connected_socket_cannot_listen() -> None:
    assert Bench().so.listen(HOST[4], 1) == EINVAL


def test_error_is_reported_once_to_whoever_asks_first() -> None:
    """A bad record's error may go to the writer, or to SO_ERROR; the reader gets none then."""
    for take in (lambda so: so.send(b"x"), lambda so: so.getsockopt_error()):
        b = Bench()
        b.record(spoil=-1)
        b.send("E")
        assert take(b.so) == EBADMSG
        assert take(b.so) == 0
        assert b.so.recvmsg(9).errno == EAGAIN


def test_shut_writer_leaves_the_error_to_the_reader() -> None:
    b = Bench()
    b.record(spoil=-1)
    b.send("E")
    b.so.shutdown("wr")
    assert b.so.send(b"x") == EPIPE
    assert b.errors() == [EBADMSG]
