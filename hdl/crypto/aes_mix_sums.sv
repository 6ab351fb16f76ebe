// SPDX-License-Identifier: BSD-2-Clause
//
// Sums that several bits of MixColumns (FIPS 197 section 5.1.3) need, for all columns of a state.
//
// Contract: combinational. top_o, in bit 0 of each byte: the top bit of the byte plus that of the row below,
// which falls out when their sum is doubled. column_o, in bits 1, 3 and 4 of each byte: the sum of all
// four rows. All other bits mean nothing. Byte order as in aes_round.
//
// The bits that 0x1b touches have eight inputs with the round key. With these sums they have six, one LUT;
// keep_hierarchy keeps the sums from being made anew for each.

`default_nettype none

(* keep_hierarchy *)
module aes_mix_sums (
  input  wire logic [127:0] sub_i,
  output      logic [127:0] top_o,
  output      logic [127:0] column_o
);

  localparam logic [31:0] One     = {4{8'h01}};
  localparam logic [31:0] Touched = {4{8'h1a}};

  for (genvar c = 0; c < 4; c++) begin : gen_column
    logic [31:0] s, below, pair, opposite;  // s[r]; s[r+1]; s[r] + s[r+1]; s[r+2] + s[r+3]

    assign s        = sub_i[32*c +: 32];
    assign below    = {s[23:0], s[31:24]};
    assign pair     = s ^ below;
    assign opposite = {pair[15:0], pair[31:16]};

    assign top_o[32*c +: 32]    = (pair >> 7) & One;
    assign column_o[32*c +: 32] = (pair ^ opposite) & Touched;
  end

endmodule

`default_nettype wire
