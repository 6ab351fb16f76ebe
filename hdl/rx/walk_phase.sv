// SPDX-License-Identifier: BSD-2-Clause
//
// The table of rec_walk: what a step of each phase needs, what it tells the cutter, the next phase.
//
// Contract: combinational. A step is taken when its needs are there: needs_win_o the bytes at the place
// of the look, needs_scan_o a result of the scan, push_o room for a piece. A record's last piece and the look
// at the next header are one step if win_ready_i.

`default_nettype none

module walk_phase
  import tls_rx_pkg::*;
  import track_pkg::*;
  import walk_pkg::*;
(
  // State
  input  wire phase_e        phase_i,
  input  wire ctx_progress_t ctx_i,
  input  wire walk_at_t      at_i,
  input  wire logic          past_i,        // bytes are before `expected`
  input  wire logic          win_ready_i,
  // Header, scan
  input  wire judgement_t    judge_i,
  input  wire kept_t         kept_i,
  input  wire walk_step_t    step_i,
  // Step
  output      logic          needs_win_o,
  output      logic          needs_scan_o,
  output      logic          push_o,        // it gives a piece or a move
  output      logic          last_o,        // behind which nothing follows
  output phase_e             phase_o
);

  chain_t       chain;
  open_rec_t    rec;
  track_state_e track;
  logic         is_open, whole, kept, nonce_due, closes, nowhere, refute, aad;
  logic         judge_ends, kept_hit, kept_all, scan_hit, scan_last;

  assign chain      = ctx_i.chain;
  assign rec        = ctx_i.rec;
  assign track      = chain.track;
  assign is_open    = rec.open;
  assign whole      = rec.whole;
  assign kept       = (chain.hdr_cnt != '0);
  assign nonce_due  = whole && kept;  // nothing is kept of a header that is complete
  assign closes     = at_i.closes;
  assign nowhere    = at_i.nowhere;
  assign refute     = judge_i.refute;
  assign aad        = judge_i.aad;
  assign judge_ends = step_i.judge_ends;
  assign kept_hit   = kept_i.hit;
  assign kept_all   = kept_i.all;
  assign scan_hit   = step_i.scan_hit;
  assign scan_last  = step_i.scan_last;

  logic is_body;

  assign is_body      = (phase_i == PhPiece) || (phase_i == PhSkip);
  assign needs_win_o  = (phase_i == PhPeek) || (phase_i == PhJoin) || (phase_i == PhTail);
  assign needs_scan_o = (phase_i == PhScan);
  assign push_o       = is_body || (phase_i == PhPast && past_i) || (phase_i == PhScan) ||
                        (phase_i == PhSearch && nowhere) || (phase_i == PhEnd);
  assign last_o       = (is_body && !closes) || (phase_i == PhEnd);

  phase_e resume, header, next;

  // Where the walk begins behind the bytes that are past.
  always_comb begin
    if (track == TrackSearching) begin
      if (kept) resume = PhJoin;
      else resume = PhSearch;
    end else if (!is_open || nonce_due) resume = PhPeek;
    else if (!whole) resume = PhSkip;
    else resume = PhPiece;
  end

  always_comb begin
    if (win_ready_i) header = PhJudge;
    else header = PhPeek;
  end

  always_comb begin
    case (phase_i)
      PhPast: next = resume;
      PhPeek: next = PhJudge;
      // A header cut by the packet's end comes here too, and has nothing left to do.
      PhJudge: begin
        if (aad) next = PhPiece;
        else if (judge_ends) next = PhEnd;
        else if (refute) next = PhCarry;
        else next = PhSkip;
      end
      PhPiece, PhSkip: begin
        if (closes) next = header;
        else next = PhDone;
      end
      PhJoin: next = PhCarry;
      PhCarry: next = PhChoose;
      PhChoose: next = PhKept;
      PhKept: begin
        if (kept_hit) next = PhPeek;
        else if (kept_all) next = PhEnd;
        else next = PhSearch;
      end
      PhSearch: begin
        if (nowhere) next = PhTail;
        else next = PhScan;
      end
      PhScan: begin
        if (scan_hit) next = PhPeek;
        else if (scan_last) next = PhSearch;
        else next = PhScan;
      end
      PhTail: next = PhEnd;
      default: next = PhDone;
    endcase
  end

  assign phase_o = next;

endmodule

`default_nettype wire
