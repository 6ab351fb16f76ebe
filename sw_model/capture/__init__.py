# SPDX-License-Identifier: BSD-2-Clause
"""What a capture tells: its TCP connections, and where and with which keys TLS runs in them."""
