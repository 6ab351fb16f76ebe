// SPDX-License-Identifier: BSD-2-Clause
//
// Walks the record boundaries of one packet and cuts its payload into slots.
//
// Contract: start_i (one cycle, done_o = 1) loads the packet: where its walk begins (start_par_i), the context, and
// what stays constant until done_o: static parameters, end_seq_i (TCP sequence number behind the
// payload), relock_i. Then each cycle with win_ready_i is one step: it takes n_o bytes of the window
// and gives at most one slot, in order, without back-pressure. A record header costs one
// step without slot. done_o = 1 again: the payload is walked, ctx_o is the context behind it.
// Slots are given for whole records, and if start_par_i.ks for every byte; the last slot of a
// packet with slots has pkt_end. Latency: slot_o belongs to the bytes at the window in this cycle.

`default_nettype none

module slot_cut
  import tls_rx_pkg::*;
  import track_pkg::*;
#(
  parameter int DataW = 128,
  localparam int BeatBytes = DataW / 8,
  localparam int PosW      = $clog2(BeatBytes)
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Packet
  input  wire logic             start_i,
  input  wire walk_start_t      start_par_i,
  input  wire ctx_progress_t    ctx_i,
  input  wire logic             tls13_i,
  input  wire logic [95:0]      iv_i,
  input  wire logic [31:0]      end_seq_i,
  input  wire logic [23:0]      relock_i,
  // Window
  input  wire logic             win_ready_i,
  input  wire logic [103:0]     win_i,       // bytes from the position on, as many as a header can have
  input  wire logic [DataW-1:0] beat_i,
  input  wire logic [31:0]      beyond_i,
  input  wire logic [PosW-1:0]  pos_i,
  output      logic             take_o,
  output      logic [PosW:0]    n_o,
  // Slots; flow and key are not filled in
  output      logic             slot_valid_o,
  output slot_t                 slot_o,
  output      logic [127:0]     aad_o,
  output      logic [PosW-1:0]  shift_o,   // place of the slot's first byte in its data
  // Result
  output      logic             done_o,
  output ctx_progress_t         ctx_o,
  output      logic             lost_o,
  output      logic             slots_o,     // the packet had slots
  output      logic             complete_o,  // a whole record ended in it
  output      logic             ev_lock_o
);

  // ---- State ------------------------------------------------------------------------------------

  phase_e       phase_q, phase_d, resume, next;
  track_state_e track_q;
  auth_state_e  auth_q;
  logic [15:0]  past_q, remain_q;
  logic [14:0]  left_q;           // bytes of the open record from the position on
  logic [103:0] hdr_q;            // header and explicit nonce, or what the scan carries
  logic [3:0]   cnt_q, want_q;    // bytes kept there; bytes that PhJudge takes
  logic         open_q, whole_q, ks_q, lost_q, slots_q, complete_q;
  logic [31:0]  rec_start_q, resync_sn_q;
  logic [14:0]  rec_len_q;
  logic [63:0]  number_q, number_next;
  logic [23:0]  offset_q;

  logic [PosW:0] n;
  logic          step, takes, ends, emit;
  slot_kind_e    kind;

  // ---- Bytes that each phase takes ----------------------------------------------------------------

  localparam logic [15:0] Beat = 16'(BeatBytes);

  function automatic logic [PosW:0] least(input logic [15:0] a, input logic [15:0] b);
    logic [15:0] m;
    m = (a < b) ? a : b;
    return (m < Beat) ? (PosW + 1)'(m) : (PosW + 1)'(Beat);
  endfunction

  logic [PosW:0]   past_n, skip_n, text_n, tag_n, scan_n, judge_n, group_left;
  logic [PosW-1:0] from;
  logic [15:0]     text_left;

  assign text_left  = 16'(left_q) - 16'(TagLen);
  assign group_left = (PosW + 1)'(BeatBytes) - {1'b0, from};
  assign past_n     = least(past_q, past_q);
  assign skip_n     = least(16'(left_q), remain_q);
  assign tag_n      = least(16'(left_q), remain_q);
  assign text_n     = least(16'(least(text_left, remain_q)), 16'(group_left));

  // ---- Header: join, judge, scan ------------------------------------------------------------------

  logic         plausible, accept, refute, becomes_whole, aad, counts, locks, need_nonce;
  logic         carry_hit, carry_all, scan_hit, scan_carry;
  logic [3:0]   want, judge_cnt, carry_cnt;
  logic [14:0]  len_new, left_judge;
  logic [23:0]  offset_new;
  logic [103:0] joined;
  logic [39:0]  carry;
  logic [31:0]  hdr_seq;

  hdr_judge u_judge (
    .tls13_i     (tls13_i),
    .track_i     (track_q),
    .auth_i      (auth_q),
    .open_i      (open_q),
    .offset_i    (offset_q),
    .relock_i    (relock_i),
    .hdr_i       (hdr_q[39:0]),
    .cnt_i       (cnt_q),
    .want_i      (want_q),
    .remain_i    (remain_q),
    .want_o      (want),
    .plausible_o (plausible),
    .accept_o    (accept),
    .refute_o    (refute),
    .whole_o     (becomes_whole),
    .aad_o       (aad),
    .counts_o    (counts),
    .locks_o     (locks),
    .n_o         (judge_cnt),
    .rec_len_o   (len_new),
    .offset_o    (offset_new)
  );

  hdr_keep u_keep (
    .tls13_i     (tls13_i),
    .kept_i      (hdr_q),
    .kept_cnt_i  (cnt_q),
    .win_i       (win_i),
    .remain_i    (remain_q),
    .joined_o    (joined),
    .carry_hit_o (carry_hit),
    .carry_all_o (carry_all),
    .carry_o     (carry),
    .carry_cnt_o (carry_cnt)
  );

  scan_beat #(
    .DataW (DataW)
  ) u_scan (
    .tls13_i  (tls13_i),
    .beat_i   (beat_i),
    .beyond_i (beyond_i),
    .pos_i    (pos_i),
    .remain_i (remain_q),
    .hit_o    (scan_hit),
    .carry_o  (scan_carry),
    .n_o      (scan_n)
  );

  assign judge_n    = (PosW + 1)'(judge_cnt);
  assign left_judge = (open_q ? left_q : len_new - 15'(cnt_q)) - 15'(want_q);
  assign need_nonce = !tls13_i && (cnt_q != HdrBytes12);
  assign hdr_seq    = end_seq_i - 32'(remain_q) - 32'(cnt_q);

  // ---- Phases ---------------------------------------------------------------------------------------

  logic step_ok, left_ends, text_ends, past_ends;

  assign left_ends = (15'(n) == left_q);
  assign text_ends = (16'(n) == text_left);
  assign past_ends = (16'(n) == past_q);
  assign ends      = takes && (16'(n) == remain_q);
  assign step_ok   = win_ready_i || (phase_q == PhTail) || (phase_q == PhPast && past_q == '0);
  assign step      = (phase_q != PhDone) && step_ok;

  // Where a packet's walk goes on.
  always_comb begin
    resume = PhPeek;
    if (track_q == TrackSearching) begin
      if (cnt_q != '0) resume = PhCarry;
      else resume = PhSearch;
    end else if (open_q) begin
      if (!whole_q) resume = PhSkip;
      else if (need_nonce) resume = PhPeek;
      else if (left_q > TagLen) resume = PhText;
      else resume = PhTag;
    end
  end

  always_comb begin
    n     = '0;
    takes = 1'b1;
    emit  = ks_q;
    kind  = SlotSkip;
    next  = phase_q;
    case (phase_q)
      // Bytes that came before: no part of the walk, no slot.
      PhPast: begin
        n     = past_n;
        takes = 1'b0;
        emit  = 1'b0;
        if (past_ends) next = resume;
      end
      PhPeek: begin
        takes = 1'b0;
        emit  = 1'b0;
        next  = PhJudge;
      end
      // A header cut by the packet's end falls through: then nothing is left to do.
      PhJudge: begin
        n = judge_n;
        if (refute) next = PhCarry;
        else if (!aad) next = PhSkip;
        else if (left_judge == TagLen) next = PhTag;
        else next = PhText;
        if (aad) begin
          emit = 1'b1;
          kind = SlotAad;
        end
      end
      PhText: begin
        n    = text_n;
        emit = 1'b1;
        kind = SlotText;
        if (text_ends) next = PhTag;
      end
      PhTag: begin
        n    = tag_n;
        emit = 1'b1;
        kind = SlotTag;
        if (left_ends) next = PhPeek;
      end
      PhSkip: begin
        n = skip_n;
        if (left_ends) next = PhPeek;
      end
      PhSearch: begin
        n    = scan_n;
        emit = ks_q && (scan_n != '0);
        if (scan_hit) next = PhPeek;
      end
      PhCarry: begin
        takes = carry_all;
        n     = carry_all ? (PosW + 1)'(remain_q) : '0;
        emit  = ks_q && carry_all;
        if (carry_hit) next = PhPeek;
        else next = PhSearch;
      end
      PhTail: begin
        takes = 1'b0;
        emit  = 1'b1;
        next  = PhDone;
      end
      default: begin
        takes = 1'b0;
        emit  = 1'b0;
        next  = PhDone;
      end
    endcase
  end

  always_comb begin
    phase_d = next;
    if (ends) begin
      if (slots_q && !emit) phase_d = PhTail;
      else phase_d = PhDone;
    end
  end

  assign take_o = step && (n != '0);
  assign n_o    = n;

  // ---- Registers --------------------------------------------------------------------------------------

  chain_t    chain_in, chain_out;
  open_rec_t rec_in, rec_out;

  assign chain_in = ctx_i.chain;
  assign rec_in   = ctx_i.rec;

  always_ff @(posedge clk_i) begin
    if (step) begin
      phase_q <= phase_d;
      want_q  <= want;
      if (takes) remain_q <= remain_q - 16'(n);
      if (phase_q == PhPast) past_q <= past_q - 16'(n);
      if (emit) slots_q <= 1'b1;

      if (phase_q == PhPeek) hdr_q <= joined;

      if (phase_q == PhJudge) begin
        cnt_q  <= cnt_q + want_q;
        left_q <= left_judge;
        if (accept) begin
          open_q      <= 1'b1;
          whole_q     <= becomes_whole;
          rec_start_q <= hdr_seq;
          rec_len_q   <= len_new;
          track_q     <= TrackTracking;
        end
        if (becomes_whole) number_q <= number_next;
        if (counts) offset_q <= offset_new;
        if (locks) begin
          resync_sn_q <= hdr_seq;
          offset_q    <= '0;
        end
        if (refute) begin
          hdr_q   <= hdr_q >> 8;
          cnt_q   <= 4'(CarryBytes);
          track_q <= TrackSearching;
          auth_q  <= AuthNoOffload;
          if (!plausible) lost_q <= 1'b1;
        end
      end

      if (phase_q == PhText || phase_q == PhTag || phase_q == PhSkip) begin
        left_q <= left_q - 15'(n);
        if (left_ends) begin
          open_q <= 1'b0;
          cnt_q  <= '0;
        end
      end
      if (phase_q == PhTag && left_ends) complete_q <= 1'b1;

      if (phase_q == PhSearch && scan_carry) begin
        hdr_q <= win_i;
        cnt_q <= remain_q[3:0];
      end
      if (phase_q == PhCarry) begin
        hdr_q <= {64'd0, carry};
        cnt_q <= carry_cnt;
      end
    end

    if (start_i) begin
      phase_q     <= PhPast;
      past_q      <= start_par_i.past;
      remain_q    <= start_par_i.remain;
      left_q      <= start_par_i.rec_left;
      track_q     <= start_par_i.track;
      auth_q      <= start_par_i.auth;
      cnt_q       <= start_par_i.hdr_cnt;
      open_q      <= start_par_i.open;
      whole_q     <= start_par_i.whole;
      ks_q        <= start_par_i.ks;
      lost_q      <= start_par_i.lost;
      slots_q     <= 1'b0;
      complete_q  <= 1'b0;
      hdr_q       <= {rec_in.nonce, chain_in.hdr};
      rec_start_q <= rec_in.start;
      rec_len_q   <= rec_in.length;
      number_q    <= rec_in.number;
      resync_sn_q <= chain_in.resync_sn;
      offset_q    <= chain_in.record_offset;
    end

    if (rst_i) phase_q <= PhDone;
  end

  assign done_o     = (phase_q == PhDone);
  assign lost_o     = lost_q;
  assign slots_o    = slots_q;
  assign complete_o = complete_q;
  assign ev_lock_o  = step && (phase_q == PhJudge) && locks;

  assign chain_out.track         = track_q;
  assign chain_out.auth          = auth_q;
  assign chain_out.expected      = end_seq_i;
  assign chain_out.hdr_cnt       = cnt_q;
  assign chain_out.hdr           = hdr_q[39:0];
  assign chain_out.resync_sn     = resync_sn_q;
  assign chain_out.record_offset = offset_q;

  assign rec_out.open   = open_q;
  assign rec_out.whole  = whole_q;
  assign rec_out.start  = rec_start_q;
  assign rec_out.length = rec_len_q;
  assign rec_out.number = number_q;
  assign rec_out.nonce  = hdr_q[103:40];

  assign ctx_o.running = 1'b1;
  assign ctx_o.chain   = chain_out;
  assign ctx_o.rec     = rec_out;

  // ---- Slot --------------------------------------------------------------------------------------------

  logic fresh;

  // While its header is judged, a fresh record's number and length are not yet in the registers.
  assign fresh       = (phase_q == PhJudge) && !open_q;
  assign number_next = number_q + 64'd1;

  slot_form #(
    .DataW (DataW)
  ) u_form (
    .tls13_i    (tls13_i),
    .iv_i       (iv_i),
    .number_i   (fresh ? number_next : number_q),
    .hdr_i      (hdr_q),
    .rec_len_i  (fresh ? len_new : rec_len_q),
    .left_i     (left_q),
    .kind_i     (kind),
    .n_i        (n),
    .rec_ends_i (phase_q == PhTag && left_ends),
    .pkt_ends_i (ends),
    .tail_i     (phase_q == PhTail),
    .ks_i       (ks_q),
    .pos_i      (pos_i),
    .slot_o     (slot_o),
    .aad_o      (aad_o),
    .from_o     (from),
    .shift_o    (shift_o)
  );

  assign slot_valid_o = step && emit;

endmodule

`default_nettype wire
