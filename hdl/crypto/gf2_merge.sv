// SPDX-License-Identifier: BSD-2-Clause
//
// Last part of one Karatsuba step over GF(2): the product of two 2W-bit factors from three products of W.
//
// Contract: combinational and linear, so sums of products may be merged once. low_i is the product of the
// low halves, high_i of the high halves, mid_i of the sums of the halves.
//
// keep_hierarchy: merged step by step, a product takes a third of the XORs that it takes in one.

`default_nettype none

(* keep_hierarchy *)
module gf2_merge #(
  parameter int W = 16
) (
  input  wire logic [2*W-2:0] low_i,
  input  wire logic [2*W-2:0] high_i,
  input  wire logic [2*W-2:0] mid_i,
  output      logic [4*W-2:0] product_o
);

  localparam logic [W-1:0] Zero = '0;

  assign product_o = {high_i, 1'b0, low_i} ^ {1'b0, Zero[W-2:0], low_i ^ high_i ^ mid_i, Zero};

endmodule

`default_nettype wire
