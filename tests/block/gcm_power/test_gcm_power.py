# SPDX-License-Identifier: BSD-2-Clause
"""gcm_power and gf128_serial at every width of digit: values, and the cycles that are promised."""

import pytest

from tb.runner import block_test


@pytest.mark.parametrize("digit", [8, 16, 32, 64])
def test_gcm_power(sim: str, digit: int) -> None:
    block_test("gcm_power", "gcm_power_tests", sim, {"Digit": digit})


@pytest.mark.parametrize("digit", [1, 8, 64])
def test_gf128_serial(sim: str, digit: int) -> None:
    block_test("gf128_serial", "gf128_serial_tests", sim, {"Digit": digit})
