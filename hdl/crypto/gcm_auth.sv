// SPDX-License-Identifier: BSD-2-Clause
//
// Authentication side of the crypto core: GHASH of the slots, sums of the records, verdicts of the packets.
//
// Contract: takes a slot every cycle, without back-pressure. power_i belongs to the slot of the cycle
// before. verdict_valid_o: one for each slot with pkt_end, in order, any latency; ok = no check failed
// since the last. ready_o as in gcm_job_queue: a new packet may start.
// - ej0_*: E(J0) of each head, in order, any latency.
// - h_*: reads H of a key, which is there one cycle later.
// - wipe_i overwrites the sum of a context, flush_i what is left of powers of H: both only while idle_o.
// idle_o: no slot, job or verdict is inside.
//
// Byte order: slot_data_i and slot_tag_i have byte k in bits [8*k +: 8], ej0_i and h_i have their first
// byte most significant. Power k + 1 is lane k.

`default_nettype none

module gcm_auth
  import tls_rx_pkg::*;
  import gcm_pkg::*;
#(
  parameter int DataW    = 128,
  parameter int NumFlows = 64
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Slot in
  input  wire logic             slot_valid_i,
  input  wire slot_t            slot_i,
  input  wire logic [DataW-1:0] slot_data_i,
  input  wire logic [127:0]     slot_tag_i,
  // Powers of H of the slot before
  input  wire logic [DataW-1:0] power_i,
  // E(J0) in
  input  wire logic             ej0_valid_i,
  input  wire logic [127:0]     ej0_i,
  // Read of H
  output      logic             h_re_o,
  output      logic [FlowW-1:0] h_key_o,
  input  wire logic [127:0]     h_i,
  // Wiping
  input  wire logic             wipe_i,
  input  wire logic [FlowW-1:0] wipe_flow_i,
  input  wire logic             flush_i,
  // Verdict out
  output      logic             verdict_valid_o,
  output      logic             verdict_ok_o,
  // Status
  output      logic             ready_o,
  output      logic             idle_o
);

  localparam int Lanes = DataW / 128;
  localparam int LaneW = (Lanes > 1) ? $clog2(Lanes) : 1;

  logic             valid, hash, last, job_power, job_valid, job_busy, sum_idle;
  logic [LaneW-1:0] first_lane, last_lane;
  logic [DataW-1:0] block;
  logic [127:0]     add, worth;
  gcm_job_t         job;

  assign idle_o = !slot_valid_i && !job_busy && sum_idle;

  gcm_front #(
    .DataW (DataW)
  ) u_front (
    .clk_i        (clk_i),
    .rst_i        (rst_i),
    .slot_valid_i (slot_valid_i),
    .slot_i       (slot_i),
    .slot_data_i  (slot_data_i),
    .slot_tag_i   (slot_tag_i),
    .hash_valid_o (valid),
    .hash_o       (hash),
    .hash_first_o (first_lane),
    .hash_last_o  (last_lane),
    .hash_block_o (block),
    .hash_add_o   (add),
    .hash_end_o   (last)
  );

  ghash #(
    .Lanes (Lanes)
  ) u_ghash (
    .clk_i   (clk_i),
    .rst_i   (rst_i),
    .valid_i (valid),
    .hash_i  (hash),
    .first_i (first_lane),
    .last_i  (last_lane),
    .block_i (block),
    .power_i (power_i),
    .add_i   (add),
    .end_i   (last),
    .flush_i (flush_i),
    .worth_o (worth)
  );

  gcm_job_walk u_job_walk (
    .clk_i        (clk_i),
    .rst_i        (rst_i),
    .slot_valid_i (slot_valid_i),
    .slot_i       (slot_i),
    .power_o      (job_power),
    .job_valid_o  (job_valid),
    .job_o        (job),
    .busy_o       (job_busy)
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
    .ej0_valid_i     (ej0_valid_i),
    .ej0_i           (ej0_i),
    .h_re_o          (h_re_o),
    .h_key_o         (h_key_o),
    .h_i             (h_i),
    .wipe_i          (wipe_i),
    .wipe_flow_i     (wipe_flow_i),
    .flush_i         (flush_i),
    .verdict_valid_o (verdict_valid_o),
    .verdict_ok_o    (verdict_ok_o),
    .ready_o         (ready_o),
    .idle_o          (sum_idle)
  );

endmodule

`default_nettype wire
