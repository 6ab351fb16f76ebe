# SPDX-License-Identifier: BSD-2-Clause
"""ghash: a published vector, then pieces of every cut at every spacing, at each number of lanes."""

import pytest

from tb.runner import block_test


@pytest.mark.parametrize("lanes", [1, 2, 4])
def test_ghash(sim: str, lanes: int) -> None:
    block_test("ghash", "ghash_tests", sim, {"Lanes": lanes})
