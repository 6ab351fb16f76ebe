# SPDX-License-Identifier: BSD-2-Clause
"""Test vectors through the RTL: what a row is, how it is played, what it must lead to."""
