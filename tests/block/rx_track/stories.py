# SPDX-License-Identifier: BSD-2-Clause
"""One small story for each row of the tables in docs/engine.md, with its outcome written down."""

from __future__ import annotations

from tests.block.rx_track import stories_confirm, stories_limits, stories_scan, stories_walk

STORIES = [
    *stories_walk.story,
    *stories_scan.story,
    *stories_confirm.story,
    *stories_limits.story,
]
