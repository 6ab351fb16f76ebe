# SPDX-License-Identifier: BSD-2-Clause
"""Types of options, what is checked of them before work begins, usage errors in one line."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import click

from tools.errors import UserError


class ByteCount(click.ParamType[int]):
    """A number of bytes; `k`, `M` and `G` stand for powers of 1024 (`kiB` and so on too)."""

    name = "bytes"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        if isinstance(value, int):
            return value
        text = str(value)
        found = re.fullmatch(r"([0-9]+)(?:([kmg])(?:ib)?)?", text, re.IGNORECASE)
        if found is None or int(found[1]) == 0:
            self.fail(f"{text!r} is not a number of bytes: write 300000, 300k or 4M", param, ctx)
        scale = 1 << 10 * (" kmg".index(found[2].lower()) if found[2] else 0)
        return int(found[1]) * scale


class OneLineErrors(click.Group):
    """Usage errors in one line, like all others; exit status 2."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            sys.exit(error.exit_code)
        except click.ClickException as error:
            where = (
                error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else ""
            )
            hint = f"; see `{where} --help`" if where else ""
            click.echo(f"Error: {error.format_message().rstrip('.')}{hint}", err=True)
            sys.exit(error.exit_code)
        except click.Abort:
            sys.exit(130)


def require_file(path: Path) -> None:
    """Reject a file that cannot be read, before anything is built."""
    if not path.is_file():
        raise UserError(f"{path}: no such file; give the path of a capture or key log")
    try:
        path.open("rb").close()
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; check its permissions") from None


def require_simulator(sim: str) -> None:
    """Reject a simulator that cannot run here, with the cure."""
    from tb.simulators import missing

    reason = missing(sim)
    if reason:
        raise UserError(f"--sim {sim}: {reason}; `make doctor` lists what is missing")
