// SPDX-License-Identifier: BSD-2-Clause
//
// First step of splitting a factor for a Karatsuba product: its two halves and their sum.
//
// Contract: combinational. The factor is a_i + c_i with Join, else a_i. Word n of words_o is bits
// [64*n +: 64]: 0 is the low half, 1 the high half, 2 their sum.
//
// keep_hierarchy: one LUT a bit, c_i included. So a factor that is joined is split as fast as one that
// is not.

`default_nettype none

(* keep_hierarchy *)
module gf128_halves #(
  parameter bit Join = 1'b0
) (
  input  wire logic [127:0] a_i,
  input  wire logic [127:0] c_i,
  output      logic [191:0] words_o
);

  logic [127:0] factor;

  if (Join) begin : gen_join
    assign factor = a_i ^ c_i;
  end else begin : gen_alone
    logic unused;
    assign unused = ^c_i;
    assign factor = a_i;
  end

  assign words_o = {factor[127:64] ^ factor[63:0], factor};

endmodule

`default_nettype wire
