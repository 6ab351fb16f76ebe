# SPDX-License-Identifier: BSD-2-Clause
"""Other NICs that could stand in the engine's place: optional modes, off by default.

They are no faults: hardware of each kind may exist, and what it costs the host is worth knowing.
The RTL is none of them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NicModes:
    """``transformed_failures``: a packet with code 3 leaves with its text XORed, unmarked, if an
    earlier packet of a record that failed in it left DECRYPTED; else as it came. This is the
    contract of Linux' ``decrypt_failed`` mark; FreeBSD has no third state to tell such bytes apart.

    ``in_order_only``: any gap loses tracking, also one behind which the next header is known. Such
    a NIC keeps no torn record, and asks software after each loss.

    ``programming_2022``: SET_PSV with ``next_record_tcp_sn`` 0 starts at ``resync_tcp_sn`` of the
    static parameters, where the first FreeBSD driver put the start. The engine waits for sequence
    number 0 then, and offload begins with the first resync.
    """

    transformed_failures: bool = False
    in_order_only: bool = False
    programming_2022: bool = False


ENGINE = NicModes()
