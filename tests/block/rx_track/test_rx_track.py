# SPDX-License-Identifier: BSD-2-Clause
"""rx_track: decisions, contexts, descriptors and slots against a byte-by-byte reference."""

import pytest

from tb.runner import block_test


@pytest.mark.parametrize("data_w", [128, 256, 512])
def test_rx_track(sim: str, data_w: int) -> None:
    block_test("rx_track", "rx_track_tests", sim, {"DataW": data_w, "NumFlows": 16})


@pytest.mark.parametrize("data_w", [128, 256, 512])
def test_rx_track_flows(sim: str, data_w: int) -> None:
    block_test("rx_track", "flow_tests", sim, {"DataW": data_w, "NumFlows": 16})


@pytest.mark.parametrize("data_w", [128, 256, 512])
def test_rx_track_speed(sim: str, data_w: int) -> None:
    block_test("rx_track", "speed_tests", sim, {"DataW": data_w, "NumFlows": 16})
