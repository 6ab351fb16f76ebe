# SPDX-License-Identifier: BSD-2-Clause
"""Several ports as one interface. FreeBSD sys/net/if_lagg.c, as far as receive tags see it.

The tag is made by the port that would send for this flow; the switch at the other end chooses by
which one packets arrive. They carry the lagg interface as rcvif and the port as leaf_rcvif, and so
the tag moves to the right port with the first of them (ktls_input_ifp_mismatch).
"""

from __future__ import annotations

from errno import EOPNOTSUPP
from functools import reduce
from typing import Any

from sw_model.kernel.if_snd_tag import AllocDone, Ifnet, TlsRxAllocParams
from sw_model.kernel.mbuf import M_HASHTYPE_NONE


class LaggIfnet:
    """lagg(4) over ``ports``. ``by_flowid``: loadbalance, else failover in the order of the ports.

    A port in ``down`` has no link.
    """

    def __init__(self, name: str, ports: list[Ifnet], by_flowid: bool = False) -> None:
        self.name, self.ports, self.by_flowid = name, ports, by_flowid
        self.down: list[Ifnet] = []
        self.if_input: Any = None

    @property
    def capenable2(self) -> int:
        """lagg_capabilities: what all ports can."""
        return reduce(lambda caps, port: caps & port.capenable2, self.ports, -1)

    def lookup_snd_tag_port(self, flowid: int, flowtype: int) -> Ifnet | None:
        """The port that sends for a flow; None if none can. Without a hash no port is chosen by it.

        A port without link is passed over (lagg_link_active).
        """
        first = 0
        if self.by_flowid:
            if flowtype == M_HASHTYPE_NONE:
                return None
            first = flowid % len(self.ports)
        order = self.ports[first:] + self.ports[:first]
        return next((port for port in order if port not in self.down), None)

    def snd_tag_alloc(self, params: TlsRxAllocParams, done: AllocDone) -> None:
        """lagg_snd_tag_alloc: the question goes to one port as it is."""
        port = self.lookup_snd_tag_port(params.flowid, params.flowtype)
        if port is None:
            done(EOPNOTSUPP, None)
        else:
            port.snd_tag_alloc(params, done)
