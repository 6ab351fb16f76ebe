# SPDX-License-Identifier: BSD-2-Clause
"""Broken NICs as switches, all off by default: each must make a checker of the bench fail."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NicFaults:
    """Each switch breaks one promise of the engine."""

    mark_bad_tag: bool = False  # a failed tag check is ignored: the packet leaves DECRYPTED
    transformed_bytes_on_auth_fail: bool = False  # a failed packet leaves XORed, not as it came
    confirm_any_sn: bool = False  # a confirmation counts whatever position it names
    no_authentication_state: bool = False  # a confirmation leads straight to OFFLOAD
    off_by_one_record_number: bool = False  # confirmed chains count one record too many
    keep_key_on_destroy: bool = False  # DESTROY_KEY leaves the key where it was
    process_past_data: bool = False  # packets below the expected sequence are taken as in order
    ignore_bad_checksum: bool = False  # packets with a wrong TCP checksum are processed
    mark_torn_record: bool = False  # packets that begin in a torn record are marked
    no_resync_code: bool = False  # tracking is lost silently
    match_any_vlan: bool = False  # flow rules ignore the VLAN tag
    mix_bytes: bool = False  # the last payload byte of a marked packet leaves as it came


NO_FAULTS = NicFaults()
