# SPDX-License-Identifier: BSD-2-Clause
"""Open AES-GCM cores and what is known of them, to be put beside the engine's lane.

`measured`: taken from a run of the named revision with the tools named. `author`: the figure that
the project states, not repeated. Nothing else is listed. Bits a cycle are over one message of
16 KiB with its set-up, 13 bytes of AAD, by simulation.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Core:
    name: str
    keys: str  # key sizes of one build
    bits: float | None  # a cycle, sustained, measured
    bits_one_segment: float | None  # a cycle, a message of 1440 bytes with a fresh key, measured
    lut: int | None
    ff: int | None
    lut_from: str  # how the LUT figure came about
    levels: int | None  # longest path in LUT levels, `synth -flatten -lut 6`, measured
    note: str

    @property
    def bits_per_klut(self) -> float | None:
        if self.bits is None or self.lut is None:
            return None
        return self.bits / self.lut * 1000


CORES = (
    Core(
        "BLu85/AES-GCM, size L, d0515ae", "128", 125.6, 104.7, 22463, 4029,
        "author, Vivado, Kintex UltraScale", 27,
        "levels of its multiply loop; closes 100 MHz (author)",
    ),
    Core(
        "BLu85/AES-GCM, size L, d0515ae", "256", 125.1, 101.1, 26898, 7025,
        "author, Vivado, Kintex UltraScale", 27,
        "levels of its multiply loop; closes 100 MHz (author)",
    ),
    Core(
        "zhuangjiali2/FPGA-AES-GCM, fold 8, 89c2cb3", "128/192/256", 97.9, 40.3, 24270, 12618,
        "measured, Yosys xcup", 8, "set up anew for each message",
    ),
    Core(
        "GMUCERG/AESGCM v1, 0498ad3", "128", None, None, 4349, 1450,
        "measured, Yosys generic LUT6", 8, "iterative, 11 cycles a block by its core's formula",
    ),
    Core(
        "secworks/aes, 80dc471", "128/256", None, None, 6451, 2476,
        "measured, Yosys generic LUT6", 9, "AES only, no GCM: 53 or 73 cycles a block",
    ),
)  # fmt: skip
