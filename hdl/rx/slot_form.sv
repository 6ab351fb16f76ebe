// SPDX-License-Identifier: BSD-2-Clause
//
// Fields of a slot, and where its bytes are: everything that follows from the piece and from what the
// cutter takes of it in this cycle.
//
// Contract: combinational. A filler has nothing of the piece: only keystream words leave with it.

`default_nettype none

module slot_form
  import tls_rx_pkg::*;
  import cut_pkg::*;
(
  // Piece
  input  wire plan_t       piece_i,
  // What is taken
  input  wire due_t        due_i,
  input  wire logic        filler_i,
  input  wire logic        ends_i,     // it ends the piece
  input  wire logic        pkt_end_i,
  // Place in the frame
  input  wire logic [5:0]  pos_i,
  input  wire logic [1:0]  adv_i,
  input  wire logic        ks_last_i,
  // Slot
  output slot_t            slot_o,
  output slot_place_t      place_o
);

  logic        real_text, real_tag, piece_end;
  logic [6:0]  text_n, due_n;
  logic [5:0]  from;
  logic [11:0] ctr;

  assign from  = due_i.from;
  assign ctr   = due_i.ctr;
  assign due_n = due_i.text_n;

  assign real_text = due_i.text && !filler_i;
  assign real_tag  = due_i.tag && !filler_i;
  assign piece_end = due_i.crypto && ends_i && !filler_i;
  assign text_n    = real_text ? due_i.text_n : '0;

  assign slot_o.flow       = piece_i.flow;
  assign slot_o.key        = piece_i.key;
  assign slot_o.nonce      = piece_i.nonce;
  assign slot_o.ctr        = 32'(ctr);
  assign slot_o.text_len   = 16'(piece_i.text_len);
  assign slot_o.aad_len    = piece_i.aad_len;
  assign slot_o.head       = due_i.head && !filler_i;
  assign slot_o.text_from  = from;
  assign slot_o.text_bytes = text_n;
  assign slot_o.length     = real_tag && (piece_i.tag_from == '0);
  assign slot_o.tag        = real_tag;
  assign slot_o.piece_end  = piece_end;
  assign slot_o.exponent   = piece_i.exponent;
  assign slot_o.check      = piece_end && piece_i.check;
  assign slot_o.pkt_end    = pkt_end_i;
  assign slot_o.ks_en      = piece_i.ks;
  assign slot_o.ks_start   = pos_i;
  assign slot_o.ks_adv     = adv_i;
  assign slot_o.ks_last    = pkt_end_i && piece_i.ks && ks_last_i;

  // The tag is behind the text. due_n, not text_n: a filler has no tag anyway.
  assign place_o.here     = {64{1'b1}} << pos_i;
  assign place_o.text_rot = pos_i - from;
  assign place_o.tag_rot  = pos_i + 6'(due_n) - 6'(piece_i.tag_from);
  assign place_o.tag_from = piece_i.tag_from;
  assign place_o.tag_n    = real_tag ? piece_i.tag_n : '0;
  assign place_o.aad      = piece_i.aad;

endmodule

`default_nettype wire
