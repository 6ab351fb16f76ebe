# SPDX-License-Identifier: BSD-2-Clause
"""The golden NIC beside the engine: what left the engine must be what it gives, bit by bit."""

from __future__ import annotations

from sw_model.nic.golden import GoldenNic
from sw_model.nic.layout import Completion, CplStatus, Op, PktMeta, TlsStatus
from sw_model.wire.frame import parse_frame


def compare(
    frames: list[tuple[bytes, bool]],
    got: list[tuple[bytes, PktMeta]],
    commands: list[bytes],
    answers: list[bytes],
) -> set[TlsStatus]:
    """Feed frames (with their bad flag) and commands in the order in which the engine took them.

    The frame count of each completion gives it. Returns the codes that were seen.
    """
    golden = GoldenNic(num_flows=16)
    done = 0
    statuses = set()
    for number, ((frame, bad), (data, meta)) in enumerate(zip(frames, got, strict=True)):
        while done < len(commands) and Completion.parse(answers[done]).frames <= number:
            _check_command(golden, commands[done], answers[done], done)
            done += 1
        want_data, want_meta = golden.frame(frame, bad)
        assert meta == want_meta, f"frame {number}: {meta}, expected {want_meta}"
        assert data == want_data, f"frame {number} ({meta.tls_status.name}): wrong bytes"
        statuses.add(meta.tls_status)
    for index in range(done, len(commands)):
        _check_command(golden, commands[index], answers[index], index)
    return statuses


def _check_command(golden: GoldenNic, command: bytes, answer: bytes, number: int) -> None:
    status = CplStatus(Completion.parse(answer).status) if command[0] == Op.ADD_RULE else None
    want = golden.command(command, status)
    assert answer == want, (
        f"command {number}: {Completion.parse(answer)}, expected {Completion.parse(want)}"
    )


def without(frames: list[bytes], first: int, last: int) -> list[bytes]:
    """The frames of a stream but those with one of its bytes first .. last - 1."""
    kept, at = [], 0
    for frame in frames:
        end = at + parse_frame(frame).payload_len
        if end <= first or at >= last:
            kept.append(frame)
        at = end
    return kept
