// SPDX-License-Identifier: BSD-2-Clause
//
// Sums of the records under way, one for each context: adds a piece's worth, checks, gives verdicts.
//
// Contract: takes a job every cycle (take_i); of a job with `piece`, part_i is added to the sum of its
// context, which starts from zero with `first` and must be zero with `check`. One cycle later the sum is
// written, two cycles later verdict_valid_o, one for each job with pkt_end, in order; ok = every check
// since the verdict before found its sum zero. Neighbours may be of one context: the sum is forwarded.
// wipe_i overwrites the sum of a context, while no job is inside. busy_o: a job or verdict is inside.

`default_nettype none

module gcm_judge
  import gcm_pkg::*;
#(
  parameter int NumFlows = 64,
  localparam int SumW    = $clog2(NumFlows)
) (
  // Clock, reset
  input  wire logic            clk_i,
  input  wire logic            rst_i,
  // Job in
  input  wire logic            take_i,
  input  wire gcm_job_t        job_i,
  input  wire logic [127:0]    part_i,
  // Wiping
  input  wire logic            wipe_i,
  input  wire logic [SumW-1:0] wipe_flow_i,
  // Verdict out
  output      logic            verdict_valid_o,
  output      logic            verdict_ok_o,
  // Status
  output      logic            busy_o
);

  logic            valid_q, piece_q, first_q, check_q, pkt_end_q, same_q, failed_q;
  logic [SumW-1:0] flow, flow_q;
  logic [127:0]    part_q, last_q;   // what to add; the sum written last
  logic [127:0]    row, old_sum, new_sum;
  logic            add, failed;
  logic            row_we;
  logic [SumW-1:0] row_waddr;

  assign flow      = job_i.flow[SumW-1:0];
  assign add       = valid_q && piece_q;
  assign old_sum   = same_q ? last_q : row;
  assign new_sum   = (first_q ? 128'd0 : old_sum) ^ part_q;
  assign failed    = failed_q || (piece_q && check_q && new_sum != '0);
  assign row_we    = add || wipe_i;
  assign row_waddr = wipe_i ? wipe_flow_i : flow_q;
  assign busy_o    = valid_q || verdict_valid_o;

  ram_block #(
    .W     (128),
    .Depth (NumFlows)
  ) u_sum_ram (
    .clk_i   (clk_i),
    .we_i    (row_we),
    .waddr_i (row_waddr),
    .wdata_i (wipe_i ? 128'd0 : new_sum),
    .re_i    (take_i),
    .raddr_i (flow),
    .rdata_o (row)
  );

  always_ff @(posedge clk_i) begin
    valid_q <= take_i;
    if (take_i) begin
      piece_q   <= job_i.piece;
      first_q   <= job_i.first;
      check_q   <= job_i.check;
      pkt_end_q <= job_i.pkt_end;
      flow_q    <= flow;
      part_q    <= part_i;
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

`ifndef SYNTHESIS
  initial if (NumFlows < 2) $fatal(1, "%m: NumFlows %0d", NumFlows);

  always @(posedge clk_i) begin
    if (!rst_i && take_i && (job_i.flow >> SumW) != '0) $fatal(1, "%m: no such context");
    if (!rst_i && wipe_i && busy_o) $fatal(1, "%m: a sum is wiped while another may be written");
  end
`endif

endmodule

`default_nettype wire
