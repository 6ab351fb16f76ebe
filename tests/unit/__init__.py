# SPDX-License-Identifier: BSD-2-Clause
"""Models, layouts and tools, without a simulator.

Modules without ``test_`` in their name are what tests share: a NIC, a host, a stream of records.
"""
