# SPDX-License-Identifier: BSD-2-Clause
"""From cycles to figures.

Efficiency = ideal cycles / used cycles over a window of frames in the steady state. Ideal is the
sum of ceil(frame bytes / bytes a beat). Used runs from the last beat of the frame before the
window to the last beat of the window's last frame, as they leave the engine; the sink is always
ready and the source always has the next beat.

Latency = cycles from a frame's first beat in to its first beat out, less the frame's own beats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class MeasurementError(AssertionError):
    """The conditions of a measurement do not hold."""


@dataclass(frozen=True, slots=True)
class Cycles:
    """When each frame entered (if known) and left: cycles of first and last beat."""

    first_in: Sequence[int]
    first: Sequence[int]
    last: Sequence[int]


def beats(size: int, data_w: int) -> int:
    """Beats of a frame of `size` bytes."""
    return -(-size // (data_w // 8))


def efficiency(sizes: Sequence[int], cycles: Cycles, warm: int, count: int, data_w: int) -> float:
    """Ideal / used over frames ``warm`` .. ``warm + count - 1``; one frame must lie before them."""
    if warm < 1 or count < 1 or warm + count > len(sizes):
        raise MeasurementError(f"no window of {count} frames behind {warm} in {len(sizes)}")
    ideal = sum(beats(size, data_w) for size in sizes[warm : warm + count])
    used = cycles.last[warm + count - 1] - cycles.last[warm - 1]
    if used < ideal:
        raise MeasurementError(f"{ideal} beats in {used} cycles: more than one a cycle")
    return ideal / used


def latencies(sizes: Sequence[int], cycles: Cycles, data_w: int) -> list[int]:
    """Latency of each frame; the engine must have been empty when it came."""
    if len(cycles.first_in) != len(sizes):
        raise MeasurementError("the cycle of entry is not known for every frame")
    found = []
    for number, size in enumerate(sizes):
        if number and cycles.last[number - 1] >= cycles.first_in[number]:
            raise MeasurementError(f"frame {number} came while another was inside")
        found.append(cycles.first[number] - cycles.first_in[number] - beats(size, data_w))
    return found
