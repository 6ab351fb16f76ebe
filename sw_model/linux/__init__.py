# SPDX-License-Identifier: BSD-2-Clause
"""A Linux host's TLS receive path, names as in Linux (net/tls, drivers/net/ethernet)."""
