# SPDX-License-Identifier: BSD-2-Clause
"""The search for a record header at every byte position of contiguous bytes."""

from __future__ import annotations

from dataclasses import dataclass

from sw_model.wire.tls import TLS_HLEN, RecordHeader, Version


def plausible(header: bytes, version: Version) -> bool:
    """Can these five bytes be a header of AES-GCM traffic?"""
    parsed = RecordHeader.parse(header)
    return parsed is not None and parsed.plausible(version)


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate: ``at`` counts from the first carried byte."""

    at: int
    header: bytes


def scan(window: bytes, version: Version) -> Found | bytes:
    """The first candidate in ``window``, or the last bytes that no header could be judged at."""
    at = 0
    while (at := window.find(b"\x03\x03", at)) >= 0:
        header = window[at - 1 : at + TLS_HLEN - 1]
        if at >= 1 and len(header) == TLS_HLEN and plausible(header, version):
            return Found(at - 1, header)
        at += 1
    return window[max(0, len(window) - TLS_HLEN + 1) :]
