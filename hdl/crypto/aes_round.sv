// SPDX-License-Identifier: BSD-2-Clause
//
// One round of AES encryption (FIPS 197 section 5.1).
//
// Contract: combinational. Last = 1 leaves out MixColumns, as the last round of a key does.
//
// Byte order: byte 0 of the block (row 0, column 0 of the state) is bits [127:120], so the columns
// are the words [127:96], [95:64], [63:32], [31:0].

`default_nettype none

module aes_round #(
  parameter bit Last = 1'b0
) (
  input  wire logic [127:0] state_i,
  input  wire logic [127:0] round_key_i,
  output      logic [127:0] state_o
);

  localparam logic [127:0] Low7  = {16{8'h7f}};
  localparam logic [127:0] One   = {16{8'h01}};
  localparam logic [127:0] Upper = {4{32'hffffff00}};
  localparam logic [127:0] Lower = {4{32'h000000ff}};

  // Each byte times x in GF(2^8): shift, and subtract 0x11b where the top bit fell out.
  function automatic logic [127:0] xtime(input logic [127:0] s);
    logic [127:0] top;
    top = (s >> 7) & One;
    return ((s & Low7) << 1) ^ top ^ (top << 1) ^ (top << 3) ^ (top << 4);
  endfunction

  // Each column rotated up by one byte: row r takes the byte of row r + 1.
  function automatic logic [127:0] up(input logic [127:0] s);
    return ((s << 8) & Upper) | ((s >> 24) & Lower);
  endfunction

  // FIPS 197 section 5.1.3, row r: 2*s[r] + 3*s[r+1] + s[r+2] + s[r+3].
  function automatic logic [127:0] mix_columns(input logic [127:0] s);
    logic [127:0] next_row, pair;
    next_row = up(s);
    pair     = s ^ next_row;
    return xtime(pair) ^ next_row ^ up(up(pair));
  endfunction

  // ShiftRows and SubBytes commute: pick the bytes of each column from the columns they come from.
  logic [31:0] row_shift [0:3];
  logic [31:0] subbed    [0:3];
  logic [127:0] sub;

  for (genvar c = 0; c < 4; c++) begin : gen_column
    assign row_shift[c] = {state_i[127 - 32 * c -: 8],
                           state_i[119 - 32 * ((c + 1) % 4) -: 8],
                           state_i[111 - 32 * ((c + 2) % 4) -: 8],
                           state_i[103 - 32 * ((c + 3) % 4) -: 8]};

    aes_sub_word u_sub (
      .word_i (row_shift[c]),
      .word_o (subbed[c])
    );
  end

  assign sub     = {subbed[0], subbed[1], subbed[2], subbed[3]};
  assign state_o = round_key_i ^ (Last ? sub : mix_columns(sub));

endmodule

`default_nettype wire
