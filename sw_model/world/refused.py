# SPDX-License-Identifier: BSD-2-Clause
"""What an application may see of a stream in which records were forged.

FreeBSD puts the error beside the data: records behind a refused one may still be read before the
error is. So whole good records may follow the gap, but nothing of a forged one, and the application
must see an error.
"""

from __future__ import annotations

from collections.abc import Set
from errno import EBADMSG, EINVAL, EMSGSIZE

from sw_model.check.packets import Violation
from sw_model.check.truth import StreamTruth
from sw_model.wire.tls import APPLICATION_DATA
from sw_model.world.client import Phase, TlsClient

# A header that was changed in flight fails as a header, not as a tag.
IN_FLIGHT = frozenset((EBADMSG, EINVAL, EMSGSIZE))


def check_refused(
    name: str, truth: StreamTruth, app: TlsClient, delivered: bytes, in_flight: Set[int]
) -> None:
    """``in_flight``: starts of records changed on the way; a retransmission may have been faster,
    so they may arrive or be refused. What the sender forged must be refused."""
    skipped, at = _skipped(name, truth, delivered, in_flight)
    failed = app.phase is Phase.FAILED
    if failed and app.error not in (IN_FLIGHT if in_flight else {EBADMSG}):
        raise Violation(f"{name}: a forged record was refused with error {app.error}")
    if (skipped or at < len(truth.app_data())) and not failed:
        raise Violation(f"{name}: a forged record was left out without an error")
    first = min((r.start for r in truth.records if not r.good or r.start in in_flight), default=0)
    before = b"".join(r.payload for r in truth.records if r.end <= first and _is_data(r.type))
    if not delivered.startswith(before):
        raise Violation(f"{name}: records before the first forged one were not all delivered")


def _is_data(kind: int) -> bool:
    return kind == APPLICATION_DATA


def _skipped(
    name: str, truth: StreamTruth, delivered: bytes, in_flight: Set[int]
) -> tuple[int, int]:
    """Records left out before the last one delivered, and the place reached in ``delivered``."""
    at = skipped = 0
    for record in truth.records:
        if at == len(delivered) or not _is_data(record.type):
            continue
        if not record.good:
            skipped += 1
        elif delivered[at : at + len(record.payload)] == record.payload:
            at += len(record.payload)
        elif record.start in in_flight:
            skipped += 1
        else:
            raise Violation(f"{name}: byte {at} delivered is not the one sent")
    if at < len(delivered):
        raise Violation(f"{name}: {len(delivered) - at} bytes delivered that nobody sent")
    return skipped, at
