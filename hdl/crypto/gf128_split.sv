// SPDX-License-Identifier: BSD-2-Clause
//
// Operand of a Karatsuba product: 128 bits, halved three times, with the sum of the halves each time.
//
// Contract: combinational and linear. The operand is a_i + c_i with Join, else a_i. Word p of words_o is
// bits [16*p +: 16]. A word of 2W bits with number n becomes three of W bits: 3n is its low half, 3n + 1
// its high half, 3n + 2 their sum; so the 27 words of a factor a, each times the same word of a factor b,
// are all that gf128_merge needs of a * b.
//
// keep_hierarchy: mapped for itself, each word is at most two LUTs behind the operands.

`default_nettype none

(* keep_hierarchy *)
module gf128_split #(
  parameter bit Join = 1'b0
) (
  input  wire logic [127:0] a_i,
  input  wire logic [127:0] c_i,
  output      logic [431:0] words_o
);

  logic [127:0] operand;
  logic [191:0] w64;
  logic [287:0] w32;

  if (Join) begin : gen_join
    assign operand = a_i ^ c_i;
  end else begin : gen_alone
    logic unused;
    assign unused  = ^c_i;
    assign operand = a_i;
  end

  assign w64 = {operand[127:64] ^ operand[63:0], operand};

  always_comb begin
    for (int n = 0; n < 3; n++) begin
      w32[96*n +: 64]      = w64[64*n +: 64];
      w32[96*n + 64 +: 32] = w64[64*n + 32 +: 32] ^ w64[64*n +: 32];
    end
  end

  always_comb begin
    for (int n = 0; n < 9; n++) begin
      words_o[48*n +: 32]      = w32[32*n +: 32];
      words_o[48*n + 32 +: 16] = w32[32*n + 16 +: 16] ^ w32[32*n +: 16];
    end
  end

endmodule

`default_nettype wire
