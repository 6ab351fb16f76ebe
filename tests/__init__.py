# SPDX-License-Identifier: BSD-2-Clause
"""Tests, from models alone to the whole loop; CONTRIBUTING.md says what each ring holds."""
