# SPDX-License-Identifier: BSD-2-Clause
"""ks_align: keystream of slots becomes one word for each beat that holds payload."""

import pytest

from tb.runner import block_test


@pytest.mark.parametrize("data_w", [128, 256, 512])
def test_ks_align(sim: str, data_w: int) -> None:
    block_test("ks_align", "ks_align_tests", sim, {"DataW": data_w})
