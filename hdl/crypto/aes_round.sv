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

  assign sub = {subbed[0], subbed[1], subbed[2], subbed[3]};

  if (Last) begin : gen_last
    assign state_o = sub ^ round_key_i;
  end else begin : gen_mix
    aes_mix_columns u_mix (
      .sub_i       (sub),
      .round_key_i (round_key_i),
      .state_o     (state_o)
    );
  end

endmodule

`default_nettype wire
