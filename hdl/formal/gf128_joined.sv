// SPDX-License-Identifier: BSD-2-Clause
//
// The carry-less product as GHASH's loop uses it, put together again: (a + c) * b in 255 bits.

`default_nettype none

module gf128_joined (
  input  wire logic [127:0] a_i,
  input  wire logic [127:0] c_i,
  input  wire logic [127:0] b_i,
  output      logic [254:0] product_o
);

  logic [836:0] words;

  gf128_words #(
    .Join (1'b1)
  ) u_words (
    .a_i     (a_i),
    .c_i     (c_i),
    .b_i     (b_i),
    .words_o (words)
  );

  gf128_merge u_merge (
    .words_i   (words),
    .product_o (product_o)
  );

endmodule

`default_nettype wire
