// SPDX-License-Identifier: BSD-2-Clause
// All files of the engine in compile order, packages first. Paths from the repository root.
// Top module: tls_rx_top.

// Packages
hdl/tls_rx_pkg.sv
hdl/rx/parse_pkg.sv
hdl/rx/track_pkg.sv
hdl/rx/walk_pkg.sv
hdl/rx/cut_pkg.sv
hdl/crypto/gcm_pkg.sv
hdl/cmd/cmd_pkg.sv

// Primitives
hdl/prim/ram_1r1w.sv
hdl/prim/ram_block.sv
hdl/prim/sync_fifo.sv
hdl/prim/axis_register.sv

// Record crypto
hdl/crypto/gf128_reduce.sv
hdl/crypto/gf128_square.sv
hdl/crypto/gf128_times3.sv
hdl/crypto/gf128_digit.sv
hdl/crypto/gf128_serial.sv
hdl/crypto/gcm_powers.sv
hdl/crypto/gcm_key_rows.sv
hdl/crypto/gcm_keys.sv
hdl/crypto/gcm_slot_check.sv
hdl/crypto/gcm_front.sv
hdl/crypto/gcm_job_walk.sv
hdl/crypto/aes_sub_word.sv
hdl/crypto/aes_key_word.sv
hdl/crypto/aes_key_step.sv
hdl/crypto/aes_mix_sums.sv
hdl/crypto/aes_mix_columns.sv
hdl/crypto/aes_round.sv
hdl/crypto/aes_stage.sv
hdl/crypto/aes_pipe.sv
hdl/crypto/gcm_back.sv
hdl/crypto/gcm_cipher.sv
hdl/crypto/gf128_halves.sv
hdl/crypto/gf128_split.sv
hdl/crypto/gf128_rows.sv
hdl/crypto/gf128_columns.sv
hdl/crypto/gf2_merge.sv
hdl/crypto/gf128_merge.sv
hdl/crypto/gf128_words.sv
hdl/crypto/ghash_ahead.sv
hdl/crypto/ghash.sv
hdl/crypto/gf128_product.sv
hdl/crypto/gf128_mul.sv
hdl/crypto/gcm_power.sv
hdl/crypto/gcm_job_queue.sv
hdl/crypto/gcm_judge.sv
hdl/crypto/gcm_sum.sv
hdl/crypto/gcm_auth.sv
hdl/crypto/gcm_core.sv

// Receive path
hdl/rx/hdr_window.sv
hdl/rx/parse_eth.sv
hdl/rx/parse_ip.sv
hdl/rx/parse_ext.sv
hdl/rx/pseudo_sum.sv
hdl/rx/parse_tcp.sv
hdl/rx/hdr_parse.sv
hdl/rx/frame_wait.sv
hdl/rx/csum_range.sv
hdl/rx/hdr_search.sv
hdl/rx/payload_scan.sv
hdl/rx/frame_sums.sv
hdl/rx/hdr_form.sv
hdl/rx/hdr_join.sv
hdl/rx/frame_check.sv
hdl/rx/pkt_parse.sv
hdl/rx/flow_hash.sv
hdl/rx/flow_ways.sv
hdl/rx/flow_update.sv
hdl/rx/flow_table.sv
hdl/rx/flow_lookup.sv
hdl/rx/rx_classify.sv
hdl/rx/flow_ctx.sv
hdl/rx/ctx_cmd.sv
hdl/rx/ctx_store.sv
hdl/rx/seq_check.sv
hdl/rx/hdr_judge.sv
hdl/rx/hdr_keep.sv
hdl/rx/hdr_scan.sv
hdl/rx/rec_nonce.sv
hdl/rx/beat_ring.sv
hdl/rx/byte_rotate.sv
hdl/rx/slot_step.sv
hdl/rx/due_first.sv
hdl/rx/piece_plan.sv
hdl/rx/slot_form.sv
hdl/rx/cut_due.sv
hdl/rx/cut_place.sv
hdl/rx/cut_pace.sv
hdl/rx/slot_cut.sv
hdl/rx/slot_pipe.sv
hdl/rx/track_cut.sv
hdl/rx/walk_phase.sv
hdl/rx/walk_hdr.sv
hdl/rx/walk_ctx.sv
hdl/rx/walk_pos.sv
hdl/rx/piece_form.sv
hdl/rx/rec_walk.sv
hdl/rx/auth_step.sv
hdl/rx/track_ctx.sv
hdl/rx/track_pkt.sv
hdl/rx/track_desc.sv
hdl/rx/track_fsm.sv
hdl/rx/track_front.sv
hdl/rx/track_ctl.sv
hdl/rx/track_ring.sv
hdl/rx/hdr_queue.sv
hdl/rx/rx_track.sv
hdl/rx/ks_queue.sv
hdl/rx/ks_align.sv
hdl/rx/rx_decrypt.sv
hdl/rx/hold_store.sv
hdl/rx/hold_decide.sv
hdl/rx/pkt_hold.sv
hdl/rx/rx_path.sv

// Commands
hdl/cmd/cmd_queue.sv
hdl/cmd/cmd_buffer.sv
hdl/cmd/cmd_decode.sv
hdl/cmd/cmd_exec.sv
hdl/cmd/cmd_cpl.sv
hdl/cmd/cmd_unit.sv

// Registers
hdl/csr/tls_rx_csr.sv
hdl/csr/csr_unit.sv

// Top
hdl/tls_rx_top.sv
