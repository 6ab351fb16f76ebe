# SPDX-License-Identifier: BSD-2-Clause
"""Blocks go in with gaps and any mix of keys; each comes out 15 cycles later, encrypted."""

from __future__ import annotations

import cocotb
from cocotb.clock import Clock
from cocotb.handle import HierarchyObject
from cocotb.triggers import FallingEdge
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from sw_model.rng import stream

LATENCY = 15
PLAIN = bytes.fromhex("00112233445566778899aabbccddeeff")
# FIPS 197 appendix C.1, C.3 and B: key, block, result.
FIPS_197 = [
    (bytes(range(16)), PLAIN, "69c4e0d86a7b0430d8cdb78070b4c55a"),
    (bytes(range(32)), PLAIN, "8ea2b7ca516745bfeafc49904b496089"),
    (
        bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c"),
        bytes.fromhex("3243f6a8885a308d313198a2e0370734"),
        "3925841d02dc09fbdc118597196a0b32",
    ),
]

Job = tuple[bytes, list[bytes]]  # a key and one block a lane


def library(key: bytes, block: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)


def lanes_of(blocks: list[bytes]) -> int:
    return sum(int.from_bytes(block, "big") << 128 * lane for lane, block in enumerate(blocks))


async def run(dut: HierarchyObject, jobs: list[Job | None]) -> list[int | None]:
    """Give one job (or a gap) a cycle; what came out in each cycle, shifted by the latency."""
    cocotb.start_soon(Clock(dut.clk_i, 10, unit="ns").start())
    dut.rst_i.value = 1
    dut.valid_i.value = 0
    dut.k256_i.value = 0
    dut.key_i.value = 0
    dut.block_i.value = 0
    await FallingEdge(dut.clk_i)
    await FallingEdge(dut.clk_i)
    dut.rst_i.value = 0
    seen: list[int | None] = []
    for job in [*jobs, *[None] * LATENCY]:
        dut.valid_i.value = int(job is not None)
        if job is not None:
            key, blocks = job
            dut.k256_i.value = int(len(key) == 32)
            dut.key_i.value = int.from_bytes(key, "big")
            dut.block_i.value = lanes_of(blocks)
        await FallingEdge(dut.clk_i)
        seen.append(int(dut.block_o.value) if int(dut.valid_o.value) else None)
    return seen[LATENCY - 1 : LATENCY - 1 + len(jobs)]


def check(jobs: list[Job | None], seen: list[int | None]) -> None:
    for cycle, (job, got) in enumerate(zip(jobs, seen, strict=True)):
        want = None if job is None else lanes_of([library(job[0], block) for block in job[1]])
        assert got == want, f"cycle {cycle}: {job} gave {got}, expected {want}"


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def fips_197(dut: HierarchyObject) -> None:
    lanes = len(dut.block_i) // 128
    jobs: list[Job | None] = [(key, [block] * lanes) for key, block, _ in FIPS_197]
    seen = await run(dut, jobs)
    for (_, _, want), got in zip(FIPS_197, seen, strict=True):
        assert got == lanes_of([bytes.fromhex(want)] * lanes), f"got {got}, expected {want}"


@cocotb.test(timeout_time=10, timeout_unit="ms")
@cocotb.parametrize(gaps=[0.0, 0.5])
async def random_blocks(dut: HierarchyObject, gaps: float) -> None:
    """A new key each cycle; a few repeat, so that neighbours also share one."""
    rng = stream(cocotb.RANDOM_SEED, f"aes_pipe/{gaps}")
    lanes = len(dut.block_i) // 128
    jobs: list[Job | None] = []
    key = rng.randbytes(16)
    for _ in range(300):
        if rng.random() < gaps:
            jobs.append(None)
            continue
        if rng.random() < 0.8:
            key = rng.randbytes(rng.choice([16, 32]))
        jobs.append((key, [rng.randbytes(16) for _ in range(lanes)]))
    check(jobs, await run(dut, jobs))
