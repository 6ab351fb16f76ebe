// SPDX-License-Identifier: BSD-2-Clause
//
// Makes a piece of what the walk takes in one step: its place in the record, nonce and AAD; or a move.
//
// Contract: combinational. left_i counts the record's bytes from the position on, remain_i the payload's; the
// piece has those that are in both. For a move (crypto_i = 0) only last and pos count: pos is the
// byte behind it, where behind_i bytes are left.

`default_nettype none

module piece_form
  import tls_rx_pkg::*;
  import track_pkg::*;
(
  // Record
  input  wire logic         tls13_i,
  input  wire logic [95:0]  iv_i,
  input  wire logic [63:0]  number_i,
  input  wire logic [103:0] hdr_i,      // header and explicit nonce, first byte in [7:0]
  input  wire logic [14:0]  rec_len_i,
  input  wire logic [14:0]  left_i,
  // Step
  input  wire logic         crypto_i,
  input  wire logic         head_i,
  input  wire logic         last_i,
  input  wire logic [15:0]  end_i,      // frame byte behind the payload
  input  wire logic [15:0]  remain_i,
  input  wire logic [15:0]  behind_i,
  // Piece
  output piece_t            piece_o
);

  localparam logic [14:0] Over12 = 15'(HdrBytes12) + TagLen;
  localparam logic [14:0] Over13 = 15'(HdrBytes) + TagLen;

  logic [95:0]  nonce;
  logic [127:0] aad;
  logic [14:0]  text_len, text_left, text_n;
  logic [15:0]  over;                          // payload bytes behind the text
  logic [4:0]   tag_left, tag_cut, tag_n;
  logic         in_tag, text_goes_on;

  rec_nonce u_nonce (
    .tls13_i  (tls13_i),
    .iv_i     (iv_i),
    .number_i (number_i),
    .hdr_i    (hdr_i[39:0]),
    .nonce_i  (hdr_i[103:40]),
    .nonce_o  (nonce),
    .aad_o    (aad)
  );

  assign text_len  = rec_len_i - (tls13_i ? Over13 : Over12);
  assign in_tag    = (left_i <= TagLen);
  assign text_left = in_tag ? '0 : left_i - TagLen;
  assign tag_left  = in_tag ? left_i[4:0] : TagLen[4:0];

  assign text_goes_on = (16'(text_left) >= remain_i);
  assign text_n       = text_goes_on ? 15'(remain_i) : text_left;
  assign over         = remain_i - 16'(text_left);

  assign tag_cut = (over < 16'(tag_left)) ? over[4:0] : tag_left;
  assign tag_n   = text_goes_on ? '0 : tag_cut;

  assign piece_o.last     = last_i;
  assign piece_o.crypto   = crypto_i;
  assign piece_o.head     = crypto_i && head_i;
  assign piece_o.pos      = end_i - (crypto_i ? remain_i : behind_i);
  assign piece_o.text_pos = text_len - text_left;
  assign piece_o.text_n   = text_n;
  assign piece_o.tag_n    = tag_n;
  assign piece_o.tag_from = in_tag ? 4'(TagLen - left_i) : '0;
  assign piece_o.text_len = text_len;
  assign piece_o.nonce    = nonce;
  assign piece_o.aad      = aad;

endmodule

`default_nettype wire
