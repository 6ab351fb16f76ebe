// SPDX-License-Identifier: BSD-2-Clause
//
// Sum unit: adds each piece's worth to its record's sum and gives one verdict for each packet.
//
// Contract: jobs, and the E(J0) blocks that belong to them, are taken without back-pressure, one of each
// a cycle, and used in order (gcm_job_queue says which belong together, and when ready_o falls). A
// job without `power` takes one cycle, another one as long as gcm_power.
// verdict_valid_o: one for each job with pkt_end, in order; ok = every check since the verdict before
// found its sum zero.
//
// The worth of a piece is W * H^exponent: see "Positions, not history" in docs/engine.md.

`default_nettype none

module gcm_sum
  import tls_rx_pkg::*;
  import gcm_pkg::*;
#(
  parameter int NumFlows = 64,
  parameter int Lanes    = 1,
  localparam int SumW    = $clog2(NumFlows)
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Jobs and E(J0) in
  input  wire logic             power_i,
  input  wire logic             job_valid_i,
  input  wire gcm_job_t         job_i,
  input  wire logic [127:0]     worth_i,
  input  wire logic             ej0_valid_i,
  input  wire logic [127:0]     ej0_i,
  // Read of H, one cycle
  output      logic             h_re_o,
  output      logic [FlowW-1:0] h_key_o,
  input  wire logic [127:0]     h_i,
  // Wiping: of the sum of a context, of what is left of H
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

  // A packet needs one power at most: wide enough that it is made while a short packet passes.
  localparam int Digit       = 16 * Lanes;
  localparam int PowerCycles = 2 + 11 * 128 / Digit;

  // ---- The head of the queue, and its power -------------------------------------------------------

  logic         job_head, job_valid, take, queue_idle, power_start, power_busy, power_done;
  gcm_job_t     job;
  logic [127:0] worth, ej0, power_result;

  gcm_job_queue #(
    .Lanes       (Lanes),
    .PowerCycles (PowerCycles)
  ) u_queue (
    .clk_i       (clk_i),
    .rst_i       (rst_i),
    .power_i     (power_i),
    .job_valid_i (job_valid_i),
    .job_i       (job_i),
    .worth_i     (worth_i),
    .ej0_valid_i (ej0_valid_i),
    .ej0_i       (ej0_i),
    .head_o      (job_head),
    .valid_o     (job_valid),
    .job_o       (job),
    .worth_o     (worth),
    .ej0_o       (ej0),
    .take_i      (take),
    .ready_o     (ready_o),
    .idle_o      (queue_idle)
  );

  assign take        = job_valid && (!job.power || power_done);
  assign power_start = job_valid && job.power && !power_busy;
  assign h_key_o     = job.key;

  // Of every job, wanted or not: the queue's RAM decides late whether it is, and the store is far.
  assign h_re_o      = job_head && !power_busy;

  gcm_power #(
    .Digit (Digit)
  ) u_power (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .start_i    (power_start),
    .exponent_i (job.exponent),
    .worth_i    (worth),
    .h_i        (h_i),
    .flush_i    (flush_i),
    .busy_o     (power_busy),
    .done_o     (power_done),
    .take_i     (take && job.power),
    .result_o   (power_result)
  );

  // ---- The sum, and the verdict -------------------------------------------------------------------

  logic judge_busy;

  gcm_judge #(
    .NumFlows (NumFlows)
  ) u_judge (
    .clk_i           (clk_i),
    .rst_i           (rst_i),
    .take_i          (take),
    .job_i           (job),
    .part_i          ((job.power ? power_result : worth) ^ ej0),
    .wipe_i          (wipe_i),
    .wipe_flow_i     (wipe_flow_i[SumW-1:0]),
    .verdict_valid_o (verdict_valid_o),
    .verdict_ok_o    (verdict_ok_o),
    .busy_o          (judge_busy)
  );

  assign idle_o = queue_idle && !judge_busy;

`ifndef SYNTHESIS
  initial if (NumFlows > (1 << FlowW)) $fatal(1, "%m: NumFlows %0d", NumFlows);

  always @(posedge clk_i) begin
    if (!rst_i && wipe_i && (wipe_flow_i >> SumW) != '0) $fatal(1, "%m: a sum that is not there");
  end
`endif

endmodule

`default_nettype wire
