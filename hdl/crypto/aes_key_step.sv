// SPDX-License-Identifier: BSD-2-Clause
//
// One step of the AES key expansion (FIPS 197 section 5.2): the next round key from the two last.
//
// Contract: combinational. Rkey is the number of the round key that is made. A 128-bit key needs
// only cur_i (round key Rkey - 1); a 256-bit key needs prev_i too, and its round keys 0 and 1 are the
// key itself. Both sizes share the four S-boxes. Results behind the last round key of a size
// (10 and 14) mean nothing.
//
// Byte order: word 0 of a round key, first byte first, is bits [127:96].

`default_nettype none

module aes_key_step #(
  parameter int Rkey = 1
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

  localparam bit Odd256 = (Rkey % 2) == 1;
  localparam logic [31:0] Rcon128 = {rcon(Rkey), 24'd0};
  localparam logic [31:0] Rcon256 = Odd256 ? 32'd0 : {rcon(Rkey / 2), 24'd0};

  logic [31:0]  last, sub_in, sub_out, temp;
  logic [31:0]  b0, b1, b2, b3, n0, n1, n2, n3;
  logic         rotate;

  assign last   = cur_i[31:0];
  assign rotate = !(k256_i && Odd256);
  assign sub_in = rotate ? {last[23:0], last[31:24]} : last;

  aes_sub_word u_sub (
    .word_i (sub_in),
    .word_o (sub_out)
  );

  // The new words chain on the words one key length back.
  assign {b0, b1, b2, b3} = k256_i ? prev_i : cur_i;
  assign temp   = sub_out ^ (k256_i ? Rcon256 : Rcon128);
  assign n0     = b0 ^ temp;
  assign n1     = b1 ^ n0;
  assign n2     = b2 ^ n1;
  assign n3     = b3 ^ n2;
  assign next_o = {n0, n1, n2, n3};

endmodule

`default_nettype wire
