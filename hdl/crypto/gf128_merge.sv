// SPDX-License-Identifier: BSD-2-Clause
//
// Result of a Karatsuba product: 255 bits from the 27 products of gf128_split's words.
//
// Contract: combinational and linear, so sums of products may be merged once. Word product p is
// bits [31*p +: 31] of words_i. Undoes the three steps of gf128_split, the last one first.

`default_nettype none

module gf128_merge (
  input  wire logic [836:0] words_i,
  output      logic [254:0] product_o
);

  logic [9*63-1:0]  p32;
  logic [3*127-1:0] p64;

  for (genvar n = 0; n < 9; n++) begin : gen_32
    gf2_merge #(
      .W (16)
    ) u_merge (
      .low_i     (words_i[93*n +: 31]),
      .high_i    (words_i[93*n + 31 +: 31]),
      .mid_i     (words_i[93*n + 62 +: 31]),
      .product_o (p32[63*n +: 63])
    );
  end

  for (genvar n = 0; n < 3; n++) begin : gen_64
    gf2_merge #(
      .W (32)
    ) u_merge (
      .low_i     (p32[189*n +: 63]),
      .high_i    (p32[189*n + 63 +: 63]),
      .mid_i     (p32[189*n + 126 +: 63]),
      .product_o (p64[127*n +: 127])
    );
  end

  gf2_merge #(
    .W (64)
  ) u_merge (
    .low_i     (p64[126:0]),
    .high_i    (p64[253:127]),
    .mid_i     (p64[380:254]),
    .product_o (product_o)
  );

endmodule

`default_nettype wire
