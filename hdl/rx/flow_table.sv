// SPDX-License-Identifier: BSD-2-Clause
//
// Flow rules in block RAM: four ways, each addressed by its own hash of the key, at most half full.
//
// Contract, lookup: key_i enters at each step_i; hit_o and flow_o are the answer three steps later and
// hold until the next step. Contract, update: up_valid_i (held until up_done_o) may only come while no
// lookup is inside; up_status_o belongs to up_done_o. ready_o = 0 while the RAM is cleared after
// reset (one cycle a bucket) and during an update: no lookup may start then.
//
// A rule that finds its four rows taken moves one resident (flow_update); with this one move a table
// that is half full refuses a rule about once in 2^16. So in practice CplFull means NumFlows rules.

`default_nettype none

module flow_table import tls_rx_pkg::*; #(
  parameter int NumFlows = 64,
  parameter int Ways     = 4
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Lookup
  input  wire logic             step_i,
  input  wire flow_key_t        key_i,
  output      logic             hit_o,
  output      logic [FlowW-1:0] flow_o,
  // Update
  input  wire logic             up_valid_i,
  input  wire rule_req_t        up_req_i,
  output      logic             up_done_o,
  output      cpl_status_e      up_status_o,
  // Status
  output      logic             ready_o,
  output      logic [15:0]      rules_o
);

  localparam int Buckets = 2 * NumFlows / Ways;
  localparam int BucketW = $clog2(Buckets);
  localparam int KeyW    = $bits(flow_key_t);
  localparam int RowW    = 1 + KeyW + FlowW;   // valid, key, flow

  logic [KeyW-1:0]           key, up_key;
  logic [Ways-1:0][RowW-1:0] row;
  logic [Ways-1:0]           match, empty, wr_way;
  logic [RowW-1:0]           wr_row;
  logic                      clearing, idle;

  assign key     = idle ? key_i : up_key;
  assign hit_o   = |match;
  assign ready_o = idle && !clearing;

  flow_ways #(
    .Buckets (Buckets),
    .Ways    (Ways)
  ) u_ways (
    .clk_i       (clk_i),
    .rst_i       (rst_i),
    .step_i      (step_i || !idle),
    .key_i       (key),
    .match_o     (match),
    .empty_o     (empty),
    .flow_o      (flow_o),
    .row_o       (row),
    .wr_way_i    (wr_way),
    .wr_row_i    (wr_row),
    .clearing_o  (clearing)
  );

  flow_update #(
    .NumFlows (NumFlows),
    .Ways     (Ways)
  ) u_update (
    .clk_i       (clk_i),
    .rst_i       (rst_i),
    .up_valid_i  (up_valid_i && !clearing),
    .up_req_i    (up_req_i),
    .up_done_o   (up_done_o),
    .up_status_o (up_status_o),
    .idle_o      (idle),
    .key_o       (up_key),
    .match_i     (match),
    .empty_i     (empty),
    .row_i       (row),
    .wr_way_o    (wr_way),
    .wr_row_o    (wr_row),
    .rules_o     (rules_o)
  );

`ifndef SYNTHESIS
  initial begin
    if (Buckets < 2 || Buckets != (1 << BucketW))
      $fatal(1, "%m: 2 * NumFlows / Ways = %0d is no power of two", Buckets);
    if (NumFlows > (1 << FlowW)) $fatal(1, "%m: flow numbers have %0d bits", FlowW);
  end
`endif

endmodule

`default_nettype wire
