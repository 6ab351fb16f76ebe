# SPDX-License-Identifier: BSD-2-Clause
"""NIST CAVP AES-GCM files (.rsp): blocks of `Name = hex` lines below `[Name = bits]` lines.

Encrypt files give a plaintext with its right tag; decrypt files give a plaintext or FAIL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tb.vectors.rows import KEY_LENS, MAX_AAD, MAX_TEXT, NONCE_LEN, TAG_LEN, GcmRow

_LINE = re.compile(r"(\w+)\s*=\s*([0-9a-fA-F]*)\Z")


def tests(text: str) -> Iterator[dict[str, str]]:
    """Each test's own lines; a line FAIL gives the member FAIL."""
    current: dict[str, str] = {}
    for line in map(str.strip, text.splitlines()):
        match = _LINE.match(line)
        if line == "FAIL":
            current["FAIL"] = ""
        elif match:
            if match[1] == "Count" and current:
                yield current
                current = {}
            current[match[1]] = match[2]
        elif line.startswith("[") and current:
            yield current
            current = {}
    if current:
        yield current


def rows(text: str, name: str) -> Iterator[GcmRow]:
    """The tests that the engine can take, named after the file ``name`` and their place in it."""
    for number, test in enumerate(tests(text)):
        key, iv, aad, ct, tag = (bytes.fromhex(test[x]) for x in ("Key", "IV", "AAD", "CT", "Tag"))
        if fits(key, iv, aad, ct, tag):
            valid = "FAIL" not in test
            pt = bytes.fromhex(test["PT"]) if valid else None
            yield GcmRow(f"{name}/{number}", f"NIST {name}", key, iv, aad, ct, tag, pt, valid)


def fits(key: bytes, iv: bytes, aad: bytes, ct: bytes, tag: bytes) -> bool:
    """What the engine is built for: 96-bit IV, 128-bit tag, at most one block of AAD."""
    sizes = len(key) in KEY_LENS and len(iv) == NONCE_LEN and len(tag) == TAG_LEN
    return sizes and len(aad) <= MAX_AAD and len(ct) <= MAX_TEXT
