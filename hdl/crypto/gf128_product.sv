// SPDX-License-Identifier: BSD-2-Clause
//
// Carry-less product of two 128-bit polynomials over GF(2), not reduced: 255 bits.
//
// Contract: combinational. Bit k of product_o is the XOR of all a[i] & b[j] with i + j = k. For GCM,
// where bit 127 is the coefficient of x^0, product bit 254 is x^0 and bit 0 is x^254.
//
// ghash has the same two parts, but sums between them.

`default_nettype none

module gf128_product (
  input  wire logic [127:0] a_i,
  input  wire logic [127:0] b_i,
  output      logic [254:0] product_o
);

  logic [836:0] words;

  gf128_words u_words (
    .a_i     (a_i),
    .c_i     (128'd0),
    .b_i     (b_i),
    .words_o (words)
  );

  gf128_merge u_merge (
    .words_i   (words),
    .product_o (product_o)
  );

endmodule

`default_nettype wire
