// SPDX-License-Identifier: BSD-2-Clause
//
// GHASH of a piece of a record: Horner over its blocks, P = (P ^ X) * H, up to Lanes blocks a cycle.
//
// Contract: takes a slot every cycle and never stalls. Of a slot with hash_i the blocks first_i to
// last_i of block_i are hashed, in order; the bytes of them that are not the piece's must be zero.
// HashLatency = 4 cycles after a slot with end_i, worth_o = P ^ add_i (the tag bytes of that slot), until
// the next one; the next slot starts a new piece with P = 0. A cycle of flush_i, without slots, passes
// power_i through all operands, so that no power of H stays.
//
// The blocks X1 .. Xk of a slot make P = (P ^ X1) * H^k + F, F = X2 * H^(k-1) + .. + Xk * H + add. Only the
// first product depends on P: it is the loop, one cycle long, all of it in this module. The others are
// pipelined (ghash_ahead). A slot without blocks has k = 0: P is multiplied by H^0 = 1.
//
// Byte order: byte 0 of a block is bits [127:120] of its lane, lane l is bits [128*l +: 128];
// power_i holds H^1 in lane 0, H^2 in lane 1, and so on. One is bit 127.

`default_nettype none

module ghash #(
  parameter int Lanes = 1,
  localparam int LaneW = (Lanes > 1) ? $clog2(Lanes) : 1
) (
  // Clock, reset
  input  wire logic                 clk_i,
  input  wire logic                 rst_i,
  // Slot in
  input  wire logic                 valid_i,
  input  wire logic                 hash_i,
  input  wire logic [LaneW-1:0]     first_i,
  input  wire logic [LaneW-1:0]     last_i,
  input  wire logic [128*Lanes-1:0] block_i,
  input  wire logic [128*Lanes-1:0] power_i,
  input  wire logic [127:0]         add_i,
  input  wire logic                 end_i,
  input  wire logic                 flush_i,
  // Worth of a piece out
  output      logic [127:0]         worth_o
);

  localparam logic [127:0] One = {1'b1, 127'd0};

  // ---- Operands of the loop wait as long as F takes -------------------------------------------------

  logic [LaneW-1:0] behind;    // blocks of the slot behind its first
  logic [2:0]       valid_q, end_q;
  logic [1:0]       move_q;
  logic [127:0]     block_q, block_q2, block_q3;
  logic [127:0]     power_q, power_q2, power_q3;
  logic [127:0]     rest;      // F

  assign behind = last_i - first_i;

  always_ff @(posedge clk_i) begin
    valid_q <= {valid_q[1:0], valid_i};
    move_q  <= {move_q[0], valid_i || flush_i};
    end_q   <= {end_q[1:0], end_i};
    if (valid_i || flush_i) begin
      block_q <= hash_i ? block_i[128*first_i +: 128] : 128'd0;
      power_q <= hash_i ? power_i[128*behind +: 128] : One;
    end
    if (move_q[0]) begin
      block_q2 <= block_q;
      power_q2 <= power_q;
    end
    if (move_q[1]) begin
      block_q3 <= block_q2;
      power_q3 <= power_q2;
    end
    if (rst_i) begin
      valid_q <= '0;
      move_q  <= '0;
    end
  end

  ghash_ahead #(
    .Lanes (Lanes)
  ) u_ahead (
    .clk_i   (clk_i),
    .load_i  (valid_i || flush_i),
    .move_i  (move_q),
    .hash_i  (hash_i),
    .last_i  (last_i),
    .count_i (behind),
    .block_i (block_i),
    .power_i (power_i),
    .add_i   (add_i),
    .rest_o  (rest)
  );

  // ---- The loop: P joins, multiply, add F -----------------------------------------------------------

  logic [127:0] sum_q;         // P
  logic [127:0] reduced, sum_d;
  logic [836:0] words;
  logic [254:0] product;

  gf128_words #(
    .Join (1'b1)
  ) u_words (
    .a_i     (block_q3),
    .c_i     (sum_q),
    .b_i     (power_q3),
    .words_o (words)
  );

  gf128_merge u_merge (
    .words_i   (words),
    .product_o (product)
  );

  gf128_reduce u_reduce (
    .product_i (product),
    .result_o  (reduced)
  );

  assign sum_d = reduced ^ rest;

  always_ff @(posedge clk_i) begin
    if (valid_q[2]) begin
      sum_q <= sum_d;
      if (end_q[2]) worth_o <= sum_d;
    end
    if (rst_i || (valid_q[2] && end_q[2])) sum_q <= '0;
  end

endmodule

`default_nettype wire
