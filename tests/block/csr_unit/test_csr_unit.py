# SPDX-License-Identifier: BSD-2-Clause
"""csr_unit: identity, settings, counters and interrupt over AXI4-Lite."""

from tb.runner import block_test


def test_csr_unit(sim: str) -> None:
    block_test("csr_unit", "csr_unit_tests", sim, {"DataW": 256, "NumFlows": 64})
