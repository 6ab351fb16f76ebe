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

  localparam logic [127:0] One     = {16{8'h01}};
  localparam logic [127:0] Touched = {16{8'h1a}};

  logic [127:0] below, pair, opposite;  // s[r+1]; s[r] + s[r+1]; s[r+2] + s[r+3]

  assign below    = ((sub_i << 8) & {4{32'hffffff00}}) | ((sub_i >> 24) & {4{32'h000000ff}});
  assign pair     = sub_i ^ below;
  assign opposite = ((pair << 16) & {4{32'hffff0000}}) | ((pair >> 16) & {4{32'h0000ffff}});
  assign top_o    = (pair >> 7) & One;
  assign column_o = (pair ^ opposite) & Touched;

endmodule

`default_nettype wire
