# SPDX-License-Identifier: BSD-2-Clause
"""The check with Verible finds what its rules forbid."""

from __future__ import annotations

from pathlib import Path

import pytest

from tb.simulators import which
from tools import lint_verible

FINE = """module probe (
  input  wire logic a_i,
  output      logic b_o
);
  always_comb b_o = a_i;
endmodule
"""


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (("", ""), ""),
        (("always_comb", "always @*"), "always-comb"),
        (("b_o = a_i", "b_o <= a_i"), "always-comb-blocking"),
        (("a_i;\n", "a_i;" + " " * 120 + "// far\n"), "line-length"),
    ],
)
def test_findings(
    change: tuple[str, str], rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if which(lint_verible.PROGRAM) is None:
        pytest.skip(f"{lint_verible.PROGRAM} is not installed")
    file = tmp_path / "probe.sv"
    file.write_text(FINE.replace(*change) if change[0] else FINE)
    monkeypatch.setattr(lint_verible, "hdl_files", lambda: [file])
    found = "\n".join(lint_verible.verible_problems())
    assert f"[{rule}]" in found if rule else not found
