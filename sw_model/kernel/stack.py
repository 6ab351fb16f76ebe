# SPDX-License-Identifier: BSD-2-Clause
"""One host: interfaces below, sockets above, TCP between them.

FreeBSD sys/net/if_ethersubr.c, sys/netinet/ip_input.c, tcp_input.c (lookup, checksums).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

from sw_model.kernel.bugs import Bugs
from sw_model.kernel.counters import Counters, Sysctl
from sw_model.kernel.if_snd_tag import Ifnet
from sw_model.kernel.ktls import Ktls
from sw_model.kernel.ktls_wq import KtlsTiming
from sw_model.kernel.lro import LroCtrl
from sw_model.kernel.mbuf import (
    CSUM_DATA_VALID,
    CSUM_IP_CHECKED,
    CSUM_IP_VALID,
    CSUM_PSEUDO_HDR,
    Mbuf,
    m_adj,
    m_copydata,
    m_freem,
    m_length,
)
from sw_model.kernel.socket import IPPROTO_TCP, SS_ISCONNECTED, SS_ISCONNECTING, Socket
from sw_model.kernel.tcp_input import tcp_do_segment
from sw_model.kernel.tcp_output import tcp_output
from sw_model.kernel.tcp_segment import Th
from sw_model.kernel.tcp_subr import TcpSubr
from sw_model.kernel.tcp_syncache import syncache_add
from sw_model.kernel.tcp_usrreq import Address, tcp_attach
from sw_model.kernel.tcp_var import (
    TCP_MAXWIN,
    TCPS_ESTABLISHED,
    TCPS_SYN_SENT,
    TCPS_TIME_WAIT,
    TF_RCVD_TSTMP,
    TF_SACK_PERMIT,
)
from sw_model.loop import EventLoop
from sw_model.rng import stream
from sw_model.trace import Trace
from sw_model.wire.frame import ParsedFrame, parse_frame
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import ACK, RST, SYN

DEFAULT_MAC = bytes.fromhex("020000000002")
DEFAULT_PEER_MAC = bytes.fromhex("020000000001")


class Stack(TcpSubr):
    """A FreeBSD host in one object. ``output`` takes the frames it sends.

    Interfaces given to ``attach`` call ``if_input`` with the packets of one poll. The first one
    attached is the route of new connections; ``route`` may be changed.
    """

    def __init__(
        self,
        loop: EventLoop,
        trace: Trace | None = None,
        seed: int = 1,
        *,
        bugs: Bugs | None = None,
        timing: KtlsTiming | None = None,
        output: Callable[[bytes], None] | None = None,
        mtu: int = 1500,
    ) -> None:
        super().__init__()
        self.loop, self.trace = loop, trace or Trace()
        self.bugs, self.mtu = bugs or Bugs(), mtu
        self.sysctl, self.counters = Sysctl(), Counters()
        self.ktls = Ktls(
            loop, self.trace, self.counters, self.sysctl, self.bugs, timing or KtlsTiming()
        )
        self.output = output or (lambda _: None)
        self.reader_wakeup_ns = 0
        self.src_mac, self.dst_mac = DEFAULT_MAC, DEFAULT_PEER_MAC
        self.interfaces: list[Ifnet] = []
        self.route: Ifnet | None = None
        self.vlans: dict[tuple[int, int], Any] = {}
        self.laggs: dict[int, Any] = {}
        self.rng = stream(seed, "kernel.tcp")  # initial sequence numbers, time stamp offsets
        self._lro: dict[int, LroCtrl] = {}
        self._listeners: dict[tuple[bytes, int], Socket] = {}

    # Interfaces -------------------------------------------------------------------------------

    def attach(self, ifp: Any) -> None:
        """ether_ifattach."""
        ifp.if_input = self.if_input
        self.interfaces.append(ifp)
        self.route = self.route or ifp

    def attach_vlan(self, vlan: Any) -> None:
        """Packets of ``vlan.parent`` with this id get the VLAN interface as rcvif (vlan_input)."""
        self.vlans[id(vlan.parent), vlan.vid] = vlan

    def attach_lagg(self, lagg: Any) -> None:
        """Packets of its ports get the lagg interface as rcvif, below VLANs (lagg_input)."""
        self.laggs |= {id(port): lagg for port in lagg.ports}

    def if_input(self, batch: list[Mbuf]) -> None:
        """The packets of one poll: LRO, then the rest of the stack."""
        for m in batch:
            assert m.m_pkthdr is not None
            lro = self._lro.get(id(m.m_pkthdr.rcvif)) or self._lro_ctrl(m.m_pkthdr.rcvif)
            use = m.m_pkthdr.csum_flags and self.sysctl["net.inet.tcp.lro.enable"]
            if not use or lro.tcp_lro_rx(m):
                self.ether_input(m)
        for lro in self._lro.values():
            lro.tcp_lro_flush_all()

    def _lro_ctrl(self, ifp: Any) -> LroCtrl:
        return self._lro.setdefault(id(ifp), LroCtrl(self.sysctl, self.counters, self.ether_input))

    def ether_input(self, m: Mbuf) -> None:
        """Ethernet, VLAN, IP. The headers stay in front until TCP trims them all at once."""
        assert m.m_pkthdr is not None
        frame = parse_frame(m_copydata(m, 0, m_length(m)))
        if self.laggs:  # leaf_rcvif keeps the physical one, here and below
            m.m_pkthdr.rcvif = self.laggs.get(id(m.m_pkthdr.rcvif), m.m_pkthdr.rcvif)
        if frame.tags:
            vlan = self.vlans.get((id(m.m_pkthdr.rcvif), frame.tags[0]))
            m.m_pkthdr.rcvif = vlan or m.m_pkthdr.rcvif
        self.counters.inc("ips_total")
        csum = m.m_pkthdr.csum_flags
        ip_ok = bool(csum & CSUM_IP_VALID) if csum & CSUM_IP_CHECKED else frame.l3_ok
        if frame.is_ipv4 and not ip_ok:
            self._discard(m, "ips_badsum")
        elif frame.tcp is None:
            self._discard(m, "ips_fragments" if frame.is_frag else "ips_noproto")
        else:
            pad = m_length(m) - frame.payload_off - frame.payload_len
            if pad:
                m_adj(m, -pad)
            self.tcp_input(frame, m)

    def _discard(self, m: Mbuf, counter: str) -> None:
        self.counters.inc(counter)
        m_freem(m)

    # TCP input --------------------------------------------------------------------------------

    def tcp_input(self, frame: ParsedFrame, m: Mbuf) -> None:
        """Checksum, then the control block. A checksum the NIC verified is never computed again:
        behind decryption the payload no longer matches it."""
        assert m.m_pkthdr is not None
        assert frame.tcp is not None
        hdr = m.m_pkthdr
        self.counters.inc("tcps_rcvtotal")
        if hdr.csum_flags & CSUM_DATA_VALID:
            ok = bool(hdr.csum_flags & CSUM_PSEUDO_HDR) and hdr.csum_data == 0xFFFF
        else:
            ok = frame.l4_ok
        if not ok:
            self._discard(m, "tcps_rcvbadsum")
            return
        th = Th.of(frame.tcp, frame.payload_len, frame.payload_off)
        key = (frame.raw_dst, frame.dport, frame.raw_src, frame.sport)
        inp = self.inpcbs.get(key)
        if (
            inp is not None
            and inp.tp is not None
            and inp.tp.t_state == TCPS_TIME_WAIT
            and th.flags & SYN
            and th.seq > inp.tp.rcv_nxt
        ):
            self.tcp_close(inp.tp, 0)  # the peer starts over with the same ports
            inp = None
        if inp is not None and inp.tp is not None:
            inp.learn_path(frame)
            tcp_do_segment(inp.tp, th, m)
            return
        listener = self._listeners.get((frame.raw_dst, frame.dport)) or self._listeners.get(
            (b"", frame.dport)
        )
        if listener is not None and th.flags & (SYN | ACK | RST) == SYN:
            syncache_add(self, listener, frame, th, m)
            return
        self.counters.inc("tcps_noport")
        self.tcp_dropwithreset(frame, th)
        m_freem(m)

    # Sockets ----------------------------------------------------------------------------------

    def listen(
        self,
        addr: Address | None,
        port: int,
        on_accept: Callable[[Socket], None],
        rcvbuf: int | None = None,
    ) -> Socket:
        """``on_accept(socket)`` for every connection whose handshake is complete."""
        so = self.socket(rcvbuf)
        so.name = f"listen:{port}"
        error = so.listen(addr, port, on_accept)
        if error:
            raise OSError(error, f"port {port} is taken")
        return so

    def socket(self, rcvbuf: int | None = None, protocol: int = IPPROTO_TCP) -> Socket:
        """A fresh socket (socreate): neither connected nor listening."""
        return Socket(self, rcvbuf or self.sysctl["net.inet.tcp.recvspace"], "", protocol)

    def bind_listener(self, so: Socket, addr: Address | None, port: int) -> bool:
        """False if somebody listens there (in_pcbbind)."""
        key = (ipaddress.ip_address(addr).packed if addr else b"", port)
        if key in self._listeners:
            return False
        self._listeners[key] = so
        return True

    def unlisten(self, so: Socket) -> None:
        self._listeners = {k: v for k, v in self._listeners.items() if v is not so}

    def connect(
        self,
        laddr: Address,
        lport: int,
        faddr: Address,
        fport: int,
        on_connected: Callable[[Socket], None] | None = None,
        rcvbuf: int | None = None,
    ) -> Socket:
        """Active open; the SYN goes out at once."""
        tp = tcp_attach(self, laddr, lport, faddr, fport, rcvbuf)
        tp.so.on_connected = on_connected
        tp.so.so_state |= SS_ISCONNECTING
        tp.t_state = TCPS_SYN_SENT
        tcp_output(tp)
        return tp.so

    def adopt(
        self,
        laddr: Address,
        lport: int,
        faddr: Address,
        fport: int,
        rcv_nxt: int,
        snd_nxt: int = 0,
        *,
        rcvbuf: int | None = None,
        rcv_scale: int | None = None,
        snd_scale: int = 0,
        sack: bool = True,
        ts_recent: int | None = None,
        flowid: int = 0,
        flowtype: int = 0,
    ) -> Socket:
        """A connection taken over in mid-stream: established, nothing is sent for it.

        For replay: ``rcv_nxt`` is the first byte expected. The frames it produces may be ignored.
        """
        tp = tcp_attach(self, laddr, lport, faddr, fport, rcvbuf, iss=snd_nxt, syn=False)
        inp = tp.t_inpcb
        inp.inp_flowid, inp.inp_flowtype = flowid, flowtype
        tp.rcv_scale = tp.request_r_scale if rcv_scale is None else rcv_scale
        tp.snd_scale = snd_scale
        tp.irs = SeqNum(rcv_nxt - 1)
        tp.rcv_nxt = tp.last_ack_sent = SeqNum(rcv_nxt)
        window = min(tp.so.so_rcv.sbspace(), TCP_MAXWIN << tp.rcv_scale)
        tp.rcv_adv = tp.rcv_nxt + window
        tp.snd_wl1, tp.snd_wl2 = tp.irs, SeqNum(snd_nxt)
        tp.snd_wnd = tp.sender.snd_wnd
        if sack:
            tp.t_flags |= TF_SACK_PERMIT
        if ts_recent is not None:
            tp.t_flags |= TF_RCVD_TSTMP
            tp.ts_recent = ts_recent
        tp.t_state = TCPS_ESTABLISHED
        tp.so.so_state |= SS_ISCONNECTED
        return tp.so

    def sockets(self) -> list[Socket]:
        """Sockets of all live connections."""
        return [i.inp_socket for i in self.inpcbs.values() if i.inp_socket is not None]
