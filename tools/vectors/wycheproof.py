# SPDX-License-Identifier: BSD-2-Clause
"""Wycheproof aes_gcm_test.json: groups of tests with a result each.

A tag that Wycheproof calls "acceptable" (a short IV, in old versions) does not occur among those
with a 96-bit IV.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tb.vectors.rows import GcmRow
from tools.vectors.cavp import fits


def is_wycheproof(value: Any) -> bool:
    """Is this what the JSON file of an AES-GCM test looks like?"""
    return isinstance(value, dict) and value.get("algorithm") == "AES-GCM" and "testGroups" in value


def rows(value: dict[str, Any], name: str = "aes_gcm_test") -> Iterator[GcmRow]:
    """The tests that the engine can take."""
    for group in value["testGroups"]:
        for test in group["tests"]:
            key, iv, aad, ct, tag = (
                bytes.fromhex(test[x]) for x in ("key", "iv", "aad", "ct", "tag")
            )
            if fits(key, iv, aad, ct, tag):
                valid = test["result"] != "invalid"
                pt = bytes.fromhex(test["msg"]) if valid else None
                title = f"Wycheproof {name}"
                yield GcmRow(f"{name}/{test['tcId']}", title, key, iv, aad, ct, tag, pt, valid)
