// SPDX-License-Identifier: BSD-2-Clause
//
// The table of rec_walk: what each phase takes of the payload, what it tells the cutter, the next phase.
//
// Contract: combinational. A step is taken when its needs are there: needs_win_o the window's bytes,
// push_o room for a piece. peek_o: the window stands at the header behind the bytes taken, so a
// record's last piece and the look at the next header are one step, if win_ready_i.

`default_nettype none

module walk_phase
  import tls_rx_pkg::*;
  import track_pkg::*;
(
  // State
  input  wire phase_e          phase_i,
  input  wire track_state_e    track_i,
  input  wire logic            open_i,
  input  wire logic            whole_i,
  input  wire logic            nonce_due_i,  // the open record's explicit nonce is not complete
  input  wire logic            kept_i,       // bytes are kept
  input  wire logic            clean_i,      // no header lies wholly in the payload
  input  wire logic [15:0]     past_i,
  input  wire logic [15:0]     remain_i,
  input  wire logic [14:0]     left_i,
  input  wire logic            win_ready_i,
  // Header
  input  wire logic [3:0]      judge_n_i,
  input  wire logic            refute_i,
  input  wire logic            aad_i,
  input  wire logic            carry_hit_i,
  input  wire logic            carry_all_i,
  input  wire logic            scan_hit_i,
  input  wire logic            scan_carry_i,
  input  wire logic [15:0]     scan_n_i,
  // Step
  output      logic [15:0]     n_o,          // bytes taken
  output      logic            body_o,       // they are the open record's
  output      logic            left_ends_o,  // its last byte is among them
  output      logic            ends_o,       // the payload's last byte is among them
  output      logic            needs_win_o,
  output      logic            push_o,       // the step gives a piece or a move
  output      logic            peek_o,
  output phase_e               phase_o
);

  localparam logic [15:0] Carry = 16'(CarryBytes);

  logic [15:0] left;
  logic        is_body, closes, jump;

  assign left    = 16'(left_i);
  assign is_body = (phase_i == PhPiece) || (phase_i == PhSkip);
  assign closes  = (left < remain_i);  // the record ends, the payload goes on
  assign jump    = clean_i && !scan_carry_i;

  always_comb begin
    case (phase_i)
      PhPast:   n_o = past_i;
      PhJudge:  n_o = 16'(judge_n_i);
      PhPiece:  n_o = closes ? left : remain_i;
      PhSkip:   n_o = closes ? left : remain_i;
      PhSearch: n_o = jump ? remain_i - Carry : scan_n_i;
      PhCarry:  n_o = carry_all_i ? remain_i : '0;
      default:  n_o = '0;
    endcase
  end

  assign body_o      = is_body;
  assign left_ends_o = is_body && (left <= remain_i);
  assign peek_o      = is_body && closes;

  always_comb begin
    case (phase_i)
      PhJudge:  ends_o = (16'(judge_n_i) == remain_i);
      PhPiece:  ends_o = !closes;
      PhSkip:   ends_o = !closes;
      PhSearch: ends_o = scan_carry_i;
      PhCarry:  ends_o = carry_all_i;
      default:  ends_o = (phase_i == PhEnd);
    endcase
  end

  assign needs_win_o = (phase_i == PhPeek) || (phase_i == PhSearch && !jump) ||
                       (phase_i == PhCarry);
  assign push_o      = is_body || (phase_i == PhPast && past_i != '0) ||
                       (phase_i == PhSearch) || (phase_i == PhEnd);

  // ---- Next phase ---------------------------------------------------------------------------------

  phase_e resume, header, next;

  // Where the walk begins behind the bytes that are past.
  always_comb begin
    if (track_i == TrackSearching) begin
      if (kept_i) resume = PhCarry;
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
        else if (ends_o) next = PhEnd;
        else if (refute_i) next = PhCarry;
        else next = PhSkip;
      end
      PhPiece, PhSkip: begin
        if (ends_o) next = PhDone;
        else next = header;
      end
      PhSearch: begin
        if (ends_o) next = PhDone;
        else if (scan_hit_i && !jump) next = PhPeek;
        else next = PhSearch;
      end
      PhCarry: begin
        if (ends_o) next = PhEnd;
        else if (carry_hit_i) next = PhPeek;
        else next = PhSearch;
      end
      default: next = PhDone;
    endcase
  end

  assign phase_o = next;

endmodule

`default_nettype wire
