# SPDX-License-Identifier: BSD-2-Clause
"""gcm_core: keystream of every byte, a verdict for every packet, keys that leave nothing behind."""

import pytest

from tb.runner import block_test

NUM_KEYS = 32  # not the number of contexts, so that neither stands in for the other


@pytest.mark.parametrize("data_w", [128, 256, 512])
def test_gcm_core(sim: str, data_w: int) -> None:
    block_test("gcm_core", "gcm_core_tests", sim, {"DataW": data_w, "NumKeys": NUM_KEYS})


@pytest.mark.parametrize("data_w", [128, 256, 512])
def test_gcm_core_keys(sim: str, data_w: int) -> None:
    block_test("gcm_core", "gcm_core_key_tests", sim, {"DataW": data_w, "NumKeys": NUM_KEYS})
