// SPDX-License-Identifier: BSD-2-Clause
//
// Product of two elements of GCM's field GF(2^128).
//
// Contract: combinational. Bit 127 is the coefficient of x^0, which is the first bit of a block
// (SP 800-38D section 6.3): the block 80 00 .. 00 is the element 1.

`default_nettype none

module gf128_mul (
  input  wire logic [127:0] a_i,
  input  wire logic [127:0] b_i,
  output      logic [127:0] result_o
);

  logic [254:0] product;

  gf128_product u_product (
    .a_i       (a_i),
    .b_i       (b_i),
    .product_o (product)
  );

  gf128_reduce u_reduce (
    .product_i (product),
    .result_o  (result_o)
  );

endmodule

`default_nettype wire
