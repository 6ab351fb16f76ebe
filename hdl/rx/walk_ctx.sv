// SPDX-License-Identifier: BSD-2-Clause
//
// The context of the packet that is walked: judges its headers and follows the chain from one to the next.
//
// Contract: load_i takes the context of the packet (ctx_i) and the state in which its walk begins
// (start_i). Each step (step_i) moves it as the phase says; ctx_o is the context behind the steps so far, once
// the walk is over the one to be kept. judge_o belongs to this cycle: a header's bytes are judged in PhJudge, want
// in the phases that fetch them. head_o: the record's header was completed by the step before.

`default_nettype none

module walk_ctx import tls_rx_pkg::*, track_pkg::*, walk_pkg::*; (
  // Clock
  input  wire logic          clk_i,
  // Packet
  input  wire logic          load_i,
  input  wire walk_start_t   start_i,
  input  wire ctx_progress_t ctx_i,
  input  wire walk_job_t     job_i,
  // Step
  input  wire logic          step_i,
  input  wire phase_e        phase_i,
  input  wire walk_at_t      at_i,
  input  wire logic [103:0]  win_i,
  // Context
  output ctx_progress_t      ctx_o,
  output judgement_t         judge_o,
  output kept_t              kept_o,
  output      logic [3:0]    taken_o,  // header bytes that PhJudge takes
  output      logic          head_o,
  output      logic          lost_o
);

  track_state_e track_q;
  auth_state_e  auth_q;
  logic         open_q, whole_q, head_q, lost_q;
  logic [31:0]  rec_start_q, resync_sn_q, hdr_seq;
  logic [14:0]  rec_len_q;
  logic [63:0]  number_q;
  logic [23:0]  offset_q;

  // ---- Header -------------------------------------------------------------------------------------

  chain_t       chain_in, chain_out;
  open_rec_t    rec_in, rec_out;
  judgement_t   judge;
  logic         plausible, accept, whole, aad;
  logic [103:0] hdr;
  logic [3:0]   cnt, taken;

  assign chain_in = ctx_i.chain;
  assign rec_in   = ctx_i.rec;

  walk_hdr u_hdr (
    .clk_i,
    .load_i, .hdr_i ({rec_in.nonce, chain_in.hdr}), .cnt_i (start_i.hdr_cnt), .tls13_i (job_i.tls13),
    .step_i, .phase_i, .at_i, .judge_i (judge), .win_i,
    .hdr_o (hdr), .cnt_o (cnt), .want_o (taken), .kept_o
  );

  hdr_judge u_judge (
    .tls13_i (job_i.tls13), .track_i (track_q), .auth_i (auth_q), .open_i (open_q),
    .offset_i (offset_q), .relock_i (job_i.relock),
    .hdr_i (hdr[39:0]), .cnt_i (cnt), .want_i (taken), .remain_i (at_i.peek), .want_o (judge.want),
    .plausible_o (plausible), .accept_o (accept), .refute_o (judge.refute),
    .whole_o (whole), .aad_o (aad), .counts_o (judge.counts), .locks_o (judge.locks),
    .n_o (), .rec_len_o (judge.rec_len), .offset_o (judge.offset)
  );

  assign {judge.accept, judge.whole, judge.aad} = {accept, whole, aad};
  assign judge.lost     = !plausible;
  assign judge.complete = aad || (accept && !whole);

  assign hdr_seq = job_i.end_seq - 32'(at_i.remain) - 32'(cnt);

  // ---- Chain --------------------------------------------------------------------------------------

  always_ff @(posedge clk_i) begin
    if (step_i && phase_i == PhJudge) begin
      head_q <= judge.aad;
      if (judge.accept) begin
        open_q      <= 1'b1;
        whole_q     <= judge.whole;
        rec_start_q <= hdr_seq;
        rec_len_q   <= judge.rec_len;
        track_q     <= TrackTracking;
      end
      if (judge.whole) number_q <= number_q + 64'd1;
      if (judge.counts) offset_q <= judge.offset;
      if (judge.locks) begin
        resync_sn_q <= hdr_seq;
        offset_q    <= '0;
      end
      if (judge.refute) begin
        track_q <= TrackSearching;
        auth_q  <= AuthNoOffload;
        if (judge.lost) lost_q <= 1'b1;
      end
    end

    if (step_i && (phase_i == PhPiece || phase_i == PhSkip)) begin
      head_q <= 1'b0;
      if (at_i.rec_ends) open_q <= 1'b0;
    end

    if (load_i) begin
      track_q     <= start_i.track;
      auth_q      <= start_i.auth;
      open_q      <= start_i.open;
      whole_q     <= start_i.whole;
      lost_q      <= start_i.lost;
      head_q      <= 1'b0;
      rec_start_q <= rec_in.start;
      rec_len_q   <= rec_in.length;
      number_q    <= rec_in.number;
      resync_sn_q <= chain_in.resync_sn;
      offset_q    <= chain_in.record_offset;
    end
  end

  // ---- Out ----------------------------------------------------------------------------------------

  assign chain_out.track         = track_q;
  assign chain_out.auth          = auth_q;
  assign chain_out.expected      = job_i.end_seq;
  assign chain_out.hdr_cnt       = cnt;
  assign chain_out.hdr           = hdr[39:0];
  assign chain_out.resync_sn     = resync_sn_q;
  assign chain_out.record_offset = offset_q;

  assign rec_out.open   = open_q;
  assign rec_out.whole  = whole_q;
  assign rec_out.start  = rec_start_q;
  assign rec_out.length = rec_len_q;
  assign rec_out.number = number_q;
  assign rec_out.nonce  = hdr[103:40];

  assign ctx_o.running = 1'b1;
  assign ctx_o.chain   = chain_out;
  assign ctx_o.rec     = rec_out;
  assign judge_o       = judge;
  assign taken_o       = taken;
  assign head_o        = head_q;
  assign lost_o        = lost_q;

endmodule

`default_nettype wire
