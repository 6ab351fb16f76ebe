# SPDX-License-Identifier: BSD-2-Clause
"""hdr_search: every byte position judged at once, against the rule written for one."""

import pytest

from tb.runner import block_test


@pytest.mark.parametrize("positions", [1, 4, 16, 64])
def test_hdr_search(sim: str, positions: int) -> None:
    block_test("hdr_search", "hdr_search_tests", sim, {"Positions": positions})
