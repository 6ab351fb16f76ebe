# SPDX-License-Identifier: BSD-2-Clause
"""ktls_test with ktls.require_ifnet: its AES-GCM receive kinds through driver and NIC."""

from __future__ import annotations

import pytest

from tests.unit import test_ktls_receive_data as data
from tests.unit import test_ktls_receive_errors as errors
from tests.unit.ktls_test_kit import OFFLOADED_SUITES, Suite

DATA = [(suite, kind) for suite, kind in data.KINDS if suite in OFFLOADED_SUITES]
ERRORS = [(suite, kind) for suite, kind in errors.KINDS if suite in OFFLOADED_SUITES]


@pytest.mark.parametrize(
    ("suite", "kind"), DATA, ids=[f"ktls_receive_{s.name}_{k.name}" for s, k in DATA]
)
def test_data(suite: Suite, kind: data.Kind) -> None:
    data.delivers(suite, kind, ifnet=True)


@pytest.mark.parametrize(
    ("suite", "kind"), ERRORS, ids=[f"ktls_receive_{s.name}_{k.name}" for s, k in ERRORS]
)
def test_errors(suite: Suite, kind: errors.Kind) -> None:
    errors.fails(suite, kind, ifnet=True)
