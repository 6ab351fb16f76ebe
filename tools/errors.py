# SPDX-License-Identifier: BSD-2-Clause
"""The one way in which a command reports a user's mistake."""

from __future__ import annotations

import click


class UserError(click.ClickException):
    """Wrong input or an unmet need: one line that names the thing, the place and the remedy.

    Only code that reads what a user gave raises it. A ValueError out of a model is a bug and is
    left alone, so that it shows with its traceback.
    """

    exit_code = 2
