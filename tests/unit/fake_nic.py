# SPDX-License-Identifier: BSD-2-Clause
"""An interface of the kernel's that does as a test says: its tags note what is asked of them."""

from __future__ import annotations

from typing import Any

from sw_model.loop import EventLoop


class FakeTag:
    """Records what the kernel asks of a tag."""

    def __init__(self, nic: FakeNic, params: Any) -> None:
        self.nic = nic
        error, self.seq, self.number = params.inp.ktls_get_rx_sequence()
        assert error == 0
        self.vlan_id = params.vlan_id
        self.calls: list[tuple[int, int, int]] = []
        self.freed = False

    def modify(self, tls_hdr_tcp_sn: int, tls_rec_length: int, tls_seq_number: int) -> int:
        assert not self.freed, "modify after free"
        self.calls.append((int(tls_hdr_tcp_sn), tls_rec_length, tls_seq_number))
        return 0

    def free(self) -> None:
        assert not self.freed, "tag freed twice"
        self.freed = True
        self.nic.log.append("free")


class FakeNic:
    """An interface: grants or refuses tags at once or after ``delay`` ns."""

    def __init__(self, loop: EventLoop, name: str = "mce0", capenable2: int = 3) -> None:
        self.loop, self.name, self.capenable2 = loop, name, capenable2
        self.error, self.delay = 0, 0
        self.tags: list[FakeTag] = []
        self.log: list[str] = []
        self.if_input: Any = None

    def snd_tag_alloc(self, params: Any, done: Any) -> None:
        self.log.append("alloc")
        if self.error:
            self.loop.call_later(self.delay, done, self.error, None)
            return
        tag = FakeTag(self, params)
        self.tags.append(tag)
        if self.delay:
            self.loop.call_later(self.delay, done, 0, tag)
        else:
            done(0, tag)

    @property
    def calls(self) -> list[tuple[int, int, int]]:
        return [c for t in self.tags for c in t.calls]
