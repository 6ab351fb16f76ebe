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
(
  // State
  input  wire phase_e       phase_i,
  input  wire track_state_e track_i,
  input  wire logic         open_i,
  input  wire logic         whole_i,
  input  wire logic         nonce_due_i,   // the open record's explicit nonce is not complete
  input  wire logic         kept_i,        // bytes are kept
  input  wire logic         past_i,        // bytes are before `expected`
  input  wire logic         found_not_i,   // no header lies wholly in what is left
  input  wire logic         closes_i,      // the open record ends, the payload goes on
  input  wire logic         win_ready_i,
  // Header, scan
  input  wire logic         judge_ends_i,  // the payload's last byte is among the judged ones
  input  wire logic         refute_i,
  input  wire logic         aad_i,
  input  wire logic         carry_hit_i,
  input  wire logic         carry_all_i,
  input  wire logic         scan_hit_i,
  input  wire logic         scan_last_i,   // no whole header can lie behind this beat
  // Step
  output      logic         needs_win_o,
  output      logic         needs_scan_o,
  output      logic         push_o,        // it gives a piece or a move
  output      logic         last_o,        // behind which nothing follows
  output phase_e            phase_o
);

  logic is_body;

  assign is_body      = (phase_i == PhPiece) || (phase_i == PhSkip);
  assign needs_win_o  = (phase_i == PhPeek) || (phase_i == PhJoin) || (phase_i == PhTail);
  assign needs_scan_o = (phase_i == PhScan);
  assign push_o       = is_body || (phase_i == PhPast && past_i) || (phase_i == PhScan) ||
                        (phase_i == PhSearch && found_not_i) || (phase_i == PhEnd);
  assign last_o       = (is_body && !closes_i) || (phase_i == PhEnd);

  phase_e resume, header, next;

  // Where the walk begins behind the bytes that are past.
  always_comb begin
    if (track_i == TrackSearching) begin
      if (kept_i) resume = PhJoin;
      else resume = PhSearch;
    end else if (!open_i || nonce_due_i) resume = PhPeek;
    else if (!whole_i) resume = PhSkip;
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
        if (aad_i) next = PhPiece;
        else if (judge_ends_i) next = PhEnd;
        else if (refute_i) next = PhCarry;
        else next = PhSkip;
      end
      PhPiece, PhSkip: begin
        if (closes_i) next = header;
        else next = PhDone;
      end
      PhJoin: next = PhCarry;
      PhCarry: next = PhChoose;
      PhChoose: next = PhKept;
      PhKept: begin
        if (carry_hit_i) next = PhPeek;
        else if (carry_all_i) next = PhEnd;
        else next = PhSearch;
      end
      PhSearch: begin
        if (found_not_i) next = PhTail;
        else next = PhScan;
      end
      PhScan: begin
        if (scan_hit_i) next = PhPeek;
        else if (scan_last_i) next = PhSearch;
        else next = PhScan;
      end
      PhTail: next = PhEnd;
      default: next = PhDone;
    endcase
  end

  assign phase_o = next;

endmodule

`default_nettype wire
