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

  phase_e       phase_q, phase_d;
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

  logic [PosW:0]   n, scan_n;
  logic [PosW-1:0] from;
  logic            step, step_ok, takes, ends, left_ends, emit;
  slot_kind_e      kind;

  // ---- Header: join, judge, scan ------------------------------------------------------------------

  logic         plausible, accept, refute, becomes_whole, aad, counts, locks, nonce_due;
  logic         carry_hit, carry_all, scan_hit, scan_carry;
  logic [3:0]   want, judge_n, carry_cnt;
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
    .n_o         (judge_n),
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

  assign left_judge = (open_q ? left_q : len_new - 15'(cnt_q)) - 15'(want_q);
  assign nonce_due  = whole_q && !tls13_i && (cnt_q != HdrBytes12);
  assign hdr_seq    = end_seq_i - 32'(remain_q) - 32'(cnt_q);

  // ---- Phases -------------------------------------------------------------------------------------

  slot_phase #(
    .DataW (DataW)
  ) u_phase (
    .phase_i     (phase_q),
    .track_i     (track_q),
    .open_i      (open_q),
    .whole_i     (whole_q),
    .nonce_due_i (nonce_due),
    .kept_i      (cnt_q != '0),
    .ks_i        (ks_q),
    .slots_i     (slots_q),
    .past_i      (past_q),
    .remain_i    (remain_q),
    .left_i      (left_q),
    .from_i      (from),
    .judge_n_i   (judge_n),
    .refute_i    (refute),
    .aad_i       (aad),
    .no_text_i   (left_judge == TagLen),
    .carry_hit_i (carry_hit),
    .carry_all_i (carry_all),
    .scan_hit_i  (scan_hit),
    .scan_n_i    (scan_n),
    .n_o         (n),
    .takes_o     (takes),
    .emit_o      (emit),
    .kind_o      (kind),
    .left_ends_o (left_ends),
    .ends_o      (ends),
    .phase_o     (phase_d)
  );

  // PhTail takes nothing, and PhPast often nothing: they need no window.
  assign step_ok = win_ready_i || (phase_q == PhTail) || (phase_q == PhPast && past_q == '0);
  assign step    = (phase_q != PhDone) && step_ok;
  assign take_o  = step && (n != '0);
  assign n_o     = n;

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

      if (phase_q == PhText || phase_q == PhTag || phase_q == PhSkip) left_q <= left_q - 15'(n);
      if (left_ends) begin
        open_q <= 1'b0;
        cnt_q  <= '0;
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
