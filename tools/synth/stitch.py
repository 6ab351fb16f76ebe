# SPDX-License-Identifier: BSD-2-Clause
"""Islands put together: one module without hierarchy, so that paths cross all boundaries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Bit = int | str


class _Nets:
    """Net numbers of the whole, with those joined that a port connects."""

    def __init__(self) -> None:
        self._parent: list[int] = []
        self._constant: dict[int, str] = {}

    def new(self) -> int:
        self._parent.append(len(self._parent))
        return len(self._parent) - 1

    def find(self, net: int) -> int:
        while self._parent[net] != net:
            self._parent[net] = self._parent[self._parent[net]]
            net = self._parent[net]
        return net

    def join(self, one: Bit, other: Bit) -> None:
        if isinstance(one, str):
            one, other = other, one
        if isinstance(one, str):
            return
        if isinstance(other, str):
            self._constant[self.find(one)] = other
            return
        one, other = self.find(one), self.find(other)
        if one != other:
            self._parent[one] = other
            if one in self._constant:
                self._constant[other] = self._constant.pop(one)

    def final(self, bit: Bit) -> Bit:
        if isinstance(bit, str):
            return bit
        root = self.find(bit)
        return self._constant.get(root, root)


def stitch(modules: Mapping[str, dict[str, Any]], top: str) -> dict[str, Any]:
    """One module with the cells of `top` and all modules below it; names get their path."""
    nets = _Nets()
    whole: dict[str, Any] = {"ports": {}, "cells": {}, "netnames": {}}

    def add(kind: str, prefix: str, outer: Mapping[str, list[Bit]] | None) -> None:
        module = modules[kind]
        own: dict[int, int] = {}

        def here(bits: list[Bit]) -> list[Bit]:
            for bit in bits:
                if isinstance(bit, int) and bit not in own:
                    own[bit] = nets.new()
            return [bit if isinstance(bit, str) else own[bit] for bit in bits]

        for name, port in module["ports"].items():
            bits = here(port["bits"])
            if outer is None:
                whole["ports"][name] = {**port, "bits": bits}
            for inside, outside in zip(bits, (outer or {}).get(name, []), strict=False):
                nets.join(inside, outside)
        for name, entry in module["netnames"].items():
            if not entry.get("hide_name"):
                whole["netnames"][prefix + name] = {**entry, "bits": here(entry["bits"])}
        for name, cell in module["cells"].items():
            pins = {pin: here(bits) for pin, bits in cell["connections"].items()}
            if cell["type"] in modules:
                add(cell["type"], f"{prefix}{name}.", pins)
            else:
                whole["cells"][prefix + name] = {**cell, "connections": pins}

    add(top, "", None)
    for group in ("ports", "netnames"):
        for entry in whole[group].values():
            entry["bits"] = [nets.final(bit) for bit in entry["bits"]]
    for cell in whole["cells"].values():
        cell["connections"] = {
            pin: [nets.final(bit) for bit in bits] for pin, bits in cell["connections"].items()
        }
    return whole
