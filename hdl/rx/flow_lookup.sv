// SPDX-License-Identifier: BSD-2-Clause
//
// Gives each header the flow (context) number of the rule that its 5-tuple and VLAN match.
//
// Contract: headers leave in order, changed only in meta.flow_valid and meta.flow; one a cycle,
// latency three cycles. Headers with lookup = 0, and all that enter while enable_i = 0, match nothing.
// pause_i = 1: takes no new header. idle_o: no header inside and the table is cleared after reset.
// An update waits until no header is inside; no header is taken while it runs.

`default_nettype none

module flow_lookup import tls_rx_pkg::*; #(
  parameter int NumFlows = 64
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Headers in
  input  wire logic             hdr_valid_i,
  output      logic             hdr_ready_o,
  input  wire pkt_hdr_t         hdr_i,
  // Headers out
  output      logic             hdr_valid_o,
  input  wire logic             hdr_ready_i,
  output      pkt_hdr_t         hdr_o,
  // Control
  input  wire logic             enable_i,
  input  wire logic             pause_i,
  output      logic             idle_o,
  // Updates
  input  wire logic             up_valid_i,   // held until done
  input  wire rule_req_t        up_req_i,
  output      logic             up_done_o,
  output      cpl_status_e      up_status_o,
  // Statistics
  output      logic [15:0]      rules_o
);

  localparam int Stages = 3;   // of flow_table

  logic [Stages-1:0] valid_q, wanted_q;   // wanted: a match would count
  pkt_hdr_t          hdr_q, hdr_q2, hdr_q3;
  logic              step, empty, table_ready, started_q, hit, matched;
  logic [FlowW-1:0]  flow, flow_out;

  // The whole pipeline moves, or none of it.
  assign step        = !valid_q[Stages-1] || hdr_ready_i;
  assign empty       = (valid_q == '0);
  assign hdr_ready_o = step && table_ready && !pause_i && !up_valid_i;
  assign hdr_valid_o = valid_q[Stages-1];
  assign idle_o      = empty && started_q;

  flow_table #(
    .NumFlows (NumFlows)
  ) u_table (
    .clk_i       (clk_i),
    .rst_i       (rst_i),
    .step_i      (step),
    .key_i       (hdr_i.key),
    .hit_o       (hit),
    .flow_o      (flow),
    .up_valid_i  (up_valid_i && empty),
    .up_req_i    (up_req_i),
    .up_done_o   (up_done_o),
    .up_status_o (up_status_o),
    .ready_o     (table_ready),
    .rules_o     (rules_o)
  );

  always_ff @(posedge clk_i) begin
    if (step) begin
      hdr_q    <= hdr_i;
      hdr_q2   <= hdr_q;
      hdr_q3   <= hdr_q2;
      wanted_q <= {wanted_q[Stages-2:0], hdr_i.lookup && enable_i};
      valid_q  <= {valid_q[Stages-2:0], hdr_valid_i && hdr_ready_o};
    end
    if (table_ready) started_q <= 1'b1;

    if (rst_i) begin
      valid_q   <= '0;
      started_q <= 1'b0;
    end
  end

  assign matched  = hit && wanted_q[Stages-1];
  assign flow_out = matched ? flow : '0;

  always_comb begin
    hdr_o                 = hdr_q3;
    hdr_o.meta.flow_valid = matched;
    hdr_o.meta.flow       = flow_out;
  end

endmodule

`default_nettype wire
