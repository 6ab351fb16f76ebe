/* SPDX-License-Identifier: BSD-2-Clause */
/* Generated from hdl/csr/tls_rx_csr.rdl by tools/regs.py; do not edit. */
#ifndef TLS_RX_CSR_H
#define TLS_RX_CSR_H

/* Identification */
#define TLS_RX_ID                                        0x000u
#define TLS_RX_ID_MAGIC_SHIFT                            0
#define TLS_RX_ID_MAGIC_MASK                             0xffffffffu

/* Version */
#define TLS_RX_VERSION                                   0x004u
#define TLS_RX_VERSION_MINOR_SHIFT                       0
#define TLS_RX_VERSION_MINOR_MASK                        0x0000ffffu
#define TLS_RX_VERSION_MAJOR_SHIFT                       16
#define TLS_RX_VERSION_MAJOR_MASK                        0xffff0000u

/* Sizes */
#define TLS_RX_SIZES                                     0x008u
#define TLS_RX_SIZES_DATA_W_SHIFT                        0
#define TLS_RX_SIZES_DATA_W_MASK                         0x0000ffffu
#define TLS_RX_SIZES_NUM_FLOWS_SHIFT                     16
#define TLS_RX_SIZES_NUM_FLOWS_MASK                      0xffff0000u

/* Capabilities */
#define TLS_RX_CAPABILITIES                              0x00cu
#define TLS_RX_CAPABILITIES_TLS12_SHIFT                  0
#define TLS_RX_CAPABILITIES_TLS12_MASK                   0x00000001u
#define TLS_RX_CAPABILITIES_TLS13_SHIFT                  1
#define TLS_RX_CAPABILITIES_TLS13_MASK                   0x00000002u
#define TLS_RX_CAPABILITIES_AES_GCM_128_SHIFT            8
#define TLS_RX_CAPABILITIES_AES_GCM_128_MASK             0x00000100u
#define TLS_RX_CAPABILITIES_AES_GCM_256_SHIFT            9
#define TLS_RX_CAPABILITIES_AES_GCM_256_MASK             0x00000200u

/* Control */
#define TLS_RX_CONTROL                                   0x010u
#define TLS_RX_CONTROL_ENABLE_SHIFT                      0
#define TLS_RX_CONTROL_ENABLE_MASK                       0x00000001u

/* Relock records */
#define TLS_RX_RELOCK_RECORDS                            0x014u
#define TLS_RX_RELOCK_RECORDS_RECORDS_SHIFT              0
#define TLS_RX_RELOCK_RECORDS_RECORDS_MASK               0x00ffffffu

/* Interrupt status */
#define TLS_RX_IRQ_STATUS                                0x018u
#define TLS_RX_IRQ_STATUS_COMPLETION_SHIFT               0
#define TLS_RX_IRQ_STATUS_COMPLETION_MASK                0x00000001u
#define TLS_RX_IRQ_STATUS_RESYNC_SHIFT                   1
#define TLS_RX_IRQ_STATUS_RESYNC_MASK                    0x00000002u

/* Interrupt enable */
#define TLS_RX_IRQ_ENABLE                                0x01cu
#define TLS_RX_IRQ_ENABLE_COMPLETION_SHIFT               0
#define TLS_RX_IRQ_ENABLE_COMPLETION_MASK                0x00000001u
#define TLS_RX_IRQ_ENABLE_RESYNC_SHIFT                   1
#define TLS_RX_IRQ_ENABLE_RESYNC_MASK                    0x00000002u

/* Flow rules */
#define TLS_RX_RULES                                     0x020u
#define TLS_RX_RULES_COUNT_SHIFT                         0
#define TLS_RX_RULES_COUNT_MASK                          0x0000ffffu

/* Packets */
#define TLS_RX_RX_PACKETS                                0x040u
#define TLS_RX_RX_PACKETS_COUNT_SHIFT                    0
#define TLS_RX_RX_PACKETS_COUNT_MASK                     0xffffffffu

/* Decrypted packets */
#define TLS_RX_RX_TLS_DECRYPTED_PACKETS                  0x044u
#define TLS_RX_RX_TLS_DECRYPTED_PACKETS_COUNT_SHIFT      0
#define TLS_RX_RX_TLS_DECRYPTED_PACKETS_COUNT_MASK       0xffffffffu

/* Decrypted bytes, low half */
#define TLS_RX_RX_TLS_DECRYPTED_BYTES_LO                 0x048u
#define TLS_RX_RX_TLS_DECRYPTED_BYTES_LO_COUNT_SHIFT     0
#define TLS_RX_RX_TLS_DECRYPTED_BYTES_LO_COUNT_MASK      0xffffffffu

/* Decrypted bytes, high half */
#define TLS_RX_RX_TLS_DECRYPTED_BYTES_HI                 0x04cu
#define TLS_RX_RX_TLS_DECRYPTED_BYTES_HI_COUNT_SHIFT     0
#define TLS_RX_RX_TLS_DECRYPTED_BYTES_HI_COUNT_MASK      0xffffffffu

/* Contexts started */
#define TLS_RX_RX_TLS_CTX                                0x050u
#define TLS_RX_RX_TLS_CTX_COUNT_SHIFT                    0
#define TLS_RX_RX_TLS_CTX_COUNT_MASK                     0xffffffffu

/* Contexts destroyed */
#define TLS_RX_RX_TLS_DEL                                0x054u
#define TLS_RX_RX_TLS_DEL_COUNT_SHIFT                    0
#define TLS_RX_RX_TLS_DEL_COUNT_MASK                     0xffffffffu

/* Resync request packets */
#define TLS_RX_RX_TLS_RESYNC_REQ_PKT                     0x058u
#define TLS_RX_RX_TLS_RESYNC_REQ_PKT_COUNT_SHIFT         0
#define TLS_RX_RX_TLS_RESYNC_REQ_PKT_COUNT_MASK          0xffffffffu

/* Searches started */
#define TLS_RX_RX_TLS_RESYNC_REQ_START                   0x05cu
#define TLS_RX_RX_TLS_RESYNC_REQ_START_COUNT_SHIFT       0
#define TLS_RX_RX_TLS_RESYNC_REQ_START_COUNT_MASK        0xffffffffu

/* Searches ended */
#define TLS_RX_RX_TLS_RESYNC_REQ_END                     0x060u
#define TLS_RX_RX_TLS_RESYNC_REQ_END_COUNT_SHIFT         0
#define TLS_RX_RX_TLS_RESYNC_REQ_END_COUNT_MASK          0xffffffffu

/* Requests skipped */
#define TLS_RX_RX_TLS_RESYNC_REQ_SKIP                    0x064u
#define TLS_RX_RX_TLS_RESYNC_REQ_SKIP_COUNT_SHIFT        0
#define TLS_RX_RX_TLS_RESYNC_REQ_SKIP_COUNT_MASK         0xffffffffu

/* Confirmations accepted */
#define TLS_RX_RX_TLS_RESYNC_RES_OK                      0x068u
#define TLS_RX_RX_TLS_RESYNC_RES_OK_COUNT_SHIFT          0
#define TLS_RX_RX_TLS_RESYNC_RES_OK_COUNT_MASK           0xffffffffu

/* Confirmations refused */
#define TLS_RX_RX_TLS_RESYNC_RES_SKIP                    0x06cu
#define TLS_RX_RX_TLS_RESYNC_RES_SKIP_COUNT_SHIFT        0
#define TLS_RX_RX_TLS_RESYNC_RES_SKIP_COUNT_MASK         0xffffffffu

/* Authentication failures */
#define TLS_RX_RX_TLS_ERR                                0x070u
#define TLS_RX_RX_TLS_ERR_COUNT_SHIFT                    0
#define TLS_RX_RX_TLS_ERR_COUNT_MASK                     0xffffffffu

#endif /* TLS_RX_CSR_H */
