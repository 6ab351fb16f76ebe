// SPDX-License-Identifier: BSD-2-Clause
//
// Walks the record headers of one packet and tells the cutter what the packet has of each record.
//
// Contract: start_i (one cycle, done_o = 1) loads the packet: where its walk begins (start_par_i), the
// context, and what stays constant until done_o: static parameters, first_i (frame byte of the first
// payload byte), end_seq_i (TCP sequence number behind the payload), relock_i, clean_i (no header lies
// wholly in the payload). The walk goes from header to header: peek_o is the frame byte it looks at,
// win_i, beat_i and beyond_i answer in the same cycle, win_ready_i says that those bytes have arrived.
// Pieces and moves leave in order under piece_ready_i; a record costs two steps. done_o = 1 again: the payload is
// walked, the last piece had `last`, ctx_o is the context behind it.

`default_nettype none

module rec_walk
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
  input  wire logic [15:0]      first_i,
  input  wire logic [31:0]      end_seq_i,
  input  wire logic [23:0]      relock_i,
  input  wire logic             clean_i,
  // Window
  output      logic [15:0]      peek_o,
  input  wire logic             win_ready_i,
  input  wire logic [103:0]     win_i,       // bytes from peek_o on, as many as a header can have
  input  wire logic [DataW-1:0] beat_i,      // the beat of peek_o
  input  wire logic [31:0]      beyond_i,    // first four bytes of the beat behind it
  // Pieces
  output      logic             piece_valid_o,
  input  wire logic             piece_ready_i,
  output piece_t                piece_o,
  // Result
  output      logic             done_o,
  output ctx_progress_t         ctx_o,
  output      logic             lost_o,
  output      logic             pieces_o,    // the packet had pieces of whole records
  output      logic             complete_o,  // a whole record ended in it
  output      logic             ev_lock_o
);

  // ---- State ------------------------------------------------------------------------------------

  phase_e       phase_q, phase_d;
  track_state_e track_q;
  auth_state_e  auth_q;
  logic [15:0]  pos_q;            // frame byte
  logic [15:0]  past_q, remain_q;
  logic [14:0]  left_q;           // bytes of the open record from the position on
  logic [103:0] hdr_q;            // header and explicit nonce, or what the scan carries
  logic [3:0]   cnt_q, want_q;    // bytes kept there; bytes that PhJudge takes
  logic         open_q, whole_q, head_q, lost_q, pieces_q, complete_q;
  logic [31:0]  rec_start_q, resync_sn_q;
  logic [14:0]  rec_len_q;
  logic [63:0]  number_q;
  logic [23:0]  offset_q;

  logic [15:0]   n, peek_remain;
  logic [PosW:0] scan_n;
  logic          body, left_ends, ends, needs_win, push, peek, step, joins;

  // ---- Header: join, judge, scan ------------------------------------------------------------------

  logic         plausible, accept, refute, becomes_whole, aad, counts, locks, nonce_due;
  logic         carry_hit, carry_all, scan_hit, scan_carry;
  logic [3:0]   want, judge_n, carry_cnt, peek_cnt;
  logic [14:0]  len_new, left_judge;
  logic [23:0]  offset_new;
  logic [103:0] joined;
  logic [39:0]  carry;
  logic [31:0]  hdr_seq;

  // Behind a record's end the look at the next header finds nothing kept.
  assign peek_remain = peek ? remain_q - 16'(left_q) : remain_q;
  assign peek_cnt    = peek ? 4'd0 : cnt_q;
  assign peek_o      = peek ? pos_q + 16'(left_q) : pos_q;

  hdr_judge u_judge (
    .tls13_i     (tls13_i),
    .track_i     (track_q),
    .auth_i      (auth_q),
    .open_i      (open_q),
    .offset_i    (offset_q),
    .relock_i    (relock_i),
    .hdr_i       (hdr_q[39:0]),
    .cnt_i       (peek_cnt),
    .want_i      (want_q),
    .remain_i    (peek_remain),
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
    .kept_cnt_i  (peek_cnt),
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
    .pos_i    (pos_q[PosW-1:0]),
    .remain_i (remain_q),
    .hit_o    (scan_hit),
    .carry_o  (scan_carry),
    .n_o      (scan_n)
  );

  assign left_judge = (open_q ? left_q : len_new - 15'(cnt_q)) - 15'(want_q);
  assign nonce_due  = whole_q && !tls13_i && (cnt_q != HdrBytes12);
  assign hdr_seq    = end_seq_i - 32'(remain_q) - 32'(cnt_q);

  // ---- Phases -------------------------------------------------------------------------------------

  walk_phase u_phase (
    .phase_i      (phase_q),
    .track_i      (track_q),
    .open_i       (open_q),
    .whole_i      (whole_q),
    .nonce_due_i  (nonce_due),
    .kept_i       (cnt_q != '0),
    .clean_i      (clean_i),
    .past_i       (past_q),
    .remain_i     (remain_q),
    .left_i       (left_q),
    .win_ready_i  (win_ready_i),
    .judge_n_i    (judge_n),
    .refute_i     (refute),
    .aad_i        (aad),
    .carry_hit_i  (carry_hit),
    .carry_all_i  (carry_all),
    .scan_hit_i   (scan_hit),
    .scan_carry_i (scan_carry),
    .scan_n_i     (16'(scan_n)),
    .n_o          (n),
    .body_o       (body),
    .left_ends_o  (left_ends),
    .ends_o       (ends),
    .needs_win_o  (needs_win),
    .push_o       (push),
    .peek_o       (peek),
    .phase_o      (phase_d)
  );

  assign step  = (phase_q != PhDone) && (win_ready_i || !needs_win) && (piece_ready_i || !push);
  assign joins = (phase_q == PhPeek) || (peek && win_ready_i);

  // ---- Registers --------------------------------------------------------------------------------------

  chain_t    chain_in, chain_out;
  open_rec_t rec_in, rec_out;

  assign chain_in = ctx_i.chain;
  assign rec_in   = ctx_i.rec;

  always_ff @(posedge clk_i) begin
    if (step) begin
      phase_q <= phase_d;
      pos_q   <= pos_q + n;
      if (phase_q != PhPast) remain_q <= remain_q - n;

      if (joins) begin
        hdr_q  <= joined;
        want_q <= want;
      end

      if (phase_q == PhJudge) begin
        cnt_q  <= cnt_q + want_q;
        left_q <= left_judge;
        head_q <= aad;
        if (accept) begin
          open_q      <= 1'b1;
          whole_q     <= becomes_whole;
          rec_start_q <= hdr_seq;
          rec_len_q   <= len_new;
          track_q     <= TrackTracking;
        end
        if (becomes_whole) number_q <= number_q + 64'd1;
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

      if (body) left_q <= left_q - 15'(n);
      if (left_ends) begin
        open_q <= 1'b0;
        cnt_q  <= '0;
      end
      if (phase_q == PhPiece) begin
        head_q   <= 1'b0;
        pieces_q <= 1'b1;
        if (left_ends) complete_q <= 1'b1;
      end

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
      pos_q       <= first_i;
      past_q      <= start_par_i.past;
      remain_q    <= start_par_i.remain;
      left_q      <= start_par_i.rec_left;
      track_q     <= start_par_i.track;
      auth_q      <= start_par_i.auth;
      cnt_q       <= start_par_i.hdr_cnt;
      open_q      <= start_par_i.open;
      whole_q     <= start_par_i.whole;
      lost_q      <= start_par_i.lost;
      head_q      <= 1'b0;
      pieces_q    <= 1'b0;
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
  assign pieces_o   = pieces_q;
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

  // ---- Piece --------------------------------------------------------------------------------------------

  assign piece_valid_o = (phase_q != PhDone) && (win_ready_i || !needs_win) && push;

  piece_form u_form (
    .tls13_i   (tls13_i),
    .iv_i      (iv_i),
    .number_i  (number_q),
    .hdr_i     (hdr_q),
    .rec_len_i (rec_len_q),
    .left_i    (left_q),
    .crypto_i  (phase_q == PhPiece),
    .head_i    (head_q),
    .last_i    (ends),
    .pos_i     (pos_q),
    .n_i       (n),
    .piece_o   (piece_o)
  );

endmodule

`default_nettype wire
