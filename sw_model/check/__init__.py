# SPDX-License-Identifier: BSD-2-Clause
"""Checkers that know the sender's truth and nothing of how the NIC or the kernel work."""
