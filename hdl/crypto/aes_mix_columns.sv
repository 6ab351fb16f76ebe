// SPDX-License-Identifier: BSD-2-Clause
//
// MixColumns and AddRoundKey of AES (FIPS 197 sections 5.1.3 and 5.1.4).
//
// Contract: combinational. Row r of a column becomes 2*s[r] + 3*s[r+1] + s[r+2] + s[r+3], plus the round
// key. Byte order as in aes_round. One LUT a bit, behind those of aes_mix_sums.

`default_nettype none

module aes_mix_columns (
  input  wire logic [127:0] sub_i,
  input  wire logic [127:0] round_key_i,
  output      logic [127:0] state_o
);

  localparam logic [127:0] One     = {16{8'h01}};
  localparam logic [127:0] Low7    = {16{8'h7f}};
  localparam logic [127:0] Touched = {16{8'h1a}};

  // Each column rotated up by some bytes: row r takes the byte of row r + 1, 2.
  function automatic logic [127:0] up1(input logic [127:0] s);
    return ((s << 8) & {4{32'hffffff00}}) | ((s >> 24) & {4{32'h000000ff}});
  endfunction

  function automatic logic [127:0] up2(input logic [127:0] s);
    return ((s << 16) & {4{32'hffff0000}}) | ((s >> 16) & {4{32'h0000ffff}});
  endfunction

  function automatic logic [127:0] times_1b(input logic [127:0] bit0);
    return bit0 ^ (bit0 << 1) ^ (bit0 << 3) ^ (bit0 << 4);
  endfunction

  logic [127:0] below, pair, top, column, doubled, rest;

  assign below = up1(sub_i);
  assign pair  = sub_i ^ below;

  aes_mix_sums u_sums (
    .sub_i    (sub_i),
    .top_o    (top),
    .column_o (column)
  );

  // 2 * (s[r] + s[r+1]): what the shift loses comes back as 0x1b.
  assign doubled = ((pair & Low7) << 1) ^ times_1b(top & One);

  // s[r+1] + s[r+2] + s[r+3], in the bits that 0x1b touches as the column's sum less s[r].
  assign rest    = ((below ^ up2(pair)) & ~Touched) | ((sub_i ^ column) & Touched);
  assign state_o = doubled ^ rest ^ round_key_i;

endmodule

`default_nettype wire
