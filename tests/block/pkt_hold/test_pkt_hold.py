# SPDX-License-Identifier: BSD-2-Clause
"""pkt_hold: ciphertext or plaintext, one choice for a frame, nothing lost under back-pressure."""

import pytest

from tb.runner import block_test


@pytest.mark.parametrize("data_w", [128, 256, 512])
def test_pkt_hold(sim: str, data_w: int) -> None:
    block_test("pkt_hold", "pkt_hold_tests", sim, {"DataW": data_w, "HoldBytes": 4096})
