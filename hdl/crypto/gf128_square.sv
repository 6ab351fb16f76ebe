// SPDX-License-Identifier: BSD-2-Clause
//
// Square of an element of GCM's field GF(2^128): linear, so it costs only the reduction.
//
// Contract: combinational. Bit order as in gf128_mul.

`default_nettype none

module gf128_square (
  input  wire logic [127:0] a_i,
  output      logic [127:0] result_o
);

  logic [254:0] product;

  // Over GF(2) all mixed terms of a square cancel: bit i goes to bit 2*i.
  always_comb begin
    product = '0;
    for (int i = 0; i < 128; i++) product[2*i] = a_i[i];
  end

  gf128_reduce u_reduce (
    .product_i (product),
    .result_o  (result_o)
  );

endmodule

`default_nettype wire
