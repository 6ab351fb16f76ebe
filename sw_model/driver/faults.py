# SPDX-License-Identifier: BSD-2-Clause
"""Known and imagined driver bugs as switches, all off by default."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DriverFaults:
    """Each switch is one bug; a checker of the bench must notice it."""

    v1_programming: bool = False  # 2022 driver: start goes to resync_tcp_sn, next_record_tcp_sn = 0
    confirm_wrong_number: bool = False  # confirmations carry the record number plus one
    confirm_without_find: bool = False  # any position is confirmed with the newest record's number
    ignore_pending: bool = False  # a GET_PSV for every report, also while one is outstanding
    keep_table_on_gap: bool = False  # reports that do not join are appended instead of restarting
    code3_is_decrypted: bool = False  # failed packets go up marked as decrypted
    code2_is_decrypted: bool = False  # packets with the resync code go up marked as decrypted
    key_before_rule: bool = False  # tear-down destroys the key while the rule still matches


NO_FAULTS = DriverFaults()
