# SPDX-License-Identifier: BSD-2-Clause
"""A vector file with rows of both kinds, as docs/vectors.md describes them."""

from pathlib import Path

EXAMPLE = Path(__file__).parent / "example.json"
