# SPDX-License-Identifier: BSD-2-Clause
"""The transmission control block: what one TCP end knows (RFC 9293 section 3.3.1), and the segments
that say it. What happens on a call, a segment or a timer is in ``endpoint.py``."""

from __future__ import annotations

from collections.abc import Callable

from sw_model.loop import EventLoop
from sw_model.peer.config import TcpConfig
from sw_model.peer.negotiation import Agreed, agree, segment_size, syn_ack_options, syn_options
from sw_model.peer.reassembly import Reassembly, Receiver
from sw_model.peer.retransmission_queue import OutSegment
from sw_model.peer.rto import RtoEstimator
from sw_model.peer.sender import TcpSender
from sw_model.peer.states import Event, State, next_state
from sw_model.rng import stream
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import (
    ACK,
    FIN,
    NO_OPTIONS,
    PSH,
    RST,
    SEQ_ZERO,
    SYN,
    SackBlock,
    TcpOptions,
    TcpSegment,
)


class Tcb:
    """State, sending half, receiving half, and what was agreed with the peer.

    The sender's first number is ``iss``, by default one drawn from ``seed`` and ``name``.
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
        self.loop, self.output = loop, output
        self.local_port, self.remote_port = local_port, remote_port
        self.config = config or TcpConfig()
        rng = stream(seed, f"{name}/iss")
        self.iss = SeqNum(rng.getrandbits(32)) if iss is None else iss
        self.state = State.CLOSED
        self.sender = self._make_sender(seed, name)
        self.receiver: Receiver = Reassembly(SeqNum(0))
        self._fin_at: SeqNum | None = None  # behind the peer's last byte, once a FIN came
        self._fin_seen = False  # that FIN is in order
        self._peer = Agreed()

    def _make_sender(self, seed: int, name: str) -> TcpSender:
        c, cut = self.config, stream(seed, f"{name}/cut")
        return TcpSender(
            self.iss,
            c.mss,
            rto=RtoEstimator(c.min_rto, c.initial_rto),
            fixed_window=c.fixed_window,
            cut=(lambda limit: cut.randint(1, limit)) if c.random_cut else None,
            recut=c.recut,
        )

    def make_receiver(self, rcv_nxt: SeqNum) -> Receiver:
        """The receiving half, once the first sequence number is known."""
        return Reassembly(rcv_nxt)

    def queue_payload(self, segment: TcpSegment) -> bytes:
        """Give a segment to the receiving half; not empty if anything came in order."""
        return self.receiver.insert(segment.seq, segment.payload, self.window)

    @property
    def window(self) -> int:
        """Bytes that may be received now."""
        return self.config.window

    @property
    def rcv_nxt(self) -> SeqNum:
        """What the next ACK says: the peer's FIN counts once it is in order."""
        rcv_nxt = self.receiver.rcv_nxt
        return rcv_nxt + 1 if self._fin_seen else rcv_nxt

    def _step(self, event: Event) -> None:
        self.state = next_state(self.state, event)

    def _take_syn(self, seg: TcpSegment) -> None:
        """Adopt the peer's numbers and options."""
        self.receiver = self.make_receiver(seg.seq + 1)
        self._peer = agree(self.config, seg.options)
        self.sender.mss = segment_size(self.config, self._peer)
        self.sender.snd_wnd = seg.window  # never scaled in a SYN

    # ---- segments -----------------------------------------------------------------------------

    def _transmit_data(self, out: OutSegment) -> None:
        if out.syn:
            self._transmit_syn()
        else:
            flags = (FIN if out.fin else 0) | (PSH if out.push else 0)
            self._transmit(out.seq, flags | ACK, out.payload)

    def _transmit_syn(self) -> None:
        """Our SYN; every one but that of an active open answers the peer's."""
        if self.state is State.SYN_SENT:
            flags, options = SYN, syn_options(self.config, self._ts())
        else:
            flags, options = SYN | ACK, syn_ack_options(self.config, self._peer, self._ts())
        self._transmit(self.iss, flags, options=options)

    def _acknowledge(self) -> None:
        sack = self.receiver.sack_blocks() if self._peer.sack else ()
        self._transmit(self.sender.snd_nxt, ACK, sack=sack)

    def _transmit(
        self,
        seq: SeqNum,
        flags: int,
        payload: bytes = b"",
        sack: tuple[SackBlock, ...] = (),
        options: TcpOptions | None = None,
    ) -> None:
        window = self.window >> (0 if flags & SYN else self._peer.rcv_shift)
        if options is None:
            ts = self._ts() if self._peer.timestamps else None
            options = TcpOptions(sack=sack, ts=ts) if sack or ts else NO_OPTIONS
        ack = self.rcv_nxt if flags & ACK else SEQ_ZERO
        self.output(
            TcpSegment(
                self.local_port,
                self.remote_port,
                seq,
                ack,
                flags,
                min(window, 0xFFFF),
                options,
                payload,
            )
        )

    def _ts(self) -> tuple[int, int]:
        """Microseconds, and the peer's latest value."""
        return self.loop.now // 1000, self._peer.ts_recent

    def _refuse(self, seg: TcpSegment) -> None:
        """RFC 9293 section 3.10.7.1: answer what belongs to no connection with a reset."""
        if seg.flags & RST:
            return
        if seg.flags & ACK:
            reset = TcpSegment(seg.dport, seg.sport, seg.ack, flags=RST, window=0)
        else:
            reset = TcpSegment(seg.dport, seg.sport, SeqNum(0), seg.seq + seg.length, RST | ACK, 0)
        self.output(reset)
