# SPDX-License-Identifier: BSD-2-Clause
"""The TLS counters of /proc/net/tls_stat (net/tls/tls_proc.c); an unknown name is an error.

The last three come with the 2026 series for rekeying on a device.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

TLS_MIB = (
    "TlsCurrRxSw TlsCurrRxDevice TlsRxSw TlsRxDevice TlsDecryptError TlsRxDeviceResync "
    "TlsDecryptRetry TlsRxNoPadViolation TlsRxRekeyOk TlsRxRekeyError TlsRxRekeyReceived "
    "TlsRxRekeyFallback TlsRxRekeyAborted TlsCurrRxRekey"
)


class TlsMib(Mapping[str, int]):
    """Named counters; those with Curr in their name are gauges."""

    def __init__(self) -> None:
        self._values = dict.fromkeys(TLS_MIB.split(), 0)

    def inc(self, name: str) -> None:
        """TLS_INC_STATS."""
        self._values[name] = self._values[name] + 1

    def dec(self, name: str) -> None:
        """TLS_DEC_STATS; a gauge never goes below 0."""
        self._values[name] = self._values[name] - 1
        assert self._values[name] >= 0, f"{name} below 0"

    def __getitem__(self, name: str) -> int:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
