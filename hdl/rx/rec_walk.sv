// SPDX-License-Identifier: BSD-2-Clause
//
// Walks the record headers of one packet and tells the cutter what the packet has of each record.
//
// Contract: load_i (one cycle, done_o = 1) loads the packet; if start_par_i.walk it is walked: where
// the walk begins (start_par_i), the context, and what stays constant until done_o: static parameters, base_i (number of the frame's first
// beat), end_i (frame byte behind the payload), end_seq_i (TCP sequence number there), relock_i, clean_i
// (no header lies wholly in the payload). The walk goes from header to header: look_o is the byte (beat number, position)
// that it looks at, win_i, beat_i and beyond_i answer in the same cycle, win_ready_i says that those bytes
// have arrived. Pieces and moves leave in order under piece_ready_i. A record costs two steps. done_o = 1
// again: the payload is walked, the last piece had `last`, ctx_o is the context behind it.
//
// The place of the look is where the header begins, also when its first bytes came in a packet before:
// then they are kept, and what is read at their place is not used.

`default_nettype none

module rec_walk
  import tls_rx_pkg::*;
  import track_pkg::*;
#(
  parameter int DataW = 128,
  localparam int PosW = $clog2(DataW / 8),
  localparam int AtW  = BeatW + PosW
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Packet
  input  wire logic             load_i,
  input  wire walk_start_t      start_par_i,
  input  wire ctx_progress_t    ctx_i,
  input  wire logic             tls13_i,
  input  wire logic [95:0]      iv_i,
  input  wire logic [BeatW-1:0] base_i,
  input  wire logic [15:0]      end_i,
  input  wire logic [31:0]      end_seq_i,
  input  wire logic [23:0]      relock_i,
  input  wire logic             clean_i,
  // Window
  output      logic [AtW-1:0]   look_o,
  input  wire logic             win_ready_i,
  input  wire logic [103:0]     win_i,       // bytes from look_o on, as many as a header can have
  input  wire logic [DataW-1:0] beat_i,      // the beat of look_o
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
  logic [AtW-1:0] look_q, end_abs_q;
  logic [15:0]  end_q;            // frame byte behind the payload
  logic [15:0]  remain_q, remain_d;
  logic [14:0]  left_q;           // bytes of the open record from the position on
  logic [103:0] hdr_q;            // header and explicit nonce, or what the scan carries
  logic [3:0]   cnt_q, want_q;    // bytes kept there; bytes that PhJudge takes
  logic         past_q, open_q, whole_q, head_q, lost_q, pieces_q, complete_q;
  logic [31:0]  rec_start_q, resync_sn_q;
  logic [14:0]  rec_len_q;
  logic [63:0]  number_q;
  logic [23:0]  offset_q;

  logic body, closes, rec_ends, few, nowhere, needs_win, needs_scan, push, last, step, ready;

  assign body     = (phase_q == PhPiece) || (phase_q == PhSkip);
  assign closes   = (16'(left_q) < remain_q);
  assign rec_ends = body && (16'(left_q) <= remain_q);
  assign few      = (remain_q <= 16'(CarryBytes));
  assign nowhere  = clean_i || few;

  // ---- Header: fetch, judge -----------------------------------------------------------------------

  logic         plausible, accept, refute, becomes_whole, aad, counts, locks, nonce_due, complete, judge_ends;
  logic [3:0]   want, missing5;
  logic [14:0]  len_new, left_judge;
  logic [23:0]  offset_new;
  logic [15:0]  peek_remain;
  logic [103:0] kept_mask, joined, dropped;
  logic         fetches, drops;
  logic [31:0]  hdr_seq;

  assign peek_remain = body ? remain_q - 16'(left_q) : remain_q;
  assign kept_mask   = ~({104{1'b1}} << {cnt_q, 3'b000});
  assign joined      = (hdr_q & kept_mask) | (win_i & ~kept_mask);
  assign fetches     = (phase_q == PhPeek) || (phase_q == PhJoin) || (phase_q == PhTail) ||
                       (body && closes);

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
    .remain_i    (peek_remain),
    .want_o      (want),
    .plausible_o (plausible),
    .accept_o    (accept),
    .refute_o    (refute),
    .whole_o     (becomes_whole),
    .aad_o       (aad),
    .counts_o    (counts),
    .locks_o     (locks),
    .n_o         (),
    .rec_len_o   (len_new),
    .offset_o    (offset_new)
  );

  assign missing5   = HdrBytes - cnt_q;
  assign judge_ends = refute ? (16'(missing5) == remain_q) : (16'(want_q) == remain_q);
  assign left_judge = open_q ? left_q - 15'(want_q) : len_new - 15'(5'(cnt_q) + 5'(want_q));
  // Nothing is kept of a header that is complete.
  assign nonce_due  = whole_q && (cnt_q != '0);
  assign complete   = aad || (accept && !becomes_whole);
  assign hdr_seq    = end_seq_i - 32'(remain_q) - 32'(cnt_q);

  // ---- Scan: of what is kept, of the payload --------------------------------------------------------

  logic           carry_hit_q, carry_all_q, scan_valid, scan_found, scan_hit, scan_below;
  logic           scan_ends;
  logic [1:0]     carry_drop_q;
  logic [3:0]     carry_cnt_q;
  logic [PosW:0]  scan_n;
  logic [15:0]    decided;
  logic [AtW-1:0] look_d;

  hdr_keep u_keep (
    .clk_i    (clk_i),
    .tls13_i  (tls13_i),
    .bytes_i  (hdr_q[63:0]),
    .cnt_i    (cnt_q),
    .remain_i (remain_q),
    .hit_o    (carry_hit_q),
    .all_o    (carry_all_q),
    .drop_o   (carry_drop_q),
    .cnt_o    (carry_cnt_q)
  );

  hdr_scan #(
    .DataW (DataW)
  ) u_scan (
    .clk_i       (clk_i),
    .rst_i       (rst_i),
    .tls13_i     (tls13_i),
    .load_i      (step && (phase_q != PhScan || scan_ends)),
    .at_i        (look_d),
    .scan_i      (phase_q == PhScan),
    .en_i        (piece_ready_i),
    .at_o        (look_o),
    .win_ready_i (win_ready_i),
    .beat_i      (beat_i),
    .beyond_i    (beyond_i),
    .valid_o     (scan_valid),
    .hit_o       (scan_found),
    .n_o         (scan_n)
  );

  // Bytes in front of the next position to be looked at.
  assign drops   = (phase_q == PhJudge && refute) || (phase_q == PhKept);
  assign dropped = (phase_q == PhJudge) ? hdr_q >> 8 : hdr_q >> {carry_drop_q, 3'b000};

  // The last four positions are never decided here: no whole header fits there.
  assign decided    = remain_q - 16'(CarryBytes);
  assign scan_below = (16'(scan_n) < decided);
  assign scan_hit   = scan_found && scan_below;
  assign scan_ends  = scan_found || !scan_below;

  // ---- Phases -------------------------------------------------------------------------------------

  walk_phase u_phase (
    .phase_i      (phase_q),
    .track_i      (track_q),
    .open_i       (open_q),
    .whole_i      (whole_q),
    .nonce_due_i  (nonce_due),
    .kept_i       (cnt_q != '0),
    .past_i       (past_q),
    .found_not_i  (nowhere),
    .closes_i     (closes),
    .win_ready_i  (win_ready_i),
    .judge_ends_i (judge_ends),
    .refute_i     (refute),
    .aad_i        (aad),
    .carry_hit_i  (carry_hit_q),
    .carry_all_i  (carry_all_q),
    .scan_hit_i   (scan_hit),
    .scan_last_i  (!scan_below),
    .needs_win_o  (needs_win),
    .needs_scan_o (needs_scan),
    .push_o       (push),
    .last_o       (last),
    .phase_o      (phase_d)
  );

  assign ready = (win_ready_i || !needs_win) && (scan_valid || !needs_scan);
  assign step  = (phase_q != PhDone) && ready && (piece_ready_i || !push);

  // ---- Position -----------------------------------------------------------------------------------

  logic [AtW-1:0] past_at;
  logic [15:0]    behind;
  logic           known;    // the walk begins inside a record whose end is known
  logic [AtW-1:0] rec_over; // bytes of that record behind the payload

  assign known   = open_q && !nonce_due && (track_q != TrackSearching);
  assign past_at = end_abs_q - AtW'(remain_q);
  assign rec_over = AtW'(rec_start_q) + AtW'(rec_len_q) - AtW'(end_seq_i);

  // What is left of the payload behind a step that the cutter is told of, behind any step.
  always_comb begin
    case (phase_q)
      PhPiece:  behind = closes ? peek_remain : '0;
      PhSkip:   behind = closes ? peek_remain : '0;
      PhSearch: behind = (clean_i && !few) ? 16'(CarryBytes) : remain_q;
      PhScan:   behind = scan_below ? remain_q - 16'(scan_n) : 16'(CarryBytes);
      default:  behind = remain_q;
    endcase
  end

  always_comb begin
    case (phase_q)
      PhJudge: remain_d = remain_q - 16'(refute ? missing5 : want_q);
      PhKept:  remain_d = carry_all_q ? '0 : remain_q;
      PhTail:  remain_d = '0;
      default: remain_d = behind;
    endcase
  end

  // The next header, or the next byte that the scan has to look at.
  always_comb begin
    case (phase_q)
      PhPast:   look_d = known ? end_abs_q + rec_over : past_at - AtW'(cnt_q);
      PhJudge:  look_d = refute ? look_q + 1'b1 : look_q + AtW'(open_q ? rec_len_q : len_new);
      PhKept:   look_d = look_q + (carry_hit_q ? AtW'(carry_drop_q) : AtW'(cnt_q));
      PhSearch: look_d = (clean_i && !few) ? end_abs_q - AtW'(CarryBytes) : look_q;
      PhScan:   look_d = scan_below ? look_q + AtW'(scan_n) : end_abs_q - AtW'(CarryBytes);
      default:  look_d = look_q;
    endcase
  end

  // ---- Registers --------------------------------------------------------------------------------------

  chain_t    chain_in, chain_out;
  open_rec_t rec_in, rec_out;

  logic      start_walk;

  assign start_walk = start_par_i.walk;
  assign chain_in   = ctx_i.chain;
  assign rec_in     = ctx_i.rec;

  always_ff @(posedge clk_i) begin
    if (step) begin
      phase_q  <= phase_d;
      remain_q <= remain_d;
      look_q   <= look_d;

      // The window comes late: nothing but this choice stands behind it.
      if (fetches) hdr_q <= joined;
      else if (drops) hdr_q <= dropped;

      case (phase_q)
        PhPast: left_q <= 15'(rec_over) + 15'(remain_q);
        PhPeek, PhJoin: want_q <= want;
        PhJudge: begin
          cnt_q  <= complete ? '0 : cnt_q + want_q;
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
            cnt_q   <= 4'(CarryBytes);
            track_q <= TrackSearching;
            auth_q  <= AuthNoOffload;
            if (!plausible) lost_q <= 1'b1;
          end
        end
        PhPiece, PhSkip: begin
          want_q <= want;
          left_q <= left_q - 15'(remain_q);  // the record goes on, or it does not matter
          head_q <= 1'b0;
          if (rec_ends) open_q <= 1'b0;
          if (phase_q == PhPiece) pieces_q <= 1'b1;
          if (phase_q == PhPiece && rec_ends) complete_q <= 1'b1;
        end
        PhKept: cnt_q <= carry_cnt_q;
        PhTail: cnt_q <= remain_q[3:0];
        default: ;
      endcase
    end

    if (load_i) begin
      if (start_walk) phase_q <= PhPast;
      end_q       <= end_i;
      end_abs_q   <= {base_i, PosW'(0)} + AtW'(end_i);
      past_q      <= (start_par_i.past != '0);
      remain_q    <= start_par_i.remain;
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

  assign piece_valid_o = push && (scan_valid || !needs_scan);

  piece_form u_form (
    .tls13_i   (tls13_i),
    .iv_i      (iv_i),
    .number_i  (number_q),
    .hdr_i     (hdr_q),
    .rec_len_i (rec_len_q),
    .left_i    (left_q),
    .crypto_i  (phase_q == PhPiece),
    .head_i    (head_q),
    .last_i    (last),
    .end_i     (end_q),
    .remain_i  (remain_q),
    .behind_i  (behind),
    .piece_o   (piece_o)
  );

endmodule

`default_nettype wire
