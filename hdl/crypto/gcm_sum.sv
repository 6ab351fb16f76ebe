// SPDX-License-Identifier: BSD-2-Clause
//
// Sum unit: adds each piece's worth to its record's sum and gives one verdict for each packet.
//
// Contract: jobs and E(J0) blocks are taken without back-pressure and used in order; the nth E(J0) belongs
// to the nth job with `first`, and may come before or after it. A job with exponent 0 takes one
// cycle, another one as many as its exponent has bits, and two. verdict_valid_o: one for each
// job with pkt_end, in order; ok = every check since the verdict before found its sum zero.
// ready_o: with a queue at most half full and few slow jobs in it, a packet may start. Its own jobs
// come two cycles apart at least, so JobDepth = 128 holds what gathers behind the slow ones.
//
// The worth of a piece is W * H^exponent: see "Positions, not history" in docs/engine.md.

`default_nettype none

module gcm_sum
  import tls_rx_pkg::*;
  import gcm_pkg::*;
#(
  parameter int NumFlows = 64,
  parameter int JobDepth = 128,
  localparam int SumW    = $clog2(NumFlows)
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Jobs and E(J0) in
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
  input  wire logic [SumW-1:0]  wipe_flow_i,
  input  wire logic             flush_i,
  // Verdict out
  output      logic             verdict_valid_o,
  output      logic             verdict_ok_o,
  // Status
  output      logic             ready_o,
  output      logic             idle_o
);

  localparam int CountW  = $clog2(JobDepth) + 1;
  localparam int SlowMax = 4;
  localparam int JobW    = $bits(gcm_job_t) + 128;

  // ---- Queues -------------------------------------------------------------------------------------

  logic              job_valid, job_room, ej0_valid, ej0_room, take, take_ej0;
  gcm_job_t          job;
  logic [127:0]      worth, ej0;
  logic [CountW-1:0] job_count, ej0_count, slow_q;
  logic              job_is_slow, new_is_slow, slow_in, slow_out;

  sync_fifo #(
    .W     (JobW),
    .Depth (JobDepth)
  ) u_jobs (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (job_valid_i),
    .wr_ready_o (job_room),
    .wr_data_i  ({job_i, worth_i}),
    .rd_valid_o (job_valid),
    .rd_ready_i (take),
    .rd_data_o  ({job, worth}),
    .count_o    (job_count)
  );

  sync_fifo #(
    .W     (128),
    .Depth (JobDepth)
  ) u_ej0 (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (ej0_valid_i),
    .wr_ready_o (ej0_room),
    .wr_data_i  (ej0_i),
    .rd_valid_o (ej0_valid),
    .rd_ready_i (take_ej0),
    .rd_data_o  (ej0),
    .count_o    (ej0_count)
  );

  assign new_is_slow = job_i.piece && job_i.exponent != '0;
  assign job_is_slow = job.piece && job.exponent != '0;
  assign slow_in     = job_valid_i && new_is_slow;
  assign slow_out    = take && job_is_slow;

  always_ff @(posedge clk_i) begin
    if (slow_in && !slow_out) slow_q <= slow_q + 1'b1;
    else if (slow_out && !slow_in) slow_q <= slow_q - 1'b1;
    ready_o <= job_count <= CountW'(JobDepth / 2) && slow_q <= CountW'(SlowMax);
    if (rst_i) begin
      slow_q  <= '0;
      ready_o <= 1'b0;
    end
  end

  // ---- Stage A: the head of the queue, and its power ----------------------------------------------

  logic         power_start, power_busy, power_done, needs_ej0;
  logic [127:0] power_result;

  assign needs_ej0   = job.piece && job.first;
  assign take        = job_valid && (!job_is_slow || power_done) && (!needs_ej0 || ej0_valid);
  assign take_ej0    = take && needs_ej0;
  assign power_start = job_valid && job_is_slow && !power_busy;
  assign h_re_o      = power_start;
  assign h_key_o     = job.key;

  gcm_power u_power (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .start_i    (power_start),
    .exponent_i (job.exponent),
    .worth_i    (worth),
    .h_i        (h_i),
    .flush_i    (flush_i),
    .busy_o     (power_busy),
    .done_o     (power_done),
    .take_i     (slow_out),
    .result_o   (power_result)
  );

  // ---- Stage B: add to the sum, check, judge ------------------------------------------------------

  logic             valid_q, piece_q, first_q, check_q, pkt_end_q, same_q, failed_q;
  logic [SumW-1:0]  flow, flow_q;
  logic [127:0]     part_q, last_q;   // what to add; the sum written last
  logic [127:0]     row, old_sum, new_sum;
  logic             add, failed;
  logic             row_we;
  logic [SumW-1:0]  row_waddr;

  assign flow      = job.flow[SumW-1:0];
  assign add       = valid_q && piece_q;
  assign old_sum   = same_q ? last_q : row;
  assign new_sum   = (first_q ? 128'd0 : old_sum) ^ part_q;
  assign failed    = failed_q || (piece_q && check_q && new_sum != '0);
  assign row_we    = add || wipe_i;
  assign row_waddr = wipe_i ? wipe_flow_i : flow_q;

  ram_1r1w #(
    .W     (128),
    .Depth (NumFlows)
  ) u_sum_ram (
    .clk_i   (clk_i),
    .we_i    (row_we),
    .waddr_i (row_waddr),
    .wdata_i (wipe_i ? 128'd0 : new_sum),
    .re_i    (take),
    .raddr_i (flow),
    .rdata_o (row)
  );

  always_ff @(posedge clk_i) begin
    valid_q <= take;
    if (take) begin
      piece_q   <= job.piece;
      first_q   <= job.first;
      check_q   <= job.check;
      pkt_end_q <= job.pkt_end;
      flow_q    <= flow;
      part_q    <= (job_is_slow ? power_result : worth) ^ (needs_ej0 ? ej0 : 128'd0);
      // The row read now is one job old: the sum written in this cycle stands in for it.
      same_q    <= add && flow == flow_q;
    end
    if (add) last_q <= new_sum;
    verdict_valid_o <= valid_q && pkt_end_q;
    verdict_ok_o    <= !failed;
    if (valid_q) failed_q <= failed && !pkt_end_q;
    if (rst_i) begin
      valid_q         <= 1'b0;
      failed_q        <= 1'b0;
      verdict_valid_o <= 1'b0;
    end
  end

  assign idle_o = job_count == '0 && ej0_count == '0 && !valid_q && !verdict_valid_o;

`ifndef SYNTHESIS
  initial if (NumFlows < 2 || NumFlows > (1 << FlowW)) $fatal(1, "%m: NumFlows %0d", NumFlows);

  always @(posedge clk_i) begin
    if (!rst_i && job_valid_i && (job_i.flow >> SumW) != '0) $fatal(1, "%m: no such context");
    if (!rst_i && job_valid_i && !job_room) $fatal(1, "%m: job lost, a verdict will be missing");
    if (!rst_i && ej0_valid_i && !ej0_room) $fatal(1, "%m: E(J0) lost, tags will fail");
  end
`else
  logic unused_room;
  assign unused_room = job_room ^ ej0_room;
`endif

endmodule

`default_nettype wire
