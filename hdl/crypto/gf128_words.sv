// SPDX-License-Identifier: BSD-2-Clause
//
// Carry-less products of the 27 words of two 128-bit factors: all of their product that is not linear.
//
// Contract: combinational. The first factor is a_i + c_i with Join, else a_i. gf128_merge makes of words_o
// the product of the factors, 255 bits, gf128_reduce of that the element of GCM's field. Both are
// linear, so sums of products are summed as words, then merged and reduced once.
//
// Three steps of Karatsuba, from 128 to 16 bits: 27 products of 16 bits instead of 64. One step more
// saves nothing: a product of 8 bits is so small that the sums around it cost as much.

`default_nettype none

module gf128_words #(
  parameter bit Join = 1'b0
) (
  input  wire logic [127:0] a_i,
  input  wire logic [127:0] c_i,
  input  wire logic [127:0] b_i,
  output      logic [836:0] words_o
);

  logic [191:0]  a_halves, b_halves;
  logic [431:0]  a, b;
  logic [2456:0] rows;

  gf128_halves #(
    .Join (Join)
  ) u_halves_a (
    .a_i     (a_i),
    .c_i     (c_i),
    .words_o (a_halves)
  );

  gf128_halves u_halves_b (
    .a_i     (b_i),
    .c_i     (128'd0),
    .words_o (b_halves)
  );

  gf128_split u_split_a (
    .halves_i (a_halves),
    .words_o  (a)
  );

  gf128_split u_split_b (
    .halves_i (b_halves),
    .words_o  (b)
  );

  gf128_rows u_rows (
    .a_i    (a),
    .b_i    (b),
    .rows_o (rows)
  );

  gf128_columns u_columns (
    .a_i        (a),
    .b_i        (b),
    .rows_i     (rows),
    .products_o (words_o)
  );

endmodule

`default_nettype wire
