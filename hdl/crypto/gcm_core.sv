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
  import gcm_pkg::*;
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

  localparam int Lanes    = DataW / 128;
  localparam int LaneW    = (Lanes > 1) ? $clog2(Lanes) : 1;
  localparam int KeyW     = $clog2(NumKeys);
  localparam int SumW     = $clog2(NumFlows);
  localparam int AesDelay = 17;  // two cycles to the key, fifteen of AES

  // ---- Keys ---------------------------------------------------------------------------------------

  logic             k256, h_re, zero, flush, sum_wipe, aes_valid;
  logic [255:0]     key;
  logic [DataW-1:0] power, aes_block;
  logic [FlowW-1:0] h_key;
  logic [127:0]     h;

  gcm_keys #(
    .NumKeys (NumKeys),
    .Lanes   (Lanes)
  ) u_keys (
    .clk_i       (clk_i),
    .rst_i       (rst_i),
    .key_valid_i (key_valid_i),
    .key_op_i    (key_op_i),
    .key_idx_i   (key_idx_i[KeyW-1:0]),
    .key_256_i   (key_256_i),
    .key_i       (key_i),
    .key_done_o  (key_done_o),
    .rd_valid_i  (slot_valid_i),
    .rd_key_i    (slot_i.key[KeyW-1:0]),
    .k256_o      (k256),
    .key_o       (key),
    .power_o     (power),
    .sum_re_i    (h_re),
    .sum_key_i   (h_key[KeyW-1:0]),
    .sum_h_o     (h),
    .zero_o      (zero),
    .aes_valid_i (aes_valid),
    .aes_block_i (aes_block[127:0]),
    .flush_o     (flush),
    .sum_wipe_o  (sum_wipe)
  );

  // ---- Slots to blocks ----------------------------------------------------------------------------

  logic             in_valid, hash_valid, hash, hash_end, job_power, job_valid;
  logic             job_busy, back_busy;
  logic [DataW-1:0] in_block, hash_block;
  logic [LaneW-1:0] hash_first, hash_last;
  logic [127:0]     hash_add, worth;
  gcm_job_t         job;
  logic             front_valid;
  slot_t            front_slot;

  gcm_front #(
    .DataW (DataW)
  ) u_front (
    .clk_i        (clk_i),
    .rst_i        (rst_i),
    .slot_valid_i (slot_valid_i),
    .slot_i       (slot_i),
    .slot_data_i  (slot_data_i),
    .slot_tag_i   (slot_tag_i),
    .zero_i       (zero),
    .slot_valid_o (front_valid),
    .slot_o       (front_slot),
    .aes_valid_o  (in_valid),
    .aes_block_o  (in_block),
    .hash_valid_o (hash_valid),
    .hash_o       (hash),
    .hash_first_o (hash_first),
    .hash_last_o  (hash_last),
    .hash_block_o (hash_block),
    .hash_add_o   (hash_add),
    .hash_end_o   (hash_end)
  );

  gcm_job_walk u_job_walk (
    .clk_i        (clk_i),
    .rst_i        (rst_i),
    .slot_valid_i (front_valid),
    .slot_i       (front_slot),
    .power_o      (job_power),
    .job_valid_o  (job_valid),
    .job_o        (job),
    .busy_o       (job_busy)
  );

  // ---- Keystream ----------------------------------------------------------------------------------

  logic         ej0_valid;
  logic [127:0] ej0;

  aes_pipe #(
    .Lanes (Lanes)
  ) u_aes (
    .clk_i   (clk_i),
    .rst_i   (rst_i),
    .valid_i (in_valid),
    .k256_i  (k256),
    .key_i   (key),
    .block_i (in_block),
    .valid_o (aes_valid),
    .block_o (aes_block)
  );

  gcm_back #(
    .DataW (DataW),
    .Delay (AesDelay)
  ) u_back (
    .clk_i        (clk_i),
    .rst_i        (rst_i),
    .slot_valid_i (slot_valid_i),
    .slot_i       (slot_i),
    .aes_block_i  (aes_block),
    .ej0_valid_o  (ej0_valid),
    .ej0_o        (ej0),
    .ks_valid_o   (ks_valid_o),
    .ks_o         (ks_o),
    .ks_slot_o    (ks_slot_o),
    .busy_o       (back_busy)
  );

  // ---- Authentication -----------------------------------------------------------------------------

  logic sum_idle;

  ghash #(
    .Lanes (Lanes)
  ) u_ghash (
    .clk_i   (clk_i),
    .rst_i   (rst_i),
    .valid_i (hash_valid),
    .hash_i  (hash),
    .first_i (hash_first),
    .last_i  (hash_last),
    .block_i (hash_block),
    .power_i (power),
    .add_i   (hash_add),
    .end_i   (hash_end),
    .flush_i (flush),
    .worth_o (worth)
  );

  gcm_sum #(
    .NumFlows (NumFlows),
    .Lanes    (Lanes)
  ) u_sum (
    .clk_i           (clk_i),
    .rst_i           (rst_i),
    .power_i         (job_power),
    .job_valid_i     (job_valid),
    .job_i           (job),
    .worth_i         (worth),
    .ej0_valid_i     (ej0_valid),
    .ej0_i           (ej0),
    .h_re_o          (h_re),
    .h_key_o         (h_key),
    .h_i             (h),
    .wipe_i          (sum_wipe),
    .wipe_flow_i     (key_idx_i[SumW-1:0]),
    .flush_i         (flush),
    .verdict_valid_o (verdict_valid_o),
    .verdict_ok_o    (verdict_ok_o),
    .ready_o         (ready_o),
    .idle_o          (sum_idle)
  );

  assign idle_o = !slot_valid_i && !back_busy && !job_busy && sum_idle;

`ifndef SYNTHESIS
  initial if (DataW != 128 && DataW != 256 && DataW != 512) $fatal(1, "%m: DataW %0d", DataW);

  always @(posedge clk_i) begin
    if (!rst_i && slot_valid_i && (slot_i.key >> KeyW) != '0) $fatal(1, "%m: no such key");
    if (!rst_i && h_re && (h_key >> KeyW) != '0) $fatal(1, "%m: no such key");
    if (!rst_i && key_valid_i && (key_idx_i >> ((key_op_i == SumWipe) ? SumW : KeyW)) != '0)
      $fatal(1, "%m: key command for a row that is not there");
    if (!rst_i && key_valid_i && !idle_o) $fatal(1, "%m: key command while slots are inside");
  end
`endif

endmodule

`default_nettype wire
