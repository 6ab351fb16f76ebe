# SPDX-License-Identifier: BSD-2-Clause
"""Command line, set-up and checks of the project."""
