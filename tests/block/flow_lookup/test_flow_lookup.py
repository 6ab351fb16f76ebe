# SPDX-License-Identifier: BSD-2-Clause
"""flow_lookup with flow_table: hash table against a dict, rules moved and refused, updates."""

import pytest

from tb.runner import block_test


@pytest.mark.parametrize("flows", [16, 64, 256])
def test_flow_lookup(sim: str, flows: int) -> None:
    block_test("flow_lookup", "flow_lookup_tests", sim, {"NumFlows": flows})


def test_flow_lookup_large(sim: str) -> None:
    block_test("flow_lookup", "flow_lookup_large_tests", sim, {"NumFlows": 4096})
