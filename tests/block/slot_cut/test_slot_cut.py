# SPDX-License-Identifier: BSD-2-Clause
"""slot_cut: pieces of records become slots, one a cycle, read from the ring of beats."""

import pytest

from tb.runner import block_test

TB = "tests/block/slot_cut/slot_cut_tb.sv"


@pytest.mark.parametrize("data_w", [128, 256, 512])
def test_slot_cut(sim: str, data_w: int) -> None:
    block_test("slot_cut_tb", "slot_cut_tests", sim, {"DataW": data_w}, extra_sources=[TB])


@pytest.mark.parametrize("data_w", [128, 256, 512])
def test_rate(sim: str, data_w: int) -> None:
    parameters = {"DataW": data_w, "Depth": 1024}
    block_test("slot_cut_tb", "rate_tests", sim, parameters, extra_sources=[TB])
