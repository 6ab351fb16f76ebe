# SPDX-License-Identifier: BSD-2-Clause
"""axis_register and axis_fifo: two stages with the same promise to a stream."""

import pytest

from tb.runner import block_test


@pytest.mark.parametrize("top", ["axis_register", "axis_fifo"])
@pytest.mark.parametrize("data_w", [128, 512])
def test_stream_stage(sim: str, top: str, data_w: int) -> None:
    block_test(top, "axis_stream_tests", sim, {"DataW": data_w})
