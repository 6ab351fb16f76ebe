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

  localparam logic [31:0] One     = {4{8'h01}};
  localparam logic [31:0] Low7    = {4{8'h7f}};
  localparam logic [31:0] Touched = {4{8'h1a}};

  logic [127:0] tops, sums;

  aes_mix_sums u_sums (
    .sub_i    (sub_i),
    .top_o    (tops),
    .column_o (sums)
  );

  for (genvar c = 0; c < 4; c++) begin : gen_column
    logic [31:0] s, below, pair, opposite, top, column, doubled, rest;

    // Rotated up by some bytes, row r takes the byte of row r + 1, 2.
    assign s        = sub_i[32*c +: 32];
    assign below    = {s[23:0], s[31:24]};
    assign pair     = s ^ below;
    assign opposite = {pair[15:0], pair[31:16]};
    assign top      = tops[32*c +: 32] & One;
    assign column   = sums[32*c +: 32];

    // 2 * (s[r] + s[r+1]): what the shift loses comes back as 0x1b.
    assign doubled  = ((pair & Low7) << 1) ^ top ^ (top << 1) ^ (top << 3) ^ (top << 4);

    // s[r+1] + s[r+2] + s[r+3], in the bits that 0x1b touches as the column's sum less s[r].
    assign rest     = ((below ^ opposite) & ~Touched) | ((s ^ column) & Touched);

    assign state_o[32*c +: 32] = doubled ^ rest ^ round_key_i[32*c +: 32];
  end

endmodule

`default_nettype wire
