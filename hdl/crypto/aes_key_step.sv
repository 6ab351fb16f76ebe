// SPDX-License-Identifier: BSD-2-Clause
//
// Key expansion of stage Stage of aes_pipe (FIPS 197 section 5.2): the round key of the next stage.
//
// Contract: combinational. Of a 256-bit key, cur_i and prev_i are round keys Stage and Stage - 1, and
// next_o is Stage + 1. A 128-bit key is passed on by stages 1 to 3, because its block starts behind
// stage 4; from there on next_o is its round key Stage - 3. Both sizes share the four S-boxes.
//
// Byte order: word 0 of a round key, first byte first, is bits [127:96].

`default_nettype none

module aes_key_step #(
  parameter int Stage = 1
) (
  input  wire logic         k256_i,
  input  wire logic [127:0] prev_i,
  input  wire logic [127:0] cur_i,
  output      logic [127:0] next_o
);

  // Rcon[i] = x^(i-1) in GF(2^8). A 256-bit key uses one for every second round key.
  function automatic logic [7:0] rcon(input int i);
    case (i)
      1:       return 8'h01;
      2:       return 8'h02;
      3:       return 8'h04;
      4:       return 8'h08;
      5:       return 8'h10;
      6:       return 8'h20;
      7:       return 8'h40;
      8:       return 8'h80;
      9:       return 8'h1b;
      10:      return 8'h36;
      default: return 8'h00;
    endcase
  endfunction

  localparam bit Wait128 = Stage < 4;
  localparam bit Odd256  = (Stage % 2) == 0;  // round key Stage + 1: no Rcon, no rotation
  localparam logic [31:0] Rcon256 = Odd256 ? 32'd0 : {rcon((Stage + 1) / 2), 24'd0};

  logic [31:0] subbed, rotated, temp256;
  logic [31:0] p0, p1, p2, p3, c0, c1, c2, c3, n0, n1, n2, n3;

  assign {p0, p1, p2, p3} = prev_i;
  assign {c0, c1, c2, c3} = cur_i;

  // SubWord and RotWord commute; rotating behind the S-boxes costs nothing where only one size does.
  aes_sub_word u_sub (
    .word_i (c3),
    .word_o (subbed)
  );

  assign rotated = {subbed[23:0], subbed[31:24]};
  assign temp256 = (Odd256 ? subbed : rotated) ^ Rcon256;

  if (Wait128) begin : gen_first_pass
    assign n0 = k256_i ? p0 ^ temp256 : c0;
  end else begin : gen_first
    localparam logic [31:0] Rcon128 = {rcon(Stage - 3), 24'd0};
    assign n0 = k256_i ? p0 ^ temp256 : c0 ^ rotated ^ Rcon128;
  end

  aes_key_word #(
    .Pass (Wait128)
  ) u_word1 (
    .k256_i   (k256_i),
    .prev_i   (p1),
    .cur_i    (c1),
    .before_i (n0),
    .word_o   (n1)
  );

  aes_key_word #(
    .Pass (Wait128)
  ) u_word2 (
    .k256_i   (k256_i),
    .prev_i   (p2),
    .cur_i    (c2),
    .before_i (n1),
    .word_o   (n2)
  );

  aes_key_word #(
    .Pass (Wait128)
  ) u_word3 (
    .k256_i   (k256_i),
    .prev_i   (p3),
    .cur_i    (c3),
    .before_i (n2),
    .word_o   (n3)
  );

  assign next_o = {n0, n1, n2, n3};

endmodule

`default_nettype wire
