# SPDX-License-Identifier: BSD-2-Clause
"""Known Linux bugs of the receive path as switches, all off: the tests show what each one breaks.

The years are those of the fixes. Those marked "reading" are conclusions drawn from the code, not
reported bugs.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bugs:
    """True = behave as the buggy kernel does."""

    async_wrong_number: bool = False
    """2020, tls_device_rx_resync_async: a logged header is confirmed with the number of the record
    being parsed, not with its own."""

    async_sign_extension: bool = False
    """2020, tls_offload_rx_resync_async_request_start: the length shifted by 16 is a signed int;
    from 32768 bytes on it overwrites the sequence half of the request with ones."""

    async_endless: bool = False
    """2025, mlx5: a GET_PSV that fails or finds no lock does not cancel the request."""

    async_cancel_keeps_log: bool = False
    """Reading, tls_offload_rx_resync_async_request_cancel (2025): only the request word goes. With
    two GET_PSV under way the first answer may cancel and the second end the request; headers in
    between were not counted, so a logged one is confirmed with a number too high."""

    resync_sock_leak: bool = False
    """2021, mlx5 resync_update_sn: the socket found for a resync packet is never put."""

    strp_overlap_twice: bool = False
    """2022, tls_strp.c: data that TCP queued twice (overlapping segments) is parsed twice."""

    strp_first_status: bool = False
    """2023, tls_strp.c: only the first fragment's decrypted bit is looked at."""

    strp_walk_beyond: bool = False
    """2023, tls_device_decrypted: the walk over the fragments' bits does not stop at the end of the
    record but takes the whole queue."""

    strp_mixed_in_place: bool = False
    """2023, tls_strp.c: a mixed record stays in place; the copy made for re-encryption has one
    decrypted bit for all fragments."""

    strp_copy_status: bool = False
    """2023, tls_strp.c: copy mode keeps no decrypted bit but the first."""

    strp_header_overlap: bool = False
    """Reading, tls_strp.c: in place the header is read through the raw queue, before the check for
    data queued twice; a header that straddles such an overlap is misread."""

    dev_del_twice: bool = False
    """2021 and later, tls_device.c: nothing remembers that the receive side was removed from the
    device; closing and the device's going down both remove it."""

    hint_copied_seq: bool = False
    """Reading, tls_device_core_ctrl_rx_resync: since records are parsed in place, copied_seq is
    still at the start of the record just read, while the number given is the next one's."""

    rekey_copied_seq: bool = False
    """Early revisions of the 2026 series: copied_seq is taken for the start of the record also in
    copy mode, where it has run ahead."""

    xlio_zero_is_unknown: bool = False
    """Reading, libxlio: looking a header up gives its number, or 0 for "not found"; the true record
    number 0 can not be confirmed."""


NO_BUGS = Bugs()
