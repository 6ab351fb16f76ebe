# SPDX-License-Identifier: BSD-2-Clause
"""Known FreeBSD bugs of the receive path as switches, all off: the bench can show each one.

docs/kernel.md lists them, with those that are behaviour and have no switch.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bugs:
    """True = behave as the buggy kernel does. Functions are in sys/kern/uipc_ktls.c."""

    alloc_capability_by_number: bool = False
    """ktls_alloc_rcv_tag (older tree) ANDs if_capenable2 with the bit number, not the mask."""

    reset_capability_by_number: bool = False
    """ktls_reset_receive_tag does the same: IPv4 never re-offloads after a path change."""

    all_zero_inner: bool = False
    """tls13_find_record_type compares with the header included in its scan: payload length -1."""

    decrypted_no_min_length: bool = False
    """ktls_decrypt does not check the least length of a TLS 1.2 record the NIC decrypted."""

    leaf_ifp_of_first_mbuf: bool = False
    """sbappend_ktls_rx reads the interface of the chain's first mbuf for every packet header."""

    fin_in_rcv_nxt: bool = False
    """ktls_get_rx_sequence and ktls_resync_ifnet do not take a counted FIN off rcv_nxt."""

    unlocked_snd_tag: bool = False
    """ktls_resync_ifnet reads the session's tag without the lock under which
    ktls_reset_receive_tag and a close release it: the worker may use a tag that is gone."""
