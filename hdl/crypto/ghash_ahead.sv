// SPDX-License-Identifier: BSD-2-Clause
//
// What GHASH can make of a slot ahead of its loop: F = X2 * H^(k-1) + .. + Xk * H + add.
//
// Contract: a slot is taken with load_i; hash_i: it has blocks, count_i of them behind its first, the last
// in lane last_i. rest_o is its F three cycles later, if move_i[0] comes in the cycle after load_i and
// move_i[1] in the next; it holds until the next slot's. Power H^u always meets the block u - 1 from the last.
//
// Orders as in ghash.

`default_nettype none

module ghash_ahead #(
  parameter int Lanes = 1,
  localparam int LaneW = (Lanes > 1) ? $clog2(Lanes) : 1
) (
  // Clock
  input  wire logic                 clk_i,
  // Slot in
  input  wire logic                 load_i,
  input  wire logic [1:0]           move_i,
  input  wire logic                 hash_i,
  input  wire logic [LaneW-1:0]     last_i,
  input  wire logic [LaneW-1:0]     count_i,
  input  wire logic [128*Lanes-1:0] block_i,
  input  wire logic [128*Lanes-1:0] power_i,
  input  wire logic [127:0]         add_i,
  // F out
  output      logic [127:0]         rest_o
);

  logic [127:0] add_q, add_q2;

  always_ff @(posedge clk_i) begin
    if (load_i) add_q <= add_i;
    if (move_i[0]) add_q2 <= add_q;
  end

  if (Lanes == 1) begin : gen_one
    logic unused;
    assign unused = ^{hash_i, last_i, count_i, block_i, power_i};

    always_ff @(posedge clk_i) begin
      if (move_i[1]) rest_o <= add_q2;
    end
  end else begin : gen_more
    localparam int Units = Lanes - 1;

    logic [837*Units-1:0] words;
    logic [836:0]         total, total_q;
    logic [254:0]         product;
    logic [127:0]         reduced;
    logic                 unused;

    assign unused = ^power_i[128*Units +: 128];  // that of the loop

    for (genvar u = 0; u < Units; u++) begin : gen_unit
      logic [LaneW-1:0] lane;
      logic [127:0]     block_q, power_q;

      assign lane = last_i - LaneW'(u);

      always_ff @(posedge clk_i) begin
        if (load_i) begin
          block_q <= (hash_i && count_i > LaneW'(u)) ? block_i[128*lane +: 128] : 128'd0;
          power_q <= power_i[128*u +: 128];
        end
      end

      gf128_words u_words (
        .a_i     (block_q),
        .c_i     (128'd0),
        .b_i     (power_q),
        .words_o (words[837*u +: 837])
      );
    end

    always_comb begin
      total = '0;
      for (int u = 0; u < Units; u++) total = total ^ words[837*u +: 837];
    end

    gf128_merge u_merge (
      .words_i   (total_q),
      .product_o (product)
    );

    gf128_reduce u_reduce (
      .product_i (product),
      .result_o  (reduced)
    );

    always_ff @(posedge clk_i) begin
      if (move_i[0]) total_q <= total;
      if (move_i[1]) rest_o  <= reduced ^ add_q2;
    end
  end

endmodule

`default_nettype wire
