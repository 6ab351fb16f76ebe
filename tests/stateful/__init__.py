# SPDX-License-Identifier: BSD-2-Clause
"""Random programs: a model and a naive reference side by side."""
