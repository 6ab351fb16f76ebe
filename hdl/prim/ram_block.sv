// SPDX-License-Identifier: BSD-2-Clause
//
// Simple dual-port RAM that is always made of block RAM: for wide words, of which LUTs would hold 64 each.
//
// Contract: as ram_1r1w. rdata_o shows the addressed row one cycle after re_i and keeps it until the
// next re_i. A read in the cycle in which the same row is written gives the old row. Neither the rows
// nor rdata_o are reset.
//
// A module of its own because the attribute must be a literal: tools do not agree on one with a parameter.

`default_nettype none

module ram_block #(
  parameter int W     = 32,
  parameter int Depth = 64,
  localparam int AddrW = $clog2(Depth)
) (
  // Clock
  input  wire logic             clk_i,
  // Write port
  input  wire logic             we_i,
  input  wire logic [AddrW-1:0] waddr_i,
  input  wire logic [W-1:0]     wdata_i,
  // Read port
  input  wire logic             re_i,
  input  wire logic [AddrW-1:0] raddr_i,
  output      logic [W-1:0]     rdata_o
);

  (* ram_style = "block" *)
  logic [W-1:0] mem [0:Depth-1];

  always_ff @(posedge clk_i) begin
    if (we_i) mem[waddr_i] <= wdata_i;
    if (re_i) rdata_o <= mem[raddr_i];
  end

`ifndef SYNTHESIS
  initial if (Depth < 2) $fatal(1, "%m: Depth %0d is less than 2", Depth);
`endif

endmodule

`default_nettype wire
