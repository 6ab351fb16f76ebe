# SPDX-License-Identifier: BSD-2-Clause
"""hdl/README.md names every module, nothing else, and only tests that exist."""

import re

from tb.sources import HDL, ROOT, hdl_files

ROW = re.compile(r"^\| `(\w+)` \| .+ \| `(\w+)` \|$", re.MULTILINE)


def test_every_module_is_listed_once() -> None:
    rows = [match.group(1) for match in ROW.finditer((HDL / "README.md").read_text())]
    assert sorted(rows) == sorted(path.stem for path in hdl_files())


def test_named_tests_exist() -> None:
    for match in ROW.finditer((HDL / "README.md").read_text()):
        folder = ROOT / "tests" / "block" / match.group(2)
        assert list(folder.glob("test_*.py")), f"{match.group(1)}: no test {match.group(2)}"
