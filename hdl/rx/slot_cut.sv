// SPDX-License-Identifier: BSD-2-Clause
//
// The cutter: cuts the pieces of each packet into slots, one a cycle.
//
// Contract: slots leave in order, without back-pressure, one in each cycle in which the slot's bytes
// are in the ring and ks_align has room for its words; pieces and packets follow each other without
// a bubble, and a packet that is passed takes one cycle. A packet begins only with gcm_ready_i; together with slot_pipe at most four begin
// before it is seen to fall and end behind that. The slot whose two beats are asked for (b_re_o,
// b_abs_o) stands at slot_o one cycle later, when the ring shows them.
// free_abs_o only grows: no beat before it will be read, and a packet's end frees all its beats, also
// those not written yet. A slot whose beat is three or more behind the one that ks_align has reached waits
// behind fillers that complete two each; so does a packet's end that is two or more behind.

`default_nettype none

module slot_cut
  import tls_rx_pkg::*;
  import track_pkg::*;
  import cut_pkg::*;
#(
  parameter int DataW = 128
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Packets
  input  wire logic             pkt_valid_i,
  output      logic             pkt_ready_o,
  input  wire cut_pkt_t         pkt_i,
  // Pieces
  input  wire logic             piece_valid_i,
  output      logic             piece_ready_o,
  input  wire piece_t           piece_i,
  // Control
  input  wire logic             gcm_ready_i,
  output      logic             idle_o,       // nothing inside, no packet waits
  // Ring
  input  wire logic [BeatW-1:0] wr_abs_i,
  output      logic [BeatW-1:0] free_abs_o,
  output      logic             b_re_o,
  output      logic [BeatW-1:0] b_abs_o,
  // Slots
  output      logic             slot_valid_o,
  output slot_t                 slot_o,
  output slot_place_t           place_o
);

  localparam int BeatBytes = DataW / 8;
  localparam int PosW      = $clog2(BeatBytes);
  localparam logic [11:0] Lanes = 12'(DataW / 128);

  logic  plan_valid, plan_ready;
  plan_t plan;

  piece_plan #(
    .DataW (DataW)
  ) u_plan (
    .clk_i         (clk_i),
    .rst_i         (rst_i),
    .pkt_valid_i   (pkt_valid_i),
    .pkt_ready_o   (pkt_ready_o),
    .pkt_i         (pkt_i),
    .piece_valid_i (piece_valid_i),
    .piece_ready_o (piece_ready_o),
    .piece_i       (piece_i),
    .wr_abs_i      (wr_abs_i),
    .plan_valid_o  (plan_valid),
    .plan_ready_i  (plan_ready),
    .plan_o        (plan)
  );

  // ---- The piece, and the slot that is due ------------------------------------------------------

  logic             valid_q, had_q;  // a piece is here; its packet has had slots
  plan_t            piece_q;         // of its first slot only the parts that stay are used
  logic             crypto_q, waits_q, head_q, text_q, tag_q, ends_q, there_q;
  logic [6:0]       text_n_q;
  logic [5:0]       from_q;
  logic [11:0]      ctr_q;
  logic [14:0]      rest_q;
  logic [PosW-1:0]  pos_q;
  logic [BeatW-1:0] beat_q, behind_q, lag_q, left_q;

  // ---- Decision ---------------------------------------------------------------------------------

  logic             last, ks, far, closes, filler, words_ok, fire, emit, slot_ends, more, done, load;
  logic             plan_open, left_far, ks_last, makes_3;
  logic [1:0]       adv, words, words_due, words_q;
  logic [BeatW-1:0] left_next;

  assign last = piece_q.last;
  assign ks   = piece_q.ks;

  // ks_align's word is lag_q beats behind this slot and left_q behind the payload's last beat. A slot
  // completes up to two beats. The last one does not end the packet if two or more beats with payload are
  // behind its own (more); one that completes two never does, as left_q is not less than lag_q.
  assign far       = (lag_q[BeatW-1:1] != '0);
  assign closes    = last && ends_q;
  assign adv       = ks ? {far, !far && lag_q[0]} : 2'd0;
  assign filler    = ks && text_q && far && (lag_q != BeatW'(2));
  assign left_far  = (left_q[BeatW-1:2] != '0);
  assign left_next = left_q - BeatW'(adv);
  assign more      = ks && last && (left_far || (left_q[1] && (left_q[0] || !lag_q[0])));
  assign ks_last   = left_q[0] ^ lag_q[0];

  assign makes_3 = closes && !far && lag_q[0] && !left_far && (left_q[1:0] == 2'd2);

  // Words that wait in ks_align when the slot comes there, and those of the slot are three at most.
  always_comb begin
    case (words_q)
      2'd0:    words_ok = 1'b1;
      2'd1:    words_ok = !(ks && makes_3);
      default: words_ok = !(ks && (far || (closes && (left_q != '0))));
    endcase
  end

  assign words     = (fire ? adv : 2'd0) + ((fire && ks && last && done) ? 2'd1 + {1'b0, ks_last} : 2'd0);
  assign words_due = words_q + words;

  assign fire      = valid_q && (there_q || !waits_q) && words_ok;
  assign emit      = crypto_q || (ks && (last || adv != 2'd0)) || (last && had_q);
  assign slot_ends = ends_q && !filler;
  assign done      = slot_ends && !more;

  assign plan_open  = !plan.first || !plan.walk || gcm_ready_i;
  assign plan_ready = plan_open && (!valid_q || (fire && done));
  assign load       = plan_valid && plan_ready;

  // ---- Next slot of the same piece --------------------------------------------------------------

  logic             carry, next_tag, next_ends;
  logic [6:0]       next_n;
  logic [14:0]      next_rest;
  logic [PosW:0]    pos_sum;

  assign pos_sum = {1'b0, pos_q} + (PosW + 1)'(text_n_q);
  assign carry   = pos_sum[PosW];

  slot_step u_step (
    .text_i    (rest_q),
    .room_i    (7'(BeatBytes)),
    .tag_due_i (piece_q.tag_n != '0),
    .n_o       (next_n),
    .rest_o    (next_rest),
    .tag_o     (next_tag),
    .ends_o    (next_ends)
  );

  // Are the beats of a slot written? Of a beat that is the payload's last, the next one is not needed.
  function automatic logic there(input logic [BeatW-1:0] written, input logic [BeatW-1:0] behind);
    return !written[BeatW-1] && ((written[BeatW-2:1] != '0) || (written[0] && (behind == '0)));
  endfunction

  logic there_stay, there_move, there_load;

  assign there_stay = there(wr_abs_i - beat_q, behind_q);
  assign there_move = there(wr_abs_i - beat_q - 1'b1, behind_q - 1'b1);
  assign there_load = there(wr_abs_i - plan.beat, plan.behind);

  always_ff @(posedge clk_i) begin
    there_q <= there_stay;
    words_q <= (words_due == 2'd0) ? 2'd0 : words_due - 2'd1;

    if (fire) begin
      had_q  <= emit || had_q;
      left_q <= left_next;
      lag_q  <= lag_q - BeatW'(adv);
      if (slot_ends) begin
        // Either the packet's end waits for ks_align, as a last move does, or the piece is done.
        valid_q  <= more;
        lag_q    <= left_next;
        crypto_q <= 1'b0;
        waits_q  <= 1'b0;
        text_q   <= 1'b0;
        tag_q    <= 1'b0;
        head_q   <= 1'b0;
        if (last && !more) had_q <= 1'b0;
      end else if (!filler) begin
        head_q   <= 1'b0;
        text_q   <= (rest_q != '0);
        text_n_q <= next_n;
        from_q   <= '0;
        ctr_q    <= ctr_q + Lanes;
        tag_q    <= next_tag;
        ends_q   <= next_ends;
        rest_q   <= next_rest;
        pos_q    <= pos_sum[PosW-1:0];
        beat_q   <= beat_q + BeatW'(carry);
        behind_q <= behind_q - BeatW'(carry);
        lag_q    <= lag_q - BeatW'(adv) + BeatW'(carry);
        if (carry) there_q <= there_move;
      end
    end

    if (load) begin
      valid_q  <= 1'b1;
      piece_q  <= plan;
      crypto_q <= plan.crypto;
      waits_q  <= plan.waits;
      head_q   <= plan.head;
      text_q   <= (plan.text_n != '0);
      text_n_q <= plan.text_n;
      from_q   <= plan.from;
      ctr_q    <= plan.ctr;
      tag_q    <= plan.tag;
      ends_q   <= plan.ends;
      rest_q   <= plan.rest;
      pos_q    <= plan.pos[PosW-1:0];
      beat_q   <= plan.beat;
      behind_q <= plan.behind;
      there_q  <= there_load;
      if (plan.first) left_q <= plan.span;
      if (plan.first) lag_q <= plan.lag;
      else lag_q <= left_q - plan.behind - (valid_q ? BeatW'(adv) : '0);
    end

    if (rst_i) begin
      valid_q <= 1'b0;
      had_q   <= 1'b0;
      words_q <= '0;
    end
  end

  // ---- Ring -------------------------------------------------------------------------------------

  // A register behind the reads: a beat is free once its last read is done.
  always_ff @(posedge clk_i) begin
    if (fire && done && last) free_abs_o <= piece_q.next;
    else if (valid_q) free_abs_o <= beat_q;

    if (rst_i) free_abs_o <= '0;
  end

  assign b_re_o  = fire;
  assign b_abs_o = beat_q;

  // ---- Slot out ---------------------------------------------------------------------------------

  slot_t       slot;
  slot_place_t place;

  slot_form u_form (
    .piece_i   (piece_q),
    .filler_i  (filler),
    .crypto_i  (crypto_q),
    .head_i    (head_q),
    .text_i    (text_q),
    .text_n_i  (text_n_q),
    .from_i    (from_q),
    .ctr_i     (ctr_q),
    .tag_i     (tag_q),
    .ends_i    (slot_ends),
    .pkt_end_i (last && done),
    .pos_i     (6'(pos_q)),
    .adv_i     (adv),
    .ks_last_i (ks_last),
    .slot_o    (slot),
    .place_o   (place)
  );

  always_ff @(posedge clk_i) begin
    slot_o       <= slot;
    place_o      <= place;
    slot_valid_o <= fire && emit;

    if (rst_i) slot_valid_o <= 1'b0;
  end

  assign idle_o = !pkt_valid_i && !plan_valid && !valid_q && !slot_valid_o;

endmodule

`default_nettype wire
