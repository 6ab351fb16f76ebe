# SPDX-License-Identifier: BSD-2-Clause
"""Worlds: machines, links and applications put together around one NIC port."""
