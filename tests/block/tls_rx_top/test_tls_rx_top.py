# SPDX-License-Identifier: BSD-2-Clause
"""tls_rx_top: frames, records, commands and registers through the whole engine."""

import pytest

from tb.runner import block_test


@pytest.mark.parametrize("data_w", [128, 256, 512])
def test_tls_rx_top(sim: str, data_w: int) -> None:
    block_test("tls_rx_top", "tls_rx_top_tests", sim, {"DataW": data_w, "NumFlows": 16})
