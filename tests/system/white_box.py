# SPDX-License-Identifier: BSD-2-Clause
"""What stays in the design when all connections are gone: nothing (invariant "Zeroise").

Looks into the memories through the simulator. On Icarus only: Verilator would need them public,
which costs every other run its speed.
"""

from __future__ import annotations

from typing import Any

import pyuvm

from tb.tests.world import WorldTest

MEMORIES = {
    "keys": "u_path.u_decrypt.u_gcm.u_keys.u_rows.u_key_ram",
    "powers of H": "u_path.u_decrypt.u_gcm.u_keys.u_rows.u_power_ram",
    "H": "u_path.u_decrypt.u_gcm.u_keys.u_rows.u_sum_ram",
    "sums": "u_path.u_decrypt.u_gcm.u_auth.u_sum.u_judge.u_sum_ram",
    "static parameters": "u_path.u_decrypt.u_track.u_ctl.u_ctx.u_store.u_ctx.u_static",
    "progress parameters": "u_path.u_decrypt.u_track.u_ctl.u_ctx.u_store.u_ctx.u_progress",
}
REGISTER_SPACE = 0x100


class KeysLeft(AssertionError):
    """Key material outlived its connection."""


@pyuvm.test()
class WipeTest(WorldTest):
    """A world, and then a look at every row of the memories that held secrets."""

    async def inspect(self) -> None:
        self._check_memories()
        await self._check_registers()

    def _memory(self, path: str) -> list[Any]:
        handle = self.dut.u_dut
        for name in path.split("."):
            handle = getattr(handle, name)
        return [word.value for word in handle.mem]

    def _check_memories(self) -> None:
        used = self.counters["rx_tls_ctx"]
        for what, path in MEMORIES.items():
            words = [str(word) for word in self._memory(path)]
            left = [row for row, word in enumerate(words) if "1" in word]
            if left:
                raise KeysLeft(f"key wipe: {what} left in rows {left} of {path}")
            # Rows that were never written read X; those of this run must have been overwritten.
            zero = sum(set(word) == {"0"} for word in words)
            if not used or zero < used:
                raise KeysLeft(f"{what}: {used} contexts were used, {zero} rows are zero")

    async def _check_registers(self) -> None:
        keys = [flow.remote.protected_at(0)[0].key for flow in self.world.flows]
        secret = {key[i : i + 4] for key in keys for i in range(len(key) - 3)}
        for address in range(0, REGISTER_SPACE, 4):
            value = await self.registers.read(address)
            for order in ("big", "little"):
                if value.to_bytes(4, order) in secret:
                    raise KeysLeft(f"key wipe: register 0x{address:x} shows part of a key")
