# SPDX-License-Identifier: BSD-2-Clause
"""Test bench: simulator runner, bus models and the pyuvm environment around the engine."""
