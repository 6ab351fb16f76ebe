# SPDX-License-Identifier: BSD-2-Clause
"""The flow rules: which context a received packet belongs to."""

from __future__ import annotations

from collections.abc import Callable

from sw_model.nic.layout import CplStatus, FlowRule
from sw_model.wire.frame import ParsedFrame

Key = tuple[bool, bool, int, bytes, bytes, int, int]  # the fields of a rule, as they are found

UPPER = bytes(12)  # of the 16 bytes a rule has for an address


def key_of_frame(frame: ParsedFrame) -> Key:
    """The key that is looked up for a frame."""
    tags, src, dst = frame.tags, frame.raw_src, frame.raw_dst
    if not frame.is_ipv6:
        src, dst = UPPER + src, UPPER + dst
    vid = tags[0] if tags else 0
    return frame.is_ipv6, bool(tags), vid, src, dst, frame.sport, frame.dport


def key_of_rule(rule: FlowRule) -> Key:
    """The key of the frames that a rule is for."""
    src, dst = rule.src.to_bytes(16, "big"), rule.dst.to_bytes(16, "big")
    return rule.ipv6, rule.vlan, rule.vid, src, dst, rule.sport, rule.dport


class RuleTable:
    """Exact-match rules; a rule is its key, and one key leads to one context.

    ``full(rules, rule)`` is the placement policy of the table that is modelled: True if a new rule
    finds no room. The default bounds only the number of rules.
    """

    def __init__(
        self, capacity: int, full: Callable[[list[FlowRule], FlowRule], bool] | None = None
    ) -> None:
        self._rules: dict[FlowRule, int] = {}
        self._flows: dict[Key, int] = {}  # the same table as it is looked up
        self._full = full or (lambda rules, _: len(rules) >= capacity)
        self.ignore_vlan = False

    def __len__(self) -> int:
        return len(self._rules)

    def add(self, rule: FlowRule, flow: int) -> CplStatus:
        if rule in self._rules:
            return CplStatus.EXISTS
        if self._full(list(self._rules), rule):
            return CplStatus.FULL
        self._rules[rule] = self._flows[key_of_rule(rule)] = flow
        return CplStatus.OK

    def delete(self, rule: FlowRule) -> CplStatus:
        if self._rules.pop(rule, None) is None:
            return CplStatus.NOT_FOUND
        del self._flows[key_of_rule(rule)]
        return CplStatus.OK

    def lookup(self, key: Key) -> int | None:
        """The context of a packet with this key."""
        if self.ignore_vlan:
            bare = {(k[0], *k[3:]): flow for k, flow in self._flows.items()}
            return bare.get((key[0], *key[3:]))
        return self._flows.get(key)
