# SPDX-License-Identifier: BSD-2-Clause
"""`tlsrx vectors` through the GCM block: published rows, and wrong expectations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.system.test_vectors import vectors
from tests.vectors import EXAMPLE
from tools.cli import main

ROWS: list[dict[str, Any]] = json.loads(EXAMPLE.read_text("utf-8"))
GCM = [row for row in ROWS if "ct" in row]


def test_a_file_of_both_kinds(tmp_path: Path) -> None:
    """The rows of both simulations come back in the file's order."""
    mixed = sorted(ROWS, key=lambda row: row["id"][::-1])
    result, written = vectors(tmp_path, mixed)
    assert result.exit_code == 0, result.output
    assert [row["id"] for row in written["rows"]] == [row["id"] for row in mixed]
    assert {row["kind"] for row in written["rows"]} == {"gcm", "record"}


@pytest.mark.parametrize("data_w", [128, 256, 512])
def test_gcm_rows(sim: str, data_w: int, tmp_path: Path) -> None:
    result, written = vectors(tmp_path, GCM, "--sim", sim, "--data-w", data_w)
    assert result.exit_code == 0, result.output
    assert (written["passed"], written["failed"]) == (len(GCM), 0)


@pytest.mark.parametrize("data_w", [128, 256, 512])
def test_built_in_sets(data_w: int, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    result = CliRunner().invoke(main, ["vectors", "--data-w", str(data_w), "--json", str(out)])
    assert result.exit_code == 0, result.output
    written = json.loads(out.read_text("utf-8"))
    assert written["passed"] == len(written["rows"]) >= 600
    assert sum(not row["valid"] for row in written["rows"]) >= 151


def test_wrong_expectations_are_named(sim: str, tmp_path: Path) -> None:
    rows = {row["id"]: dict(row) for row in GCM}
    first = rows["gcm-128-aad5"]
    first["pt"] = f"{int(first['pt'][:2], 16) ^ 1:02x}" + first["pt"][2:]
    rows["gcm-256-aad16"] |= {"valid": False}
    rows["gcm-bad-tag"] |= {"valid": True, "pt": rows["gcm-bad-tag"]["ct"]}
    rows["gcm-128-aad1"] |= {"pt": ""}  # of another length than the text
    wrong = ["gcm-128-aad5", "gcm-256-aad16", "gcm-128-aad1", "gcm-bad-tag"]
    result, written = vectors(tmp_path, list(rows.values()), "--sim", sim)
    assert result.exit_code == 1
    assert {row["id"] for row in written["rows"] if not row["passed"]} == set(wrong)
    for name in wrong:
        assert f"FAILED: {name} " in result.output


def test_texts_of_all_sizes(tmp_path: Path) -> None:
    """Up to the longest the engine can count, as made by a library of its own."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from sw_model.rng import stream
    from tb.vectors.rows import MAX_TEXT

    rng = stream(1, "vectors/sizes")
    rows = []
    for number, size in enumerate([*range(140), 1000, 4096, 16385, MAX_TEXT - 1, MAX_TEXT]):
        key, iv = rng.randbytes(rng.choice((16, 32))), rng.randbytes(12)
        aad, plain = rng.randbytes(number % 17), rng.randbytes(size)
        sealed = bytearray(AESGCM(key).encrypt(iv, plain, aad))
        good = number % 5 != 4
        if not good:
            sealed[rng.randrange(len(sealed))] ^= 1 << rng.randrange(8)
        ct, tag = sealed[:-16].hex(), sealed[-16:].hex()
        row: dict[str, object] = {
            "key": key.hex(),
            "iv": iv.hex(),
            "aad": aad.hex(),
            "ct": ct,
            "tag": tag,
        }
        rows.append(row | {"id": number, "pt": plain.hex() if good else None, "valid": good})
    result, written = vectors(tmp_path, rows)
    assert result.exit_code == 0, result.output
    assert written["passed"] == len(rows)
