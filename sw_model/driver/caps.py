# SPDX-License-Identifier: BSD-2-Clause
"""What a device says it can do, as far as receive TLS looks at it (mlx5_ifc.h).

Names are those of the capability pages: general (``tls_rx``, ``log_max_dek``), flow table
(``outer_ip_version``: can rules tell IPv4 from IPv6?), TLS (one bit a version and key size).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HcaCaps:
    """Capabilities of one device, as mlx5e_tls_rx_init reads them; the default is one that can do
    everything, with 64 contexts."""

    tls_rx: bool = True
    log_max_dek: int = 7
    outer_ip_version: bool = True
    tls_1_2_aes_gcm_128: bool = True
    tls_1_2_aes_gcm_256: bool = True
    tls_1_3_aes_gcm_128: bool = True
    tls_1_3_aes_gcm_256: bool = True

    @property
    def initialised(self) -> bool:
        """Does the driver offer the feature? All three must be there."""
        return self.tls_rx and self.log_max_dek > 0 and self.outer_ip_version

    @property
    def max_resources(self) -> int:
        """Half of all keys; the other half is for transmit."""
        return 1 << (self.log_max_dek - 1) if self.log_max_dek else 0

    @property
    def suites(self) -> frozenset[tuple[str, int]]:
        """(version, key bytes) pairs."""
        bits = {
            ("1.2", 16): self.tls_1_2_aes_gcm_128,
            ("1.2", 32): self.tls_1_2_aes_gcm_256,
            ("1.3", 16): self.tls_1_3_aes_gcm_128,
            ("1.3", 32): self.tls_1_3_aes_gcm_256,
        }
        return frozenset(pair for pair, there in bits.items() if there)
