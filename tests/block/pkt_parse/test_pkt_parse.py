# SPDX-License-Identifier: BSD-2-Clause
"""pkt_parse: headers, checksums, frame store. The test's own reading is held to the model's too."""

import random

import pytest

from sw_model.wire.frame import parse_frame
from tb.runner import block_test
from tests.block.pkt_parse import frame_cases
from tests.block.pkt_parse.parse_ref import expected

# Fields that the model's ParsedFrame has too.
SHARED = (
    "l3_off",
    "l4_off",
    "payload_off",
    "payload_len",
    "is_ipv4",
    "is_ipv6",
    "is_tcp",
    "is_frag",
    "vlan",
    "vid",
    "l3_checked",
    "l3_ok",
    "l4_checked",
    "l4_ok",
)


@pytest.mark.parametrize("data_w", [128, 256, 512])
def test_pkt_parse(sim: str, data_w: int) -> None:
    block_test("pkt_parse", "pkt_parse_tests", sim, {"DataW": data_w})


def test_model_reads_frames_alike(seed: int) -> None:
    rng = random.Random(seed)
    cases = [*frame_cases.directed(), *frame_cases.truncations()]
    pool = [frame for _, frame in cases]
    cases += [(f"random {i}", frame_cases.random_frame(rng, pool)) for i in range(3000)]
    for name, frame in cases:
        want, got = expected(frame), parse_frame(frame)
        for field in SHARED:
            assert getattr(got, field) == getattr(want.meta, field), f"{name}: {field}"
        assert got.lookup == want.lookup, name
