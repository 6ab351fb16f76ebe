# SPDX-License-Identifier: BSD-2-Clause
"""`tlsrx vectors`: known answers from files and from published sets, through the RTL."""
