# SPDX-License-Identifier: BSD-2-Clause
"""Bus functional models: cocotb-bus signal bundles over file-driven streams."""
