# SPDX-License-Identifier: BSD-2-Clause
"""hdr_search: every byte position judged at once, against the rule written for one."""

import pytest

from tb.runner import block_test


@pytest.mark.parametrize("positions", [1, 4, 16, 64])
@pytest.mark.parametrize("any_version", [0, 1])
def test_hdr_search(sim: str, positions: int, any_version: int) -> None:
    parameters = {"Positions": positions, "AnyVersion": any_version}
    block_test("hdr_search", "hdr_search_tests", sim, parameters)
