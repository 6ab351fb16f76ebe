# SPDX-License-Identifier: BSD-2-Clause
"""Send tags and interface capabilities as the kernel sees them.

FreeBSD sys/net/if_var.h (struct m_snd_tag, union if_snd_tag_alloc_params), sys/net/if.h (IFCAP2).
The driver implements ``Ifnet`` and ``TlsRxTag``; the kernel uses nothing else of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from sw_model.wire.seq import SeqNum

if TYPE_CHECKING:
    from sw_model.kernel.ktls_session import KtlsSession
    from sw_model.kernel.tcp_var import Inpcb

IF_SND_TAG_TYPE_TLS_RX = 4
M_NODOM = 255  # no memory domain is known (sys/sys/mbuf.h)

IFCAP2_RXTLS4 = 0  # bit NUMBERS, not masks
IFCAP2_RXTLS6 = 1


def ifcap2_bit(number: int) -> int:
    """IFCAP2_BIT: the mask of a capability number."""
    return 1 << number


@dataclass(slots=True)
class TlsRxAllocParams:
    """Allocation parameters of IF_SND_TAG_TYPE_TLS_RX; a VLAN interface rewrites ``vlan_id``."""

    inp: Inpcb
    session: KtlsSession
    flowid: int
    flowtype: int
    numa_domain: int = M_NODOM
    vlan_id: int = 0  # valid if not zero

    @classmethod
    def of(cls, inp: Inpcb, session: KtlsSession, vlan_id: int = 0) -> TlsRxAllocParams:
        """Flow id, flow type and memory domain are those of the control block."""
        return cls(inp, session, inp.inp_flowid, inp.inp_flowtype, inp.inp_numa_domain, vlan_id)


class TlsRxTag(Protocol):
    """struct m_snd_tag of type TLS_RX."""

    def modify(self, tls_hdr_tcp_sn: SeqNum, tls_rec_length: int, tls_seq_number: int) -> int: ...
    def free(self) -> None: ...


AllocDone = Callable[[int, Any], None]


class Ifnet(Protocol):
    """struct ifnet. ``capenable2`` is the second capability word, IFCAP2_* are its bit numbers."""

    name: str
    if_input: Any

    @property
    def capenable2(self) -> int: ...

    def snd_tag_alloc(self, params: Any, done: AllocDone) -> None: ...


def rxtls_capable(ifp: Ifnet, vflag: int, by_number: bool) -> bool:
    """Has the interface the RXTLS capability for this socket's IP version?

    ``by_number`` is a bug that kernels had: the bit number used as the mask.
    """
    number = IFCAP2_RXTLS6 if vflag == 6 else IFCAP2_RXTLS4
    return bool(ifp.capenable2 & (number if by_number else ifcap2_bit(number)))
