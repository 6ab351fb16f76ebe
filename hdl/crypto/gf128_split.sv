// SPDX-License-Identifier: BSD-2-Clause
//
// Splits a factor of a Karatsuba product further: from the 64-bit words of gf128_halves to 16 bits.
//
// Contract: combinational and linear. Word p of words_o is bits [16*p +: 16]. A word of 2W bits with number
// n becomes three of W bits: 3n is its low half, 3n + 1 its high half, 3n + 2 their sum; so the 27 words
// of a factor a, each times the same word of a factor b, are all that gf128_merge needs of a * b.
//
// keep_hierarchy: mapped for itself it is one LUT a bit.

`default_nettype none

(* keep_hierarchy *)
module gf128_split (
  input  wire logic [191:0] halves_i,
  output      logic [431:0] words_o
);

  function automatic logic [431:0] split(input logic [191:0] halves);
    logic [287:0] w32;
    for (int n = 0; n < 3; n++) begin
      w32[96*n +: 64]      = halves[64*n +: 64];
      w32[96*n + 64 +: 32] = halves[64*n + 32 +: 32] ^ halves[64*n +: 32];
    end
    for (int n = 0; n < 9; n++) begin
      split[48*n +: 32]      = w32[32*n +: 32];
      split[48*n + 32 +: 16] = w32[32*n + 16 +: 16] ^ w32[32*n +: 16];
    end
  endfunction

  assign words_o = split(halves_i);

endmodule

`default_nettype wire
