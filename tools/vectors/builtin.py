# SPDX-License-Identifier: BSD-2-Clause
"""The published sets that the package `cryptography-vectors` holds, as far as the engine fits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from tb.vectors.rows import GcmRow
from tools.errors import UserError
from tools.vectors import cavp, wycheproof

PACKAGE = "cryptography_vectors"
CAVP_FILES = ("gcmDecrypt128", "gcmDecrypt256", "gcmEncryptExtIV128", "gcmEncryptExtIV256")
CAVP_FOLDER = Path("ciphers") / "AES" / "GCM"
WYCHEPROOF_FILE = "aes_gcm_test.json"


def package_folder() -> Path:
    """Where the package's files are."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise UserError("the built-in vectors are in `cryptography-vectors`: run `make setup`")
    return Path(spec.origin).parent


def builtin_rows() -> tuple[list[GcmRow], list[str]]:
    """All rows, and remarks on what is not there."""
    folder = package_folder()
    found = list(_cavp(folder))
    remarks = []
    files = sorted(folder.rglob(WYCHEPROOF_FILE))
    for path in files:
        found += wycheproof.rows(json.loads(path.read_text("utf-8")))
    if not files:
        remarks.append(f"{PACKAGE} holds no Wycheproof {WYCHEPROOF_FILE}: NIST only")
    return found, remarks


def _cavp(folder: Path) -> Iterator[GcmRow]:
    for name in CAVP_FILES:
        path = folder / CAVP_FOLDER / f"{name}.rsp"
        yield from cavp.rows(path.read_text("ascii"), name)
