# SPDX-License-Identifier: BSD-2-Clause
"""payload_scan: record headers found where they lie wholly inside the bounds, and nowhere else."""

import pytest

from tb.runner import block_test


@pytest.mark.parametrize("data_w", [128, 256, 512])
def test_payload_scan(sim: str, data_w: int) -> None:
    block_test("payload_scan", "payload_scan_tests", sim, {"DataW": data_w})
