# SPDX-License-Identifier: BSD-2-Clause
"""Counters and sysctl knobs under the kernel's own names; an unknown name is an error.

``kern.ipc.tls.*`` from sys/kern/uipc_ktls.c and sys/opencrypto/ktls_ocf.c, ``tcps_*`` from
sys/netinet/tcp_var.h, ``lro.*`` from sys/netinet/tcp_lro.c.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

TLS_COUNTERS = (
    "stats.threads stats.sw_rx_inqueue stats.offload_total stats.enable_calls stats.active "
    "stats.corrupted_records stats.failed_crypto stats.destroy_task "
    "sw.cbc sw.gcm sw.chacha20 ifnet.cbc ifnet.gcm ifnet.chacha20 "
    "ifnet.reset ifnet.reset_failed "
    "stats.ocf.tls11_cbc_decrypts stats.ocf.tls12_gcm_decrypts stats.ocf.tls12_gcm_recrypts "
    "stats.ocf.tls12_chacha20_decrypts stats.ocf.tls13_gcm_decrypts "
    "stats.ocf.tls13_gcm_recrypts stats.ocf.tls13_chacha20_decrypts"
)
# Of sending, of TOE, of crypto drivers: whoever reads them by name finds them, at 0.
TLS_COUNTERS_AT_REST = (
    "tasks_active stats.sw_tx_inqueue stats.sw_tx_pending stats.switch_to_ifnet "
    "stats.switch_to_sw stats.switch_failed stats.ifnet_disable_failed stats.ifnet_disable_ok "
    "ifnet.reset_dropped toe.cbc toe.gcm toe.chacha20 "
    "stats.ocf.tls10_cbc_encrypts stats.ocf.tls11_cbc_encrypts stats.ocf.tls12_gcm_encrypts "
    "stats.ocf.tls12_chacha20_encrypts stats.ocf.tls13_gcm_encrypts "
    "stats.ocf.tls13_chacha20_encrypts stats.ocf.inplace stats.ocf.separate_output "
    "stats.ocf.retries"
)
TCP_COUNTERS = (
    "tcps_accepts tcps_connects tcps_drops tcps_closed tcps_rcvtotal tcps_rcvpack tcps_rcvbyte "
    "tcps_rcvbadsum tcps_rcvbadoff tcps_rcvshort tcps_rcvduppack tcps_rcvdupbyte "
    "tcps_rcvpartduppack tcps_rcvpartdupbyte tcps_rcvoopack tcps_rcvoobyte tcps_rcvpackafterwin "
    "tcps_rcvbyteafterwin tcps_rcvwinprobe tcps_rcvdupack tcps_rcvacktoomuch tcps_rcvackpack "
    "tcps_rcvreassfull tcps_rcvmemdrop tcps_pawsdrop tcps_predack tcps_preddat tcps_badrst "
    "tcps_sndtotal tcps_sndpack tcps_sndbyte tcps_sndacks tcps_sndctrl tcps_sndwinup "
    "tcps_sack_send_blocks tcps_delack tcps_timeoutdrop tcps_noport"
)
LRO_COUNTERS = "lro.queued lro.flushed lro.bad_csum lro.full"
REKEY_COUNTERS = "TlsRxRekey TlsRxRekeyOk TlsRxRekeyFallback"  # Linux' words, ktls_rekey.py
IP_COUNTERS = "ips_total ips_badsum ips_toosmall ips_fragments ips_noproto"

SYSCTL_DEFAULTS: dict[str, int] = {
    "kern.ipc.tls.enable": 1,  # 0 in the 2024 tree, 1 as shipped later
    "kern.ipc.tls.cbc_enable": 1,
    "kern.ipc.tls.ifnet.permitted": 0,  # NIC receive offload is off until someone asks for it
    "kern.ipc.maxsockbuf": 2 * 1024 * 1024,  # sb_max
    "net.inet.ip.forwarding": 0,
    "net.inet.tcp.recvspace": 65536,
    "net.inet.tcp.delayed_ack": 1,
    "net.inet.tcp.delacktime": 40,  # ms
    "net.inet.tcp.rfc1323": 1,
    "net.inet.tcp.sack.enable": 1,
    "net.inet.tcp.mssdflt": 536,
    "net.inet.tcp.msl": 30000,  # ms
    "net.inet.tcp.reass.maxqueuelen": 100,
    "net.inet.tcp.lro.entries": 8,
    "net.inet.tcp.lro.enable": 1,  # IFCAP_LRO of the interfaces
}


class Counters(Mapping[str, int]):
    """Named counters; ``kern.ipc.tls.`` may be left out of the TLS names."""

    def __init__(self) -> None:
        tls = (*TLS_COUNTERS.split(), *TLS_COUNTERS_AT_REST.split())
        names = [f"kern.ipc.tls.{n}" for n in tls]
        for group in (TCP_COUNTERS, LRO_COUNTERS, REKEY_COUNTERS, IP_COUNTERS):
            names += group.split()
        self._values = dict.fromkeys(names, 0)

    def _full(self, name: str) -> str:
        return name if name in self._values else f"kern.ipc.tls.{name}"

    def inc(self, name: str, by: int = 1) -> None:
        """counter_u64_add."""
        values = self._values
        values[name if name in values else self._full(name)] += by

    def __getitem__(self, name: str) -> int:
        return self._values[self._full(name)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class Sysctl(dict[str, int]):
    """The knobs; ``sysctl["kern.ipc.tls.ifnet.permitted"] = 1``."""

    def __init__(self) -> None:
        super().__init__(SYSCTL_DEFAULTS)

    def __setitem__(self, name: str, value: int) -> None:
        if name not in self:
            raise KeyError(f"unknown sysctl {name}")
        super().__setitem__(name, value)
