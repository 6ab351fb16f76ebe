// SPDX-License-Identifier: BSD-2-Clause
//
// Queues of the sum unit: jobs with the worth of their piece, and E(J0) blocks, until both are there.
//
// Contract: jobs and E(J0) blocks are taken without back-pressure, one of each a cycle, and offered in
// order; the nth E(J0) belongs to the nth job with `first` and may come before or after it. A job is
// offered (valid_o) once its E(J0) is there; ej0_o is zero for a job that has none. take_i takes it. head_o:
// job_o is the next job, E(J0) or not.
//
// ready_o = 1: a new packet may start. Jobs leave one a cycle, but one with `power` keeps the queue up to
// PowerCycles longer; it grows only then. A packet has one of them at most, its last piece. When ready_o
// falls, SlowMax are in the core (power_i counts them in as their slots come), Lag more came before it was
// seen, and PacketsAfter may still come. Reserve is the number of jobs that gather behind all these: with
// one lane a whole record takes two slots, so only the ends of a packet give a job in every cycle.

`default_nettype none

module gcm_job_queue
  import gcm_pkg::*;
#(
  parameter int Lanes       = 1,
  parameter int PowerCycles = 90,
  parameter int Depth       = 512,
  localparam int CountW = $clog2(Depth) + 1
) (
  // Clock, reset
  input  wire logic         clk_i,
  input  wire logic         rst_i,
  // Jobs and E(J0) in
  input  wire logic         power_i,
  input  wire logic         job_valid_i,
  input  wire gcm_job_t     job_i,
  input  wire logic [127:0] worth_i,
  input  wire logic         ej0_valid_i,
  input  wire logic [127:0] ej0_i,
  // Jobs out
  output      logic         head_o,
  output      logic         valid_o,
  output      gcm_job_t     job_o,
  output      logic [127:0] worth_o,
  output      logic [127:0] ej0_o,
  input  wire logic         take_i,
  // Status
  output      logic         ready_o,
  output      logic         idle_o
);

  localparam int SlowMax      = 2;
  localparam int PacketsAfter = 4;
  localparam int Lag          = 4;
  localparam int JobCycles    = (Lanes > 1) ? 1 : 2;
  localparam int Slow         = SlowMax + Lag + PacketsAfter;
  localparam int Reserve      = Lag + 2 * PacketsAfter + Slow * PowerCycles / JobCycles;
  localparam int JobW         = $bits(gcm_job_t) + 128;

  logic              job_valid, job_room, ej0_valid, ej0_room, joins;
  logic [CountW-1:0] job_count, ej0_count, slow_q;
  logic [127:0]      ej0;
  logic              slow_out;

  sync_fifo #(
    .W     (JobW),
    .Depth (Depth)
  ) u_jobs (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (job_valid_i),
    .wr_ready_o (job_room),
    .wr_data_i  ({job_i, worth_i}),
    .rd_valid_o (job_valid),
    .rd_ready_i (take_i),
    .rd_data_o  ({job_o, worth_o}),
    .count_o    (job_count)
  );

  sync_fifo #(
    .W     (128),
    .Depth (Depth)
  ) u_ej0 (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (ej0_valid_i),
    .wr_ready_o (ej0_room),
    .wr_data_i  (ej0_i),
    .rd_valid_o (ej0_valid),
    .rd_ready_i (take_i && joins),
    .rd_data_o  (ej0),
    .count_o    (ej0_count)
  );

  assign joins   = job_o.piece && job_o.first;
  assign head_o  = job_valid;
  assign valid_o = job_valid && (!joins || ej0_valid);
  assign ej0_o   = joins ? ej0 : 128'd0;
  assign idle_o  = job_count == '0 && ej0_count == '0;

  assign slow_out = take_i && job_o.power;

  always_ff @(posedge clk_i) begin
    if (power_i && !slow_out) slow_q <= slow_q + 1'b1;
    else if (slow_out && !power_i) slow_q <= slow_q - 1'b1;
    ready_o <= job_count <= CountW'(Depth - Reserve) && slow_q <= CountW'(SlowMax);
    if (rst_i) begin
      slow_q  <= '0;
      ready_o <= 1'b0;
    end
  end

`ifndef SYNTHESIS
  // E(J0) comes later than the job of a short piece: so many jobs may wait without any delay.
  initial if (Depth - Reserve < 32) $fatal(1, "%m: Depth %0d leaves no room to run in", Depth);

  always @(posedge clk_i) begin
    if (!rst_i && job_valid_i && !job_room) $fatal(1, "%m: job lost, a verdict will be missing");
    if (!rst_i && ej0_valid_i && !ej0_room) $fatal(1, "%m: E(J0) lost, tags will fail");
    if (!rst_i && take_i && !valid_o) $fatal(1, "%m: a job was taken that is not there");
  end
`else
  logic unused_room;
  assign unused_room = job_room ^ ej0_room;
`endif

endmodule

`default_nettype wire
