# SPDX-License-Identifier: BSD-2-Clause
"""Vector files: every mistake is one line that names file, row, field and remedy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tb.vectors.rows import MAX_TEXT, GcmRow, RecordRow, parse_row, to_json
from tests.vectors import EXAMPLE
from tools.cli import main
from tools.errors import UserError
from tools.vectors import cavp, wycheproof
from tools.vectors.builtin import CAVP_FOLDER, builtin_rows, package_folder
from tools.vectors.convert import main as convert
from tools.vectors.files import load, write_whole
from tools.vectors.run import alone_in

ROWS: list[dict[str, Any]] = json.loads(EXAMPLE.read_text("utf-8"))
GCM = next(row for row in ROWS if "ct" in row)
RECORD = next(row for row in ROWS if "record" in row)
BAD_RECORD = next(row for row in ROWS if "record" in row and not row["valid"])


def without(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


WRONG: list[tuple[str, object]] = [
    ("row", 7),
    ("row", [GCM]),
    *[(name, without(GCM, name))
      for name in ("id", "key", "iv", "aad", "ct", "tag", "pt", "valid")],
    *[(name, without(RECORD, name))
      for name in ("id", "version", "key", "iv", "seq", "record", "payload", "type", "valid")],
    ("id", GCM | {"id": ""}),
    ("id", GCM | {"id": None}),
    ("group", GCM | {"group": 3}),
    ("key", GCM | {"key": "00" * 24}),
    ("key", GCM | {"key": 5}),
    ("key", GCM | {"key": "0x" + "00" * 16}),
    ("key", GCM | {"key": "zz" * 16}),
    ("iv", GCM | {"iv": "00" * 16}),
    ("iv", GCM | {"iv": "0" * 23}),
    ("iv", GCM | {"iv": " ".join(["00"] * 12)}),
    ("aad", GCM | {"aad": "00" * 17}),
    ("ct", GCM | {"ct": "00" * (MAX_TEXT + 1)}),
    ("ct", GCM | {"ct": None}),
    ("tag", GCM | {"tag": "00" * 12}),
    ("pt", GCM | {"pt": None}),
    ("valid", GCM | {"valid": "true"}),
    ("valid", GCM | {"valid": 1}),
    ("version", RECORD | {"version": "1.1"}),
    ("version", RECORD | {"version": 1.3}),
    ("iv", RECORD | {"iv": "00" * 8}),
    ("iv", RECORD | {"version": "1.3", "iv": "00" * 4}),
    ("seq", RECORD | {"seq": 5}),
    ("seq", RECORD | {"seq": "-1"}),
    ("seq", RECORD | {"seq": "0x10"}),
    ("seq", RECORD | {"seq": str(1 << 64)}),
    ("seq", RECORD | {"seq": "9" * 5000}),
    ("record", RECORD | {"record": ""}),
    ("record", RECORD | {"record": "00" * 70000}),
    ("payload", RECORD | {"payload": None}),
    ("type", RECORD | {"type": 256}),
    ("type", RECORD | {"type": "23"}),
    ("type", RECORD | {"type": True}),
    ("type", RECORD | {"type": None}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "row"), WRONG, ids=[f"{i}-{f}" for i, (f, _) in enumerate(WRONG)]
)
def test_a_wrong_row_is_named(field: str, row: object, tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([GCM, RECORD, row]), "utf-8")
    with pytest.raises(UserError) as caught:
        load(path)
    text = caught.value.format_message()
    assert text.startswith(f"{path}: row 2")
    assert f": {field}: " in text
    assert "; " in text
    assert "\n" not in text


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"[]", b"\xff", b"[" * 100000, b"null"])
def test_a_wrong_file_is_one_line_and_exit_2(content: bytes, tmp_path: Path) -> None:
    path, out = tmp_path / "rows.json", tmp_path / "out.json"
    path.write_bytes(content)
    result = CliRunner().invoke(main, ["vectors", str(path), "--json", str(out)])
    assert result.exit_code == 2
    assert result.output.count("\n") == 1
    assert str(path) in result.output
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["vectors", str(tmp_path / "absent.json")])
    assert (result.exit_code, result.output.count("\n")) == (2, 1)


@pytest.mark.parametrize("out", [".", "absent/out.json"])
def test_results_that_could_not_be_written_stop_before_the_run(out: str, tmp_path: Path) -> None:
    args = ["vectors", str(EXAMPLE), "--json", str(tmp_path / out)]
    result = CliRunner().invoke(main, args)
    assert (result.exit_code, result.output.count("\n")) == (2, 1)
    assert not list(tmp_path.iterdir())


def test_results_replace_older_ones_whole(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    write_whole(out, [1])
    with pytest.raises(TypeError):
        write_whole(out, object())
    assert json.loads(out.read_text("utf-8")) == [1]
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_rows_survive_the_way_through_a_file(row: dict[str, Any]) -> None:
    parsed = parse_row(row)
    assert parse_row(json.loads(json.dumps(to_json(parsed)))) == parsed
    assert to_json(parsed) == row | {"group": parsed.group}


def test_what_a_row_may_leave_open() -> None:
    row = parse_row(GCM | {"id": 12, "comment": "kept out", "group": "mine", "key": "AB" * 16})
    assert isinstance(row, GcmRow)
    assert (row.id, row.group, row.key) == ("12", "mine", b"\xab" * 16)
    record = parse_row(BAD_RECORD | {"payload": "00", "type": 0, "seq": "007"})
    assert isinstance(record, RecordRow)
    assert (record.payload, record.type, record.seq) == (b"\0", 0, 7)


def test_built_in_sets() -> None:
    rows, remarks = builtin_rows()
    nist = [row for row in rows if row.group.startswith("NIST")]
    assert len(nist) == 600
    assert sum(not row.valid for row in nist) == 151
    assert {len(row.key) for row in nist} == {16, 32}
    assert {len(row.aad) for row in nist} == {0, 16}
    assert len(nist) < len(rows) or "NIST only" in remarks[0]
    assert len({row.id for row in rows}) == len(rows)


def test_cavp_blocks_and_failures() -> None:
    text = """
[Keylen = 128]
[Taglen = 128]

Count = 0
Key = 00000000000000000000000000000000
IV = 000000000000000000000000
CT = 0388dace60b6a392f328c2b971b2fe78
AAD =
Tag = ab6e47d42cec13bdf53a67b21257bddf
PT = 00000000000000000000000000000000

Count = 1
Key = 00000000000000000000000000000000
IV = 000000000000000000000000
CT =
AAD =
Tag = 58e2fccefa7e3061367f1d57a4e7455b
FAIL

[Taglen = 96]

Count = 0
Key = 00000000000000000000000000000000
IV = 000000000000000000000000
CT =
AAD =
Tag = 58e2fccefa7e3061367f1d57
PT =
"""
    rows = list(cavp.rows(text, "x"))
    assert [(row.id, row.valid, row.pt) for row in rows] == [
        ("x/0", True, bytes(16)), ("x/1", False, None),
    ]  # fmt: skip


def test_wycheproof_groups() -> None:
    test = {"tcId": 1, "key": "00" * 16, "iv": "00" * 12, "aad": "", "msg": "", "ct": ""}
    tag = {"tag": "58e2fccefa7e3061367f1d57a4e7455a"}
    short = test | tag | {"tcId": 2, "iv": "00" * 8, "result": "valid"}
    groups = [{"tests": [test | tag | {"result": "invalid"}, short]}]
    value = {"algorithm": "AES-GCM", "testGroups": groups}
    assert wycheproof.is_wycheproof(value)
    assert [(row.id, row.valid) for row in wycheproof.rows(value)] == [("aes_gcm_test/1", False)]


def test_converted_files_are_vector_files(tmp_path: Path) -> None:
    source = package_folder() / CAVP_FOLDER / "gcmDecrypt128.rsp"
    result = CliRunner().invoke(convert, [str(source)])
    assert result.exit_code == 0
    path = tmp_path / "rows.json"
    path.write_text(result.output, "utf-8")
    assert load(path) == list(cavp.rows(source.read_text("ascii"), "gcmDecrypt128"))


@pytest.mark.parametrize("content", ["", "[]", '{"algorithm": "AES-GCM", "testGroups": [{}]}'])
def test_other_files_are_not_converted(content: str, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text(content, "utf-8")
    result = CliRunner().invoke(convert, [str(path)])
    assert (result.exit_code, result.output.count("\n")) == (2, 1)


def test_two_runs_in_one_folder_are_refused(tmp_path: Path) -> None:
    with alone_in(tmp_path), pytest.raises(UserError, match="another run"), alone_in(tmp_path):
        pass
