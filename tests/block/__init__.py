# SPDX-License-Identifier: BSD-2-Clause
"""One RTL module at a time, with idle gaps and back-pressure on every stream."""
