// SPDX-License-Identifier: BSD-2-Clause
//
// Makes a piece of what the walk takes in one step: its place in the record, nonce and AAD; or a move.
//
// Contract: combinational. at_i.left counts the record's bytes from the position on, at_i.remain the payload's;
// the piece has those that are in both. For a move (crypto_i = 0) only last and pos count: pos is the
// byte behind it, where behind_i bytes are left.

`default_nettype none

module piece_form
  import tls_rx_pkg::*;
  import track_pkg::*;
  import walk_pkg::*;
(
  // Record
  input  wire walk_job_t     job_i,
  input  wire ctx_progress_t ctx_i,
  // Step
  input  wire walk_at_t      at_i,
  input  wire logic [15:0]   behind_i,
  input  wire logic          crypto_i,
  input  wire logic          head_i,
  input  wire logic          last_i,
  // Piece
  output piece_t             piece_o
);

  localparam logic [14:0] Over12 = 15'(HdrBytes12) + TagLen;
  localparam logic [14:0] Over13 = 15'(HdrBytes) + TagLen;

  logic [95:0]  nonce;
  logic [127:0] aad;
  logic [14:0]  text_len, text_left, text_n;
  logic [15:0]  over;                          // payload bytes behind the text
  logic [4:0]   tag_left, tag_cut, tag_n;
  logic         in_tag, text_goes_on;

  chain_t      chain;
  open_rec_t   rec;
  logic        tls13;
  logic [14:0] left;
  logic [15:0] remain;

  assign chain  = ctx_i.chain;
  assign rec    = ctx_i.rec;
  assign tls13  = job_i.tls13;
  assign left   = at_i.left;
  assign remain = at_i.remain;

  rec_nonce u_nonce (
    .tls13_i  (tls13),
    .iv_i     (job_i.iv),
    .number_i (rec.number),
    .hdr_i    (chain.hdr),
    .nonce_i  (rec.nonce),
    .nonce_o  (nonce),
    .aad_o    (aad)
  );

  assign text_len  = rec.length - (tls13 ? Over13 : Over12);
  assign in_tag    = (left <= TagLen);
  assign text_left = in_tag ? '0 : left - TagLen;
  assign tag_left  = in_tag ? left[4:0] : TagLen[4:0];

  assign text_goes_on = (16'(text_left) >= remain);
  assign text_n       = text_goes_on ? 15'(remain) : text_left;
  assign over         = remain - 16'(text_left);

  assign tag_cut = (over < 16'(tag_left)) ? over[4:0] : tag_left;
  assign tag_n   = text_goes_on ? '0 : tag_cut;

  assign piece_o.last     = last_i;
  assign piece_o.crypto   = crypto_i;
  assign piece_o.head     = crypto_i && head_i;
  assign piece_o.pos      = at_i.end_at - (crypto_i ? remain : behind_i);
  assign piece_o.text_pos = text_len - text_left;
  assign piece_o.text_n   = text_n;
  assign piece_o.tag_n    = tag_n;
  assign piece_o.tag_from = in_tag ? 4'(TagLen - left) : '0;
  assign piece_o.text_len = text_len;
  assign piece_o.nonce    = nonce;
  assign piece_o.aad      = aad;

endmodule

`default_nettype wire
