# SPDX-License-Identifier: BSD-2-Clause
"""Peer, link, engine, driver and kernel in a closed loop."""
