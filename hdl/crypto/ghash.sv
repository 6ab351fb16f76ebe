// SPDX-License-Identifier: BSD-2-Clause
//
// GHASH of a piece of a record: Horner over its blocks, P = (P ^ X) * H, up to Lanes blocks a cycle.
//
// Contract: takes a slot every cycle and never stalls. Of a slot with hash_i the blocks first_i to
// last_i of block_i are hashed, in order; the bytes of them that are not the piece's must be zero.
// Two cycles after a slot with end_i, worth_o = P ^ add_i (the tag bytes of that slot) for one cycle
// at least; the next slot starts a new piece with P = 0. flush_i overwrites the operands, so that
// no power of H stays.
//
// m blocks in one cycle cost one multiplication a lane: block k of the group is multiplied by
// H^(last - k + 1), and P joins the first block. The products are summed before the one reduction.
// The loop from P to P is one cycle long, and all of it is in this module.
//
// Byte order: byte 0 of a block is bits [127:120] of its lane, lane l is bits [128*l +: 128];
// power_i holds H^1 in lane 0, H^2 in lane 1, and so on.

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

  // ---- Operands: one register stage, so that only the multiplication is in the loop ---------------

  localparam logic [Lanes-1:0] All = '1;

  logic                 valid_q, hash_q, end_q;
  logic [Lanes-1:0]     first_q;   // one-hot: the lane that P joins
  logic [128*Lanes-1:0] block_q, power_q;
  logic [127:0]         add_q;
  logic [Lanes-1:0]     used, first_d;
  logic [128*Lanes-1:0] power_d;

  // Lanes from first_i up, less the lanes above last_i.
  assign first_d = Lanes'(1) << first_i;
  assign used    = (All << first_i) & ~((All << 1) << last_i) & {Lanes{hash_i}};

  for (genvar l = 0; l < Lanes; l++) begin : gen_operand
    logic [LaneW-1:0] missing;  // blocks of the group behind this one

    assign missing = last_i - LaneW'(l);
    assign power_d[128*l +: 128] = used[l] ? power_i[128*missing +: 128] : 128'd0;
  end

  always_ff @(posedge clk_i) begin
    valid_q <= valid_i;
    if (valid_i || flush_i) begin
      hash_q  <= hash_i;
      end_q   <= end_i;
      first_q <= first_d;
      block_q <= block_i;
      power_q <= power_d;
      add_q   <= add_i;
    end
    if (rst_i) valid_q <= 1'b0;
  end

  // ---- The loop: P joins, multiply, sum, reduce ---------------------------------------------------

  logic [127:0] sum_q;             // P
  logic [127:0] joined [0:Lanes-1];
  logic [255*Lanes-1:0] product;
  logic [254:0] total;
  logic [127:0] reduced, sum_d;

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    assign joined[l] = block_q[128*l +: 128] ^ (first_q[l] ? sum_q : 128'd0);

    gf128_product u_product (
      .a_i       (joined[l]),
      .b_i       (power_q[128*l +: 128]),
      .product_o (product[255*l +: 255])
    );
  end

  always_comb begin
    total = '0;
    for (int l = 0; l < Lanes; l++) total = total ^ product[255*l +: 255];
  end

  gf128_reduce u_reduce (
    .product_i (total),
    .result_o  (reduced)
  );

  assign sum_d = hash_q ? reduced : sum_q;

  always_ff @(posedge clk_i) begin
    if (valid_q) begin
      sum_q <= end_q ? 128'd0 : sum_d;
      if (end_q) worth_o <= sum_d ^ add_q;
    end
    if (rst_i) sum_q <= '0;
  end

endmodule

`default_nettype wire
