// SPDX-License-Identifier: BSD-2-Clause
//
// Carry-less product of two 128-bit polynomials over GF(2), not put together: its 27 word products.
//
// Contract: combinational. With Join the first factor is a_i + c_i, else a_i. gf128_merge makes of words_o the 255 bits of which bit k is the XOR of all
// a[i] & b[j] with i + j = k, gf128_reduce of these the element of the field. Both are linear, so
// sums of products are merged and reduced once.
//
// Three steps of Karatsuba, from 128 to 16 bits, where the schoolbook product is smaller.

`default_nettype none

module gf128_product #(
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
