# SPDX-License-Identifier: BSD-2-Clause
"""Captures of our own making, and the script that makes them."""
