# SPDX-License-Identifier: BSD-2-Clause
"""`tlsrx bench`: what the engine does in a cycle, and what a simulated cycle costs."""
