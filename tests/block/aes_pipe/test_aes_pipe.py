# SPDX-License-Identifier: BSD-2-Clause
"""aes_pipe: FIPS 197 vectors, then keys of both sizes mixed at every cycle against a library."""

import pytest

from tb.runner import block_test


@pytest.mark.parametrize("lanes", [1, 2, 4])
def test_aes_pipe(sim: str, lanes: int) -> None:
    block_test("aes_pipe", "aes_pipe_tests", sim, {"Lanes": lanes})
