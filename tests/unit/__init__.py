# SPDX-License-Identifier: BSD-2-Clause
"""Models, layouts and tools, without a simulator. The ``*_kit`` modules are what tests share."""
