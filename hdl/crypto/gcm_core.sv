// SPDX-License-Identifier: BSD-2-Clause
//
// AES-GCM of TLS records, cut in slots: keystream for each slot, one verdict for each packet.
//
// Contract: at most one slot a cycle, taken without back-pressure; neighbours may belong to different flows,
// keys, key sizes and versions. One piece is open at a time: its slots follow each other.
// - ks_*: each slot with ks_en comes back SlotLatency = 18 cycles later, in order, with the keystream
//   of its own text bytes; all other bytes are zero.
// - verdict_*: one for each slot with pkt_end, in order, any latency; ok = no check failed since the last.
// - ready_o = 1: a new packet may start, four in a row may still follow while it falls. Their jobs, one for
//   each slot with piece_end or pkt_end, find room.
// - key_*: one command at a time, only while idle_o = 1; key_valid_i and operands are held until
//   key_done_o, one cycle. Key byte 0 is key_i[255:248]; a 128-bit key is key_i[127:0].
// - idle_o = 1: no slot, job or verdict is inside or offered.
//
// How a tag is checked without an order of packets: "Positions, not history" in docs/engine.md.

`default_nettype none

module gcm_core
  import tls_rx_pkg::*;
#(
  parameter int DataW    = 128,
  parameter int NumFlows = 64,
  parameter int NumKeys  = 64
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Slots in
  input  wire logic             slot_valid_i,
  input  wire slot_t            slot_i,
  input  wire logic [DataW-1:0] slot_data_i,
  input  wire logic [127:0]     slot_tag_i,
  // Keystream out
  output      logic             ks_valid_o,
  output      logic [DataW-1:0] ks_o,
  output      slot_t            ks_slot_o,
  // Verdicts out
  output      logic             verdict_valid_o,
  output      logic             verdict_ok_o,
  // Key port
  input  wire logic             key_valid_i,
  input  wire key_op_e          key_op_i,
  input  wire logic [FlowW-1:0] key_idx_i,
  input  wire logic             key_256_i,
  input  wire logic [255:0]     key_i,
  output      logic             key_done_o,
  // Status
  output      logic             ready_o,
  output      logic             idle_o
);

  logic             valid_q, k256, h_re, zero, flush, sum_wipe, aes_valid, ej0_valid;
  logic             cipher_busy, auth_idle;
  slot_t            slot_q;
  logic [DataW-1:0] data_q, power;
  logic [127:0]     tag_q, h, ej0;
  logic [255:0]     key;
  logic [FlowW-1:0] h_key;

  // A slot waits here for its key, which is read meanwhile.
  always_ff @(posedge clk_i) begin
    valid_q <= slot_valid_i;
    if (slot_valid_i) begin
      slot_q <= slot_i;
      data_q <= slot_data_i;
      tag_q  <= slot_tag_i;
    end
    if (rst_i) valid_q <= 1'b0;
  end

  assign idle_o = !slot_valid_i && !cipher_busy && auth_idle;

  gcm_keys #(
    .NumKeys (NumKeys),
    .Lanes   (DataW / 128)
  ) u_keys (
    .clk_i, .rst_i,
    .key_valid_i, .key_op_i, .key_idx_i, .key_256_i, .key_i, .key_done_o,
    .rd_valid_i  (slot_valid_i),
    .rd_key_i    (slot_i.key),
    .k256_o      (k256),
    .key_o       (key),
    .power_o     (power),
    .sum_re_i (h_re), .sum_key_i (h_key), .sum_h_o (h),
    .zero_o      (zero),
    .aes_valid_i (aes_valid),
    .aes_block_i (ej0),
    .flush_o     (flush),
    .sum_wipe_o  (sum_wipe)
  );

  gcm_cipher #(
    .DataW (DataW)
  ) u_cipher (
    .clk_i, .rst_i,
    .slot_valid_i (valid_q),
    .slot_i       (slot_q),
    .zero_i       (zero),
    .k256_i       (k256),
    .key_i        (key),
    .aes_valid_o  (aes_valid),
    .ej0_valid_o (ej0_valid), .ej0_o (ej0),
    .ks_valid_o, .ks_o, .ks_slot_o,
    .busy_o       (cipher_busy)
  );

  gcm_auth #(
    .DataW    (DataW),
    .NumFlows (NumFlows)
  ) u_auth (
    .clk_i, .rst_i,
    .slot_valid_i    (valid_q),
    .slot_i          (slot_q),
    .slot_data_i     (data_q),
    .slot_tag_i      (tag_q),
    .power_i         (power),
    .ej0_valid_i (ej0_valid), .ej0_i (ej0),
    .h_re_o (h_re), .h_key_o (h_key), .h_i (h),
    .wipe_i          (sum_wipe),
    .wipe_flow_i     (key_idx_i),
    .flush_i         (flush),
    .verdict_valid_o, .verdict_ok_o,
    .ready_o,
    .idle_o          (auth_idle)
  );

`ifndef SYNTHESIS
  initial if (DataW != 128 && DataW != 256 && DataW != 512) $fatal(1, "%m: DataW %0d", DataW);

  always @(posedge clk_i)
    if (!rst_i && key_valid_i && !idle_o) $fatal(1, "%m: key command while slots are inside");
`endif

endmodule

`default_nettype wire
