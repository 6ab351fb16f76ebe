// SPDX-License-Identifier: BSD-2-Clause
//
// Contexts of all flows: static parameters and progress, one row each, in block RAM.
//
// Contract: rd_en_i, then one cycle later the row on stat_o and prog_o, kept until the next rd_en_i.
// A write is seen by a read in the next cycle. After reset every row is overwritten with zero, one
// a cycle; until ready_o no read and no write.

`default_nettype none

module flow_ctx
  import track_pkg::*;
#(
  parameter int NumFlows = 64,
  localparam int AddrW = $clog2(NumFlows)
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  output      logic             ready_o,
  // Read
  input  wire logic             rd_en_i,
  input  wire logic [AddrW-1:0] rd_flow_i,
  output ctx_static_t           stat_o,
  output ctx_progress_t         prog_o,
  // Write
  input  wire logic             wr_stat_i,
  input  wire logic             wr_prog_i,
  input  wire logic [AddrW-1:0] wr_flow_i,
  input  wire ctx_static_t      stat_i,
  input  wire ctx_progress_t    prog_i
);

  localparam int StatW = $bits(ctx_static_t);
  localparam int ProgW = $bits(ctx_progress_t);
  localparam logic [AddrW-1:0] LastRow = AddrW'(NumFlows - 1);

  logic             clear_q;
  logic [AddrW-1:0] row_q, wr_row;
  logic [StatW-1:0] stat_in, stat_out;
  logic [ProgW-1:0] prog_in, prog_out;

  assign ready_o = !clear_q;
  assign wr_row  = clear_q ? row_q : wr_flow_i;
  assign stat_in = clear_q ? '0 : stat_i;
  assign prog_in = clear_q ? '0 : prog_i;
  assign stat_o  = stat_out;
  assign prog_o  = prog_out;

  always_ff @(posedge clk_i) begin
    row_q <= row_q + 1'b1;
    if (row_q == LastRow) clear_q <= 1'b0;

    if (rst_i) begin
      clear_q <= 1'b1;
      row_q   <= '0;
    end
  end

  ram_1r1w #(
    .W     (StatW),
    .Depth (NumFlows)
  ) u_static (
    .clk_i   (clk_i),
    .we_i    (clear_q || wr_stat_i),
    .waddr_i (wr_row),
    .wdata_i (stat_in),
    .re_i    (rd_en_i),
    .raddr_i (rd_flow_i),
    .rdata_o (stat_out)
  );

  ram_1r1w #(
    .W     (ProgW),
    .Depth (NumFlows)
  ) u_progress (
    .clk_i   (clk_i),
    .we_i    (clear_q || wr_prog_i),
    .waddr_i (wr_row),
    .wdata_i (prog_in),
    .re_i    (rd_en_i),
    .raddr_i (rd_flow_i),
    .rdata_o (prog_out)
  );

endmodule

`default_nettype wire
