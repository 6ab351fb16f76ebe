# SPDX-License-Identifier: BSD-2-Clause
"""The test plan: the scenarios of the receive path by number, and the tests that show them."""
