# SPDX-License-Identifier: BSD-2-Clause
"""A VLAN interface over a physical one. FreeBSD sys/net/if_vlan.c."""

from __future__ import annotations

from typing import Any

from sw_model.kernel.if_snd_tag import AllocDone, Ifnet, TlsRxAllocParams


class VlanIfnet:
    """vlan(4): passes send tag allocations down with its VLAN id (vlan_snd_tag_alloc)."""

    def __init__(self, parent: Ifnet, vid: int) -> None:
        self.parent, self.vid = parent, vid
        self.name = f"{parent.name}.{vid}"
        self.if_input: Any = None

    @property
    def capenable2(self) -> int:
        """vlan_capabilities: those of the parent."""
        return self.parent.capenable2

    def snd_tag_alloc(self, params: TlsRxAllocParams, done: AllocDone) -> None:
        """vlan_snd_tag_alloc: the VLAN id goes down with the question."""
        params.vlan_id = self.vid
        self.parent.snd_tag_alloc(params, done)
