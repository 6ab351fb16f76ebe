// SPDX-License-Identifier: BSD-2-Clause
//
// Carry-less product of 128 bits and three.
//
// Contract: combinational. Six inputs an output bit, one LUT, to which keep_hierarchy holds it.

`default_nettype none

(* keep_hierarchy *)
module gf128_times3 (
  input  wire logic [127:0] a_i,
  input  wire logic [2:0]   b_i,
  output      logic [129:0] product_o
);

  assign product_o = (b_i[0] ? {2'b00, a_i} : 130'd0) ^ (b_i[1] ? {1'b0, a_i, 1'b0} : 130'd0)
                   ^ (b_i[2] ? {a_i, 2'b00} : 130'd0);

endmodule

`default_nettype wire
