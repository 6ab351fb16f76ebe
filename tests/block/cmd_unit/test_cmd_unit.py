# SPDX-License-Identifier: BSD-2-Clause
"""cmd_unit: every command decoded, executed once between packets, and answered in order."""

from tb.runner import block_test


def test_cmd_unit(sim: str) -> None:
    block_test("cmd_unit", "cmd_unit_tests", sim, {"NumFlows": 20, "NumKeys": 12})
