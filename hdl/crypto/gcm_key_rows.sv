// SPDX-License-Identifier: BSD-2-Clause
//
// Rows of the key store: of each key the key itself, its size and the powers H^1 .. H^Lanes.
//
// Contract: re_i reads a row every cycle; k256_o, key_o and power_o show it two cycles later and hold until
// the next read. sum_re_i reads H alone, one cycle later, for the sum unit. key_we_i and power_we_i write
// one half of row_i each; a read in the same cycle gives the old row.
//
// Orders as in gcm_keys.

`default_nettype none

module gcm_key_rows #(
  parameter int NumKeys = 64,
  parameter int Lanes   = 1,
  localparam int KeyW   = $clog2(NumKeys)
) (
  // Clock, reset
  input  wire logic                 clk_i,
  input  wire logic                 rst_i,
  // Write
  input  wire logic [KeyW-1:0]      row_i,
  input  wire logic                 key_we_i,
  input  wire logic                 k256_i,
  input  wire logic [255:0]         key_i,
  input  wire logic                 power_we_i,
  input  wire logic [128*Lanes-1:0] power_i,
  // Read for a slot
  input  wire logic                 re_i,
  input  wire logic [KeyW-1:0]      idx_i,
  output      logic                 k256_o,
  output      logic [255:0]         key_o,
  output      logic [128*Lanes-1:0] power_o,
  // Read for the sum unit
  input  wire logic                 sum_re_i,
  input  wire logic [KeyW-1:0]      sum_idx_i,
  output      logic [127:0]         sum_h_o
);

  logic                 re_q;
  logic [256:0]         key_row;
  logic [128*Lanes-1:0] power_row;

  ram_block #(
    .W     (257),
    .Depth (NumKeys)
  ) u_key_ram (
    .clk_i   (clk_i),
    .we_i    (key_we_i),
    .waddr_i (row_i),
    .wdata_i ({k256_i, key_i}),
    .re_i    (re_i),
    .raddr_i (idx_i),
    .rdata_o (key_row)
  );

  ram_block #(
    .W     (128 * Lanes),
    .Depth (NumKeys)
  ) u_power_ram (
    .clk_i   (clk_i),
    .we_i    (power_we_i),
    .waddr_i (row_i),
    .wdata_i (power_i),
    .re_i    (re_i),
    .raddr_i (idx_i),
    .rdata_o (power_row)
  );

  ram_block #(
    .W     (128),
    .Depth (NumKeys)
  ) u_sum_ram (
    .clk_i   (clk_i),
    .we_i    (power_we_i),
    .waddr_i (row_i),
    .wdata_i (power_i[127:0]),
    .re_i    (sum_re_i),
    .raddr_i (sum_idx_i),
    .rdata_o (sum_h_o)
  );

  // A second register, so that the S-boxes of the first key step do not sit behind a block RAM.
  always_ff @(posedge clk_i) begin
    re_q <= re_i;
    if (re_q) begin
      {k256_o, key_o} <= key_row;
      power_o         <= power_row;
    end
    if (rst_i) re_q <= 1'b0;
  end

`ifndef SYNTHESIS
  initial if (NumKeys < 2) $fatal(1, "%m: NumKeys %0d", NumKeys);
`endif

endmodule

`default_nettype wire
