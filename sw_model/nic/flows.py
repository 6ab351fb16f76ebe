# SPDX-License-Identifier: BSD-2-Clause
"""The flow rules: which context a received packet belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sw_model.nic.layout import CplStatus, FlowRule
from sw_model.wire.frame import ParsedFrame


def key_of_frame(frame: ParsedFrame) -> FlowRule:
    """The key that is looked up for a frame."""
    return FlowRule(
        ipv6=frame.is_ipv6,
        vlan=frame.vlan,
        vid=frame.vid,
        src=int.from_bytes(frame.raw_src, "big"),
        dst=int.from_bytes(frame.raw_dst, "big"),
        sport=frame.sport,
        dport=frame.dport,
    )


class RuleTable:
    """Exact-match rules; a rule is its key, and one key leads to one context.

    ``full(rules, rule)`` is the placement policy of the table that is modelled: True if a new rule
    finds no room. The default bounds only the number of rules.
    """

    def __init__(
        self, capacity: int, full: Callable[[list[FlowRule], FlowRule], bool] | None = None
    ) -> None:
        self._rules: dict[FlowRule, int] = {}
        self._full = full or (lambda rules, _: len(rules) >= capacity)
        self.ignore_vlan = False

    def __len__(self) -> int:
        return len(self._rules)

    def add(self, rule: FlowRule, flow: int) -> CplStatus:
        if rule in self._rules:
            return CplStatus.EXISTS
        if self._full(list(self._rules), rule):
            return CplStatus.FULL
        self._rules[rule] = flow
        return CplStatus.OK

    def delete(self, rule: FlowRule) -> CplStatus:
        if self._rules.pop(rule, None) is None:
            return CplStatus.NOT_FOUND
        return CplStatus.OK

    def lookup(self, key: FlowRule) -> int | None:
        """The context of a packet with this key."""
        if self.ignore_vlan:
            bare = [(replace(r, vlan=key.vlan, vid=key.vid), f) for r, f in self._rules.items()]
            return dict(bare).get(key)
        return self._rules.get(key)
