# SPDX-License-Identifier: BSD-2-Clause
"""Published sets to a vector file: `python -m tools.vectors.convert FILE > rows.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from tb.vectors.rows import GcmRow, to_json
from tools.errors import UserError
from tools.vectors import cavp, wycheproof


def convert(path: Path) -> list[GcmRow]:
    """The rows of a CAVP or Wycheproof file that the engine can take."""
    try:
        text = path.read_text("utf-8")
        if path.suffix == ".rsp":
            return list(cavp.rows(text, path.stem))
        value = json.loads(text)
        if not wycheproof.is_wycheproof(value):
            raise UserError(f"{path}: no AES-GCM set; give aes_gcm_test.json or a .rsp file")
        return list(wycheproof.rows(value, path.stem))
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; give a readable file") from None
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: {error!r}; give aes_gcm_test.json or a .rsp file") from None


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def main(file: Path) -> None:
    """Convert FILE (Wycheproof aes_gcm_test.json or CAVP .rsp) to rows on standard output."""
    json.dump([to_json(row) for row in convert(file)], sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
