# SPDX-License-Identifier: BSD-2-Clause
"""A capture file and its secrets as frames to play and flows to follow.

Everything a user can get wrong is found here, as ``ReplayInputError``: one line that names file,
place and remedy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sw_model.capture.connections import Connection, collect
from sw_model.capture.plan import DirectionPlan, carries_tls, plan_connection
from sw_model.crypto.keylog import KeyLog
from sw_model.link.capture import Capture, CapturedPacket, CaptureError
from sw_model.link.files import open_capture
from sw_model.replay import linktype
from sw_model.replay.offload import offered_mss, segments, with_checksums, with_ip_length
from sw_model.wire.frame import ETH_HLEN, ParsedFrame, parse_frame

SUFFIXES = (".pcapng", ".pcap", ".cap", ".ntar", ".dmp")


class ReplayInputError(ValueError):
    """Input that cannot be replayed."""


@dataclass(frozen=True, slots=True)
class PlayFrame:
    """One frame and when it was captured."""

    ns: int
    data: bytes


@dataclass
class LoadedCapture:
    """``counts``: what was changed or left out on the way, by name; it goes into the result."""

    name: str
    path: Path
    frames: list[PlayFrame] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    plans: list[DirectionPlan] = field(default_factory=list)  # two for each TLS connection
    counts: Counter[str] = field(default_factory=Counter)
    keylog: KeyLog = field(default_factory=KeyLog)  # of all logs and of the capture itself

    @property
    def size(self) -> int:
        """Bytes of all frames."""
        return sum(len(frame.data) for frame in self.frames)

    @property
    def flows_at_once(self) -> int:
        """The most directions with keys that are alive at one time."""
        steps: list[tuple[int, int]] = []
        for plan in self.plans:
            if plan.epochs:
                segments = plan.direction.segments
                steps += [(segments[0].index, 1), (segments[-1].index + 1, -1)]
        alive = most = 0
        for _, step in sorted(steps):
            alive += step
            most = max(most, alive)
        return most


def capture_name(path: Path) -> str:
    """The file's name without ``.gz`` and without the suffix before it."""
    name = path.name.removesuffix(".gz")
    return name if name.startswith(".") and name.count(".") == 1 else Path(name).stem


def load_keylog(path: Path) -> KeyLog:
    """A key log file."""
    try:
        text = path.read_bytes().decode("ascii")
    except OSError as error:
        raise ReplayInputError(f"{path}: {error.strerror}; give a readable key log") from None
    except UnicodeDecodeError as error:
        raise ReplayInputError(
            f"{path}: byte {error.start} is not text; give a key log in NSS format "
            "(lines LABEL CLIENT_RANDOM SECRET)"
        ) from None
    return _parse_keylog(text, str(path))


def load_capture(path: Path, keylogs: Iterable[KeyLog] = ()) -> LoadedCapture:
    """Read, convert, analyse. The capture's own secrets count too."""
    loaded = LoadedCapture(capture_name(path), path)
    capture, packets = _read(path)
    parsed = list(_wire_frames(loaded, capture, packets))
    secrets = _parse_keylog(capture.keylog(), f"{path}: secrets block")
    logs = [*keylogs, secrets]
    log = KeyLog(entry for one in logs for entry in one.entries())
    loaded.keylog = log
    loaded.connections = collect(parsed)
    for connection in loaded.connections:
        if carries_tls(connection):
            loaded.plans += plan_connection(connection, log)
        else:
            loaded.counts["other_connections"] += 1
    return loaded


def _parse_keylog(text: str, where: str) -> KeyLog:
    try:
        return KeyLog.parse(text)
    except ValueError as error:
        raise ReplayInputError(f"{where}: {error}; correct or delete that line") from None


def _read(path: Path) -> tuple[Capture, list[CapturedPacket]]:
    try:
        capture = open_capture(path)
        return capture, list(capture)
    except CaptureError as error:
        raise ReplayInputError(f"{error}; give a whole pcap or pcapng file") from None
    except OSError as error:
        raise ReplayInputError(f"{path}: {error.strerror}; give a readable capture") from None


def _wire_frames(
    loaded: LoadedCapture, capture: Capture, packets: list[CapturedPacket]
) -> Iterator[ParsedFrame]:
    """Frames as they were on the wire, in captured order."""
    mss: dict[tuple[bytes, int, bytes, int], int] = {}
    for number, packet in enumerate(packets, 1):
        kind = capture.interfaces[packet.interface].linktype
        if kind not in linktype.SUPPORTED:
            raise ReplayInputError(
                f"{loaded.path}: packet {number} has link type {kind}; supported are "
                f"{linktype.NAMES}: capture on such an interface"
            )
        data = linktype.to_ethernet(kind, packet.data)
        if data is None or len(data) < ETH_HLEN:
            loaded.counts["not_ethernet"] += 1
            continue
        frame = parse_frame(with_ip_length(data))
        if not packet.complete and not frame.is_tcp:
            loaded.counts["truncated"] += 1
            continue
        completed = with_checksums(frame)
        if completed is not None:
            loaded.counts["checksums_completed"] += 1
            frame = completed
        loaded.counts["bad_checksum"] += frame.is_tcp and not frame.good
        loaded.counts["fragments"] += frame.is_frag
        offer = offered_mss(frame)
        if offer:
            mss[frame.raw_dst, frame.dport, frame.raw_src, frame.sport] = offer
        limit = mss.get((frame.raw_src, frame.sport, frame.raw_dst, frame.dport))
        yield from _cut(loaded, packet.ns, frame, limit)


def _cut(
    loaded: LoadedCapture, ns: int, frame: ParsedFrame, mss: int | None
) -> Iterator[ParsedFrame]:
    pieces = list(segments(frame, mss))
    loaded.counts["super_frames_cut"] += len(pieces) > 1
    for piece in pieces:
        loaded.frames.append(PlayFrame(ns, piece))
        yield frame if piece is frame.data else parse_frame(piece)
