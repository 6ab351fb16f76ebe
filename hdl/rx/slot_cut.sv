// SPDX-License-Identifier: BSD-2-Clause
//
// The cutter: cuts the pieces of each packet into slots, one a cycle.
//
// Contract: slots leave in order, without back-pressure, one in each cycle in which the slot's bytes are in
// the ring and ks_align has room for its words; pieces and packets follow each other without a bubble, and
// a packet that is passed takes one cycle. A packet begins only with gcm_ready_i; together with slot_pipe
// at most four begin before it is seen to fall and end behind that. The slot whose two beats are asked for
// (b_re_o, b_abs_o) stands at slot_o one cycle later, when the ring shows them. free_abs_o only grows: no
// beat before it will be read, and a packet's end frees all its beats, also those not written yet. A slot
// whose beat is three or more behind the one that ks_align has reached waits behind fillers that complete
// two each; so does a packet's end that is two or more behind.

`default_nettype none

module slot_cut import tls_rx_pkg::*, track_pkg::*, cut_pkg::*; #(
  parameter int DataW = 128
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Packets, pieces
  input  wire logic             pkt_valid_i,
  output      logic             pkt_ready_o,
  input  wire cut_pkt_t         pkt_i,
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

  localparam int PosW = $clog2(DataW / 8);

  // ---- Piece, and the slot that is due ------------------------------------------------------------

  logic             valid_q, had_q;  // a piece is here; its packet has had slots
  plan_t            plan, piece_q;   // piece_q: of its first slot only the parts that stay are used
  due_t             due;
  slot_t            slot;
  slot_place_t      place;
  logic             plan_valid, plan_ready, plan_open, load, last, ks, ends;
  logic             there, carry, filler, more, ks_last, words_ok, fire, emit, slot_ends, done, move;
  logic [1:0]       adv;
  logic [PosW-1:0]  pos;
  logic [BeatW-1:0] beat;

  piece_plan #(
    .DataW (DataW)
  ) u_plan (
    .clk_i, .rst_i,
    .pkt_valid_i, .pkt_ready_o, .pkt_i,
    .piece_valid_i, .piece_ready_o, .piece_i,
    .wr_abs_i,
    .plan_valid_o (plan_valid), .plan_ready_i (plan_ready), .plan_o (plan)
  );

  assign last      = piece_q.last;
  assign ks        = piece_q.ks;
  assign ends      = due.ends;
  assign fire      = valid_q && (there || !due.waits) && words_ok;
  assign emit      = due.crypto || (ks && (last || adv != 2'd0)) || (last && had_q);
  assign slot_ends = ends && !filler;
  assign done      = slot_ends && !more;
  assign move      = fire && !ends && !filler;

  assign plan_open  = !plan.first || !plan.walk || gcm_ready_i;
  assign plan_ready = plan_open && (!valid_q || (fire && done));
  assign load       = plan_valid && plan_ready;

  cut_due #(
    .DataW (DataW)
  ) u_due (
    .clk_i,
    .load_i (load), .first_i (plan.due), .tag_due_i (piece_q.tag_n != '0),
    .move_i (move), .ends_i (fire && slot_ends), .due_o (due)
  );

  cut_place #(
    .DataW (DataW)
  ) u_place (
    .clk_i,
    .load_i (load), .plan_i (plan), .move_i (move), .n_i (due.text_n), .carry_o (carry),
    .pos_o (pos), .beat_o (beat), .wr_abs_i, .there_o (there)
  );

  cut_pace u_pace (
    .clk_i, .rst_i,
    .load_i (load), .valid_i (valid_q), .plan_i (plan),
    .ks_i (ks), .last_i (last), .text_i (due.text), .ends_i (ends),
    .adv_o (adv), .filler_o (filler), .more_o (more), .ks_last_o (ks_last), .words_ok_o (words_ok),
    .fire_i (fire), .move_i (move), .carry_i (carry), .slot_ends_i (slot_ends), .done_i (done)
  );

  slot_form u_form (
    .piece_i (piece_q), .due_i (due), .filler_i (filler), .ends_i (slot_ends),
    .pkt_end_i (last && done), .pos_i (6'(pos)), .adv_i (adv), .ks_last_i (ks_last),
    .slot_o (slot), .place_o (place)
  );

  always_ff @(posedge clk_i) begin
    if (fire) begin
      had_q <= (emit || had_q) && !(last && done);
      // The packet's end may have to wait for ks_align, as a last move does.
      if (slot_ends) valid_q <= more;
    end

    if (load) begin
      valid_q <= 1'b1;
      piece_q <= plan;
    end

    if (rst_i) begin
      valid_q <= 1'b0;
      had_q   <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    // A register behind the reads: a beat is free once its last read is done.
    if (fire && done && last) free_abs_o <= piece_q.next;
    else if (valid_q) free_abs_o <= beat;

    slot_o       <= slot;
    place_o      <= place;
    slot_valid_o <= fire && emit;

    if (rst_i) begin
      free_abs_o   <= '0;
      slot_valid_o <= 1'b0;
    end
  end

  assign b_re_o  = fire;
  assign b_abs_o = beat;
  assign idle_o  = !pkt_valid_i && !plan_valid && !valid_q && !slot_valid_o;

endmodule

`default_nettype wire
