// SPDX-License-Identifier: BSD-2-Clause
//
// Joins each piece with its packet and works out its first slot, one piece ahead of the cutter.
//
// Contract: plans leave in the order of packets and pieces, one a cycle, from a register: one cycle
// behind packet and piece. A passed packet makes one plan, else each piece makes one. A packet
// leaves its queue with its last piece. A plan whose frame begins FarBeats or more ahead of the beats
// written waits, so that no two beat numbers in use differ by 2^11.

`default_nettype none

module piece_plan
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
  // Ring
  input  wire logic [BeatW-1:0] wr_abs_i,
  // Plans
  output      logic             plan_valid_o,
  input  wire logic             plan_ready_i,
  output plan_t                 plan_o
);

  localparam int PosW = $clog2(DataW / 8);
  localparam logic [BeatW-1:0] FarBeats = 12'd512;

  // ---- Handshake --------------------------------------------------------------------------------

  plan_t            plan;
  logic             first_q, fire, near, pkt_ends;
  logic [BeatW-1:0] ahead;

  assign ahead         = pkt_i.base - wr_abs_i;
  assign near          = ahead[BeatW-1] || (ahead < FarBeats);
  assign pkt_ends      = !pkt_i.walk || piece_i.last;
  assign fire          = pkt_valid_i && (piece_valid_i || !pkt_i.walk) && near &&
                         (plan_ready_i || !plan_valid_o);
  assign pkt_ready_o   = fire && pkt_ends;
  assign piece_ready_o = fire && pkt_i.walk;

  always_ff @(posedge clk_i) begin
    if (fire) plan_o <= plan;
    if (fire) first_q <= pkt_ends;

    if (fire) plan_valid_o <= 1'b1;
    else if (plan_ready_i) plan_valid_o <= 1'b0;

    if (rst_i) begin
      plan_valid_o <= 1'b0;
      first_q      <= 1'b1;
    end
  end

  // ---- First slot -------------------------------------------------------------------------------

  logic crypto, ks, text_any, tag_any;

  assign crypto   = pkt_i.walk && piece_i.crypto;
  assign ks       = pkt_i.walk && pkt_i.ks;
  assign text_any = crypto && (piece_i.text_n != '0);
  assign tag_any  = crypto && (piece_i.tag_n != '0);

  due_first #(
    .DataW (DataW)
  ) u_first (
    .crypto_i (crypto),
    .ks_i     (ks),
    .piece_i  (piece_i),
    .due_o    (plan.due)
  );

  // ---- Record -----------------------------------------------------------------------------------

  logic [14:0] text_end;
  logic [10:0] blocks, last_block, missing;

  assign text_end   = piece_i.text_pos + piece_i.text_n - 15'd1;
  assign last_block = 11'(text_end >> 4);
  assign blocks     = 11'((piece_i.text_len + 15'd15) >> 4);
  assign missing    = blocks - (text_any ? last_block : 11'h7ff);

  assign plan.first    = first_q;
  assign plan.last     = pkt_ends;
  assign plan.walk     = pkt_i.walk;
  assign plan.ks       = ks;
  assign plan.flow     = pkt_i.flow;
  assign plan.key      = pkt_i.key;
  assign plan.next     = pkt_i.next;
  assign plan.nonce    = piece_i.nonce;
  assign plan.aad      = piece_i.aad;
  assign plan.aad_len  = pkt_i.tls13 ? 5'(HdrBytes) : 5'(HdrBytes12);
  assign plan.text_len = piece_i.text_len;
  assign plan.exponent = tag_any ? '0 : missing;
  assign plan.check    = tag_any && (5'(piece_i.tag_from) + piece_i.tag_n == 5'(TagBytes));
  assign plan.tag_n    = piece_i.tag_n;
  assign plan.tag_from = piece_i.tag_from;

  // ---- Place ------------------------------------------------------------------------------------

  logic             at_end;
  logic [BeatW-1:0] beat, first_beat, last_beat;

  // A last move goes to the payload's end, and a piece without bytes may stand behind it.
  assign at_end     = (piece_i.last && !piece_i.crypto) || (piece_i.pos > pkt_i.last);
  assign beat       = at_end ? last_beat : BeatW'(piece_i.pos >> PosW);
  assign first_beat = BeatW'(pkt_i.first >> PosW);
  assign last_beat  = BeatW'(pkt_i.last >> PosW);

  assign plan.beat   = pkt_i.base + beat;
  assign plan.pos    = 6'(piece_i.pos[PosW-1:0]);
  assign plan.behind = last_beat - beat;
  assign plan.lag    = beat - first_beat;
  assign plan.span   = last_beat - first_beat;

endmodule

`default_nettype wire
