// SPDX-License-Identifier: BSD-2-Clause
//
// Keeps the slots in step with ks_align, which makes one keystream word of each beat with payload.
//
// Contract: tells of the slot that is due, by registers and what the slot has: how many words it completes
// (adv_o, up to two, so that one more beat waits behind it if ks_last_o), that it must be a filler because ks_align is
// three or more beats behind (filler_o), that the packet's end needs another slot because two or more
// beats follow (more_o), that ks_align has room (words_ok_o). fire_i: the slot is taken; move_i: it has
// text, and the next one begins carry_i beats behind it; slot_ends_i: it is the piece's last, done_i: its
// very last. load_i: a piece begins, plan_i.

`default_nettype none

module cut_pace
  import tls_rx_pkg::*;
  import track_pkg::*;
  import cut_pkg::*;
(
  // Clock, reset
  input  wire logic       clk_i,
  input  wire logic       rst_i,
  // Piece
  input  wire logic       load_i,
  input  wire logic       valid_i,      // a piece is there already
  input  wire plan_t      plan_i,
  // Slot that is due
  input  wire logic       ks_i,         // its packet collects keystream
  input  wire logic       last_i,       // its piece is the packet's last
  input  wire logic       text_i,
  input  wire logic       ends_i,
  output      logic [1:0] adv_o,
  output      logic       filler_o,
  output      logic       more_o,
  output      logic       ks_last_o,
  output      logic       words_ok_o,
  // It is taken
  input  wire logic       fire_i,
  input  wire logic       move_i,
  input  wire logic       carry_i,
  input  wire logic       slot_ends_i,
  input  wire logic       done_i
);

  logic [BeatW-1:0] lag_q, left_q;  // ks_align's word is behind this slot, behind the payload's last beat
  logic [1:0]       words_q;        // words that wait in ks_align when this slot comes there

  // ---- Decision -----------------------------------------------------------------------------------

  logic             far, left_far, closes, makes_3, words_ok, ks_last;
  logic [1:0]       adv, words, words_due;
  logic [BeatW-1:0] left_next;

  // A slot completes up to two beats. The last one does not end the packet if two or more beats with payload
  // are behind its own (more); one that completes two never does, as left_q is not less than lag_q.
  assign far       = (lag_q[BeatW-1:1] != '0);
  assign closes    = last_i && ends_i;
  assign adv       = ks_i ? {far, !far && lag_q[0]} : 2'd0;
  assign filler_o  = ks_i && text_i && far && (lag_q != BeatW'(2));
  assign left_far  = (left_q[BeatW-1:2] != '0);
  assign left_next = left_q - BeatW'(adv);
  assign more_o    = ks_i && last_i && (left_far || (left_q[1] && (left_q[0] || !lag_q[0])));
  assign ks_last   = left_q[0] ^ lag_q[0];

  assign makes_3 = closes && !far && lag_q[0] && !left_far && (left_q[1:0] == 2'd2);

  // Words that wait in ks_align when the slot comes there, and those of the slot are three at most.
  always_comb begin
    case (words_q)
      2'd0:    words_ok = 1'b1;
      2'd1:    words_ok = !(ks_i && makes_3);
      default: words_ok = !(ks_i && (far || (closes && (left_q != '0))));
    endcase
  end

  assign words = (fire_i ? adv : 2'd0) +
                 ((fire_i && ks_i && last_i && done_i) ? 2'd1 + {1'b0, ks_last} : 2'd0);
  assign words_due = words_q + words;

  // ---- Next slot ----------------------------------------------------------------------------------

  logic first;

  assign first = plan_i.first;

  always_ff @(posedge clk_i) begin
    words_q <= (words_due == 2'd0) ? 2'd0 : words_due - 2'd1;

    if (fire_i) begin
      left_q <= left_next;
      lag_q  <= lag_q - BeatW'(adv);
      // The packet's end waits for ks_align as a last move does.
      if (slot_ends_i) lag_q <= left_next;
      else if (move_i) lag_q <= lag_q - BeatW'(adv) + BeatW'(carry_i);
    end

    if (load_i) begin
      if (first) left_q <= plan_i.span;
      if (first) lag_q <= plan_i.lag;
      else lag_q <= left_q - plan_i.behind - (valid_i ? BeatW'(adv) : '0);
    end

    if (rst_i) words_q <= '0;
  end

  assign adv_o      = adv;
  assign ks_last_o  = ks_last;
  assign words_ok_o = words_ok;

endmodule

`default_nettype wire
