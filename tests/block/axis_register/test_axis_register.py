# SPDX-License-Identifier: BSD-2-Clause
"""axis_register: beats leave unchanged and in order, one a cycle."""

import pytest

from tb.runner import block_test


@pytest.mark.parametrize("data_w", [128, 512])
def test_axis_register(sim: str, data_w: int) -> None:
    block_test("axis_register", "axis_stream_tests", sim, {"DataW": data_w})
