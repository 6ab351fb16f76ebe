// SPDX-License-Identifier: BSD-2-Clause
//
// Operand of a Karatsuba product: 128 bits, halved three times, with the sum of the halves each time.
//
// Contract: combinational and linear. Word p of words_o is bits [16*p +: 16]. A word of 2W bits with
// number n becomes three of W bits: 3n is its low half, 3n + 1 its high half, 3n + 2 their sum; so the
// 27 words of a factor a, each times the same word of a factor b, are all that gf128_merge needs of a * b.

`default_nettype none

module gf128_split (
  input  wire logic [127:0] a_i,
  output      logic [431:0] words_o
);

  logic [191:0] w64;
  logic [287:0] w32;

  assign w64 = {a_i[127:64] ^ a_i[63:0], a_i};

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
