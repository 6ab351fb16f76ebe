# SPDX-License-Identifier: BSD-2-Clause
"""Logic levels: the longest ways from register to register, named as in the RTL.

What counts as a level is stated in `tools.synth.cells`.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from tools.synth.netlist import End, Netlist, Node


class CombinationalLoop(Exception):
    """The netlist has a loop without a register; the text names a net of it."""


@dataclass(frozen=True, slots=True)
class Path:
    """One longest path; `bits` end bits of the same word are as deep."""

    levels: int
    start: str
    end: str
    bits: int
    cells: tuple[str, ...]
    via: tuple[str, ...]  # named nets on the way, first to last

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Depth:
    longest: int
    histogram: dict[int, int]  # level: path ends
    paths: tuple[Path, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "longest": self.longest,
            "histogram": {str(level): count for level, count in self.histogram.items()},
            "paths": [path.as_dict() for path in self.paths],
        }


def measure(netlist: Netlist, top: int = 10) -> Depth:
    """Levels of all path ends and the `top` longest paths, one for each word at an end."""
    level = _levels(netlist)
    at_end = [(level.get(id(netlist.driver.get(end.net)), 0), end) for end in netlist.ends]
    histogram = Counter(depth for depth, _ in at_end)
    worst: dict[str, tuple[int, int, End]] = {}  # word: level, bits, one of its ends
    for depth, end in at_end:
        word = _word(end.name)
        seen = worst.get(word)
        if seen is None or depth > seen[0]:
            worst[word] = (depth, 1, end)
        elif depth == seen[0]:
            worst[word] = (depth, seen[1] + 1, seen[2])
    order = sorted(worst.items(), key=lambda item: (-item[1][0], item[0]))[:top]
    paths = tuple(_trace(netlist, level, *entry) for _, entry in order)
    return Depth(max(histogram, default=0), dict(sorted(histogram.items())), paths)


def _word(name: str) -> str:
    """`a.b_q[3] CE` and `a.b_q[4] CE` are one word."""
    return re.sub(r"\[\d+\](?= |$)", "", name)


def _levels(netlist: Netlist) -> dict[int, int]:
    """Level of each node by its id; post-order without recursion, paths are thousands deep."""
    done: dict[int, int] = {}
    open_nodes: set[int] = set()
    driver = netlist.driver
    for root in driver.values():
        stack = [root]
        while stack:
            node = stack[-1]
            key = id(node)
            if key in done:
                stack.pop()
                continue
            waiting = [d for net, _ in node.inputs if (d := driver.get(net)) and id(d) not in done]
            if waiting and key in open_nodes:
                raise CombinationalLoop(f"a loop without a register through {node.cell}")
            if waiting:
                open_nodes.add(key)
                stack += waiting
                continue
            done[key] = max(
                [node.base, *(done[id(driver[n])] + s for n, s in node.inputs if n in driver)]
            )
            open_nodes.discard(key)
            stack.pop()
    return done


def _trace(netlist: Netlist, level: dict[int, int], depth: int, bits: int, end: End) -> Path:
    """Back along the deepest inputs to where the path starts."""
    kinds: list[str] = []
    via: list[str] = []
    net: int = end.net
    node: Node | None = netlist.driver.get(net)
    while node is not None:
        step = _deepest(netlist, level, node)
        if step is None:
            break
        kinds.append(node.kind)
        if net in netlist.names:
            via.append(netlist.names[net])
        net = step
        node = netlist.driver.get(net)
    start = netlist.name_of(net, node)
    if node is not None and node.base:
        start = f"{node.cell} (stored word)"
        kinds.append(node.kind)
    elif node is not None and node.kind == "port":
        start = f"port {start}"
    elif node is not None and node.kind.startswith("RAMB"):
        start = f"{node.cell} ({node.kind})"
    return Path(depth, start, end.name, bits, tuple(reversed(kinds)), tuple(reversed(via)))


def _deepest(netlist: Netlist, level: dict[int, int], node: Node) -> int | None:
    """The input that sets a node's level; none if the path starts at the node."""
    want = level[id(node)]
    for net, step in node.inputs:
        source = netlist.driver.get(net)
        if source is not None and level[id(source)] + step == want:
            return net
    return None
