# SPDX-License-Identifier: BSD-2-Clause
"""Real captures driven through a NIC port, the driver and the kernel, judged by an oracle."""
