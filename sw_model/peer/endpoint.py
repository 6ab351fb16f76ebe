# SPDX-License-Identifier: BSD-2-Clause
"""A whole TCP end over bytes: the remote peer of the device under test (RFC 9293 section 3.10).

Every data segment is acknowledged at once, with SACK blocks when something is missing: the sender
under test then sees each loss as early as it can. No delayed ACK, no Nagle, no PAWS.
"""

from __future__ import annotations

from collections.abc import Callable

from sw_model.loop import EventLoop, Handle
from sw_model.peer.config import TcpConfig
from sw_model.peer.negotiation import Agreed
from sw_model.peer.states import ENDING, RECEIVING, Event, State
from sw_model.peer.tcb import Tcb
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import ACK, FIN, RST, SYN, TcpSegment

SEND_LOWAT = 1 << 20  # no acknowledgement opens a window for more

_FIN_ACKED_STATES = frozenset(
    (state, Event.FIN_ACKED) for state in (State.FIN_WAIT_1, State.CLOSING, State.LAST_ACK)
)


class TcpEndpoint(Tcb):
    """One connection.

    Callbacks: ``on_open()``, ``on_data(bytes)``, ``on_eof()`` for the peer's FIN,
    ``on_close(reason)`` with "closed", "reset" or "timeout". ``output`` must return before the
    other end gets the segment: put a link with an event loop in between. ``source()`` gives the
    next bytes to send whenever fewer than ``SEND_LOWAT`` wait, and None at the end: then the
    connection is closed.
    """

    def __init__(
        self,
        loop: EventLoop,
        output: Callable[[TcpSegment], None],
        local_port: int,
        remote_port: int,
        *,
        iss: SeqNum | None = None,
        seed: int = 0,
        name: str = "tcp",
        config: TcpConfig | None = None,
    ) -> None:
        super().__init__(
            loop, output, local_port, remote_port, iss=iss, seed=seed, name=name, config=config
        )
        self.on_open: Callable[[], None] = lambda: None
        self.on_data: Callable[[bytes], None] = lambda data: None
        self.on_eof: Callable[[], None] = lambda: None
        self.on_close: Callable[[str], None] = lambda reason: None
        self.source: Callable[[], bytes | None] | None = None
        self._close_due = False
        self._timer: Handle | None = None

    # ---- the user's side ----------------------------------------------------------------------

    def connect(self) -> None:
        """Active open."""
        self._step(Event.CONNECT)
        self._flush()

    def listen(self) -> None:
        """Passive open; ``remote_port`` 0 takes the first caller's port."""
        self._step(Event.LISTEN)

    def adopt(self, rcv_nxt: SeqNum, window: int = 1 << 20) -> None:
        """Be in mid-stream at once: no handshake, our next byte is ``iss``, SACK allowed."""
        self._step(Event.ADOPT)
        c = self.config
        self.sender.skip_syn(window)
        self.receiver = self.make_receiver(rcv_nxt)
        self._peer = Agreed(c.wscale, c.wscale, c.sack, c.timestamps)

    def send(self, data: bytes) -> None:
        """Queue bytes; they go out as the windows allow, at the earliest after the handshake."""
        self.sender.write(data)
        self._flush()

    def pull(self, source: Callable[[], bytes | None]) -> None:
        """Send what ``source`` gives, as the windows allow; no ``send`` or ``close`` beside it."""
        self.source = source
        self._flush()

    def close(self) -> None:
        """Send a FIN after all queued data; reading goes on."""
        if self._close_due or self.state is State.CLOSED:
            return
        if self.state is State.LISTEN:
            self._step(Event.CLOSE)
            return
        self._close_due = True
        self.sender.close()
        if self.state in (State.ESTABLISHED, State.CLOSE_WAIT):
            self._step(Event.CLOSE)
        self._flush()

    def abort(self) -> None:
        """Reset the connection."""
        if self.state not in (State.CLOSED, State.LISTEN, State.SYN_SENT):
            self._transmit(self.sender.snd_nxt, RST | ACK)
        self._gone("reset")

    # ---- the network's side -------------------------------------------------------------------

    def input(self, seg: TcpSegment) -> None:
        """Take a segment whose checksum was good."""
        if self.state is State.CLOSED:
            self._refuse(seg)
        elif self.state is State.LISTEN:
            self._input_listen(seg)
        elif self.state is State.SYN_SENT:
            self._input_syn_sent(seg)
        else:
            self._input_open(seg)
        self._flush()

    def _input_listen(self, seg: TcpSegment) -> None:
        if seg.flags & RST:
            return
        if seg.flags & ACK or not seg.flags & SYN:
            self._refuse(seg)
            return
        self.remote_port = self.remote_port or seg.sport
        self._take_syn(seg)
        self._step(Event.SYN)

    def _input_syn_sent(self, seg: TcpSegment) -> None:
        acks = bool(seg.flags & ACK)
        if acks and seg.ack != self.sender.snd_nxt:
            self._refuse(seg)
            return
        if seg.flags & RST:
            if acks:
                self._gone("reset")
            return
        if not seg.flags & SYN:
            return
        self._take_syn(seg)
        if acks:
            self.sender.on_ack(self.loop.now, seg.ack, seg.window, pure=False)
            self._step(Event.SYN_ACK)
            self._acknowledge()
            self._opened()
        else:  # both sides opened at once
            self._step(Event.SYN)
            self._transmit_syn()

    def _input_open(self, seg: TcpSegment) -> None:
        if not self._acceptable(seg):
            if not seg.flags & RST:
                self._reply_to_old(seg)
            return
        if seg.flags & RST:
            if seg.seq == self.rcv_nxt:
                self._gone("closed" if self.state in ENDING else "reset")
            else:
                self._acknowledge()  # RFC 5961 section 3.2: challenge ACK
            return
        if seg.flags & SYN:
            self._reply_to_old(seg)
            return
        if not seg.flags & ACK or not self._take_ack(seg):
            return
        if seg.payload or seg.flags & FIN:
            self._take_data(seg)

    def _acceptable(self, seg: TcpSegment) -> bool:
        """RFC 9293 section 3.10.7.4, first check; a window of zero still takes pure ACKs."""
        start = seg.seq.minus(self.rcv_nxt)
        if seg.length == 0:
            return 0 <= start < max(1, self.window)
        return start < self.window and start + seg.length > 0

    def _reply_to_old(self, seg: TcpSegment) -> None:
        """An ACK, or our SYN-ACK once more if that is what the peer never got."""
        answered = seg.flags & ACK and seg.ack == self.iss + 1
        if self.state is State.SYN_RCVD and seg.flags & SYN and not answered:
            self._transmit_syn()
            return
        if seg.flags & ACK:
            self._take_ack(seg)  # an old segment may still carry news
        if self.state is not State.CLOSED:
            self._acknowledge()

    def _take_ack(self, seg: TcpSegment) -> bool:
        """Process the acknowledgement; False if the segment must not be looked at further."""
        if self.state is State.SYN_RCVD:
            if seg.ack.minus(self.iss) <= 0 or seg.ack.minus(self.sender.snd_nxt) > 0:
                self._refuse(seg)
                return False
            self._step(Event.SYN_ACKED)
            self._ack_sender(seg)
            self._opened()
        else:
            self._ack_sender(seg)
        if self.sender.fin_acked and (self.state, Event.FIN_ACKED) in _FIN_ACKED_STATES:
            self._step(Event.FIN_ACKED)
            if self.state is State.CLOSED:
                self._gone("closed")
                return False
            self._start_linger()
        return True

    def _ack_sender(self, seg: TcpSegment) -> None:
        if seg.options.ts is not None and seg.seq.minus(self.rcv_nxt) <= 0:
            self._peer.ts_recent = seg.options.ts[0]
        pure = not seg.payload and not seg.flags & (SYN | FIN)
        window = seg.window << self._peer.snd_shift
        sack = seg.options.sack if self._peer.sack else ()
        self.sender.on_ack(self.loop.now, seg.ack, window, sack, pure)

    def _take_data(self, seg: TcpSegment) -> None:
        if self.state in RECEIVING:
            if seg.flags & FIN:
                self._fin_at = seg.seq + len(seg.payload)
            data = self.queue_payload(seg)
            fin = self._fin_at == self.receiver.rcv_nxt and not self._fin_seen
            self._fin_seen = self._fin_seen or fin
            self._acknowledge()
            if data:
                self.on_data(data)
            if fin and self.state is not State.CLOSED:
                self._step(Event.FIN)
                self._start_linger()
                self.on_eof()
        else:
            self._acknowledge()

    # ---- beginning and end --------------------------------------------------------------------

    def _opened(self) -> None:
        if self._close_due:
            self._step(Event.CLOSE)
        self.on_open()

    def _start_linger(self) -> None:
        if self.state is State.TIME_WAIT:
            self.loop.call_later(self.config.linger, self._linger_over)

    def _linger_over(self) -> None:
        if self.state is State.TIME_WAIT:
            self._step(Event.TIMEOUT)
            self._gone("closed")

    def _gone(self, reason: str) -> None:
        self._step(Event.ABORT)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.on_close(reason)

    # ---- what goes out, and the timer ---------------------------------------------------------

    def _flush(self) -> None:
        """Send what the sender may send and set the timer to its deadline."""
        if self.state in (State.CLOSED, State.LISTEN):
            return
        self._refill()
        for out in self.sender.poll(self.loop.now):
            self._transmit_data(out)
        if self.sender.failed:
            self._gone("timeout")
            return
        self._arm()

    def _refill(self) -> None:
        while self.source is not None and self.sender.unsent < SEND_LOWAT:
            data = self.source()
            if data is None:
                self.source = None
                self.close()
            else:
                self.sender.write(data)

    def _arm(self) -> None:
        """A timer that is set too early only polls and is set again: cheaper than moving it."""
        when, timer = self.sender.next_deadline(), self._timer
        if when is None or (timer is not None and self.loop.now < timer.when <= when):
            return
        if timer is not None:
            timer.cancel()
        self._timer = self.loop.call_at(when, self._flush)
