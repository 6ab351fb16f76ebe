# SPDX-License-Identifier: BSD-2-Clause
"""sync_fifo: order, depth, count, full rate."""

import pytest

from tb.runner import block_test


@pytest.mark.parametrize(("width", "depth"), [(32, 16), (8, 2), (8, 4), (577, 64)])
def test_sync_fifo(sim: str, width: int, depth: int) -> None:
    block_test("sync_fifo", "sync_fifo_tests", sim, {"W": width, "Depth": depth})
