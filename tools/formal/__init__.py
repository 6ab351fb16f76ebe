# SPDX-License-Identifier: BSD-2-Clause
"""Formal proofs on the RTL (`make formal`): see docs/formal.md."""
