# SPDX-License-Identifier: BSD-2-Clause
"""The part of struct sk_buff that the receive path looks at (include/linux/skbuff.h)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sw_model.wire.seq import SeqNum

SKB_OVERHEAD = 768  # what a buffer costs beside its data: SKB_TRUESIZE(0), 64-bit, about


@dataclass(slots=True)
class SkBuff:
    """Payload of one or more segments; ``seq`` is TCP_SKB_CB(skb)->seq.

    ``decrypted``: the device replaced the ciphertext. ``decrypt_failed`` (2026 series, never with
    ``decrypted``): the device tried and a tag failed; the bytes are the wire's as long as no packet
    of the record is marked decrypted, else they carry the keystream like those.
    """

    seq: SeqNum
    data: bytes
    decrypted: bool = False
    decrypt_failed: bool = False

    @property
    def end_seq(self) -> SeqNum:
        return self.seq + len(self.data)

    @property
    def touched(self) -> bool:
        """One of the marks is set."""
        return self.decrypted or self.decrypt_failed

    @property
    def truesize(self) -> int:
        return len(self.data) + SKB_OVERHEAD

    def cut(self, begin: int, end: int) -> SkBuff:
        """The bytes [begin, end) with the same marks."""
        return replace(self, seq=self.seq + begin, data=self.data[begin:end])


def skb_cmp_decrypted(a: SkBuff, b: SkBuff) -> bool:
    """Do the decrypted bits differ?"""
    return a.decrypted != b.decrypted


def skb_mergeable(a: SkBuff, b: SkBuff) -> bool:
    """May the bytes share a buffer? Both marks must survive, not only the one that makes a record
    mixed."""
    return not skb_cmp_decrypted(a, b) and a.decrypt_failed == b.decrypt_failed
