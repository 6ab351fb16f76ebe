# SPDX-License-Identifier: BSD-2-Clause
"""byte_window: bytes at any position, beats passed on unchanged."""

import pytest

from tb.runner import block_test


@pytest.mark.parametrize("data_w", [128, 256, 512])
def test_byte_window(sim: str, data_w: int) -> None:
    block_test("byte_window", "byte_window_tests", sim, {"DataW": data_w})
