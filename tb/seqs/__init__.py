# SPDX-License-Identifier: BSD-2-Clause
"""Sequences: what a test makes happen."""
