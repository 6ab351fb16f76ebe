// SPDX-License-Identifier: BSD-2-Clause
//
// The table of slot_cut: what each phase takes of the payload, the slot it gives, the next phase.
//
// Contract: combinational. Bytes that are not part of the phase's own choice (judge_n_i, scan_n_i)
// are limited here: by the packet, by the record, and by the group of blocks that a slot may hold.

`default_nettype none

module slot_phase
  import tls_rx_pkg::*;
  import track_pkg::*;
#(
  parameter int DataW = 128,
  localparam int BeatBytes = DataW / 8,
  localparam int PosW      = $clog2(BeatBytes)
) (
  // State
  input  wire phase_e          phase_i,
  input  wire track_state_e    track_i,
  input  wire logic            open_i,
  input  wire logic            whole_i,
  input  wire logic            nonce_due_i,  // the open record's explicit nonce is not complete
  input  wire logic            kept_i,       // bytes are kept
  input  wire logic            ks_i,
  input  wire logic            slots_i,      // the packet has had slots
  input  wire logic [15:0]     past_i,
  input  wire logic [15:0]     remain_i,
  input  wire logic [14:0]     left_i,
  input  wire logic [PosW-1:0] from_i,       // place in the group of blocks
  // Header
  input  wire logic [3:0]      judge_n_i,
  input  wire logic            refute_i,
  input  wire logic            aad_i,
  input  wire logic            no_text_i,    // nothing but the tag follows the header
  input  wire logic            carry_hit_i,
  input  wire logic            carry_all_i,
  input  wire logic            scan_hit_i,
  input  wire logic [PosW:0]   scan_n_i,
  // Step
  output      logic [PosW:0]   n_o,          // bytes taken
  output      logic            takes_o,      // they are payload from `expected` on
  output      logic            emit_o,       // the step gives a slot
  output slot_kind_e           kind_o,
  output      logic            left_ends_o,  // the record's last byte is among them
  output      logic            ends_o,       // the payload's last byte is among them
  output phase_e               phase_o
);

  // ---- Bytes ------------------------------------------------------------------------------------

  localparam logic [15:0] Beat = 16'(BeatBytes);

  logic [15:0] left, text_left, group_left, left_n, text_n, text_max;

  assign left       = 16'(left_i);
  assign text_left  = left - 16'(TagLen);
  assign group_left = Beat - 16'(from_i);
  assign left_n     = (left < remain_i) ? left : remain_i;
  assign text_max   = (text_left < remain_i) ? text_left : remain_i;
  assign text_n     = (text_max < group_left) ? text_max : group_left;

  function automatic logic [PosW:0] beat_most(input logic [15:0] x);
    return (x < Beat) ? (PosW + 1)'(x) : (PosW + 1)'(Beat);
  endfunction

  always_comb begin
    case (phase_i)
      PhPast:   n_o = beat_most(past_i);
      PhJudge:  n_o = (PosW + 1)'(judge_n_i);
      PhText:   n_o = beat_most(text_n);
      PhTag:    n_o = beat_most(left_n);
      PhSkip:   n_o = beat_most(left_n);
      PhSearch: n_o = scan_n_i;
      PhCarry:  n_o = carry_all_i ? (PosW + 1)'(remain_i) : '0;
      default:  n_o = '0;
    endcase
  end

  logic body, text_ends, past_ends;

  assign body        = (phase_i == PhText) || (phase_i == PhTag) || (phase_i == PhSkip);
  assign takes_o     = body || (phase_i == PhJudge) || (phase_i == PhSearch) ||
                       (phase_i == PhCarry);
  assign left_ends_o = body && (16'(n_o) == left);
  assign text_ends   = (16'(n_o) == text_left);
  assign past_ends   = (16'(n_o) == past_i);
  assign ends_o      = takes_o && (16'(n_o) == remain_i);

  // ---- Slot -------------------------------------------------------------------------------------

  // A packet that collects keystream covers all its bytes; crypto has its slots in any case.
  assign emit_o = (kind_o != SlotSkip) || (phase_i == PhTail) ||
                  (takes_o && ks_i && (n_o != '0));

  always_comb begin
    case (phase_i)
      PhJudge: begin
        if (aad_i) kind_o = SlotAad;
        else kind_o = SlotSkip;
      end
      PhText:  kind_o = SlotText;
      PhTag:   kind_o = SlotTag;
      default: kind_o = SlotSkip;
    endcase
  end

  // ---- Next phase ---------------------------------------------------------------------------------

  phase_e phase, resume, next;

  assign phase = phase_i;

  // Where the walk begins behind the bytes that are past.
  always_comb begin
    if (track_i == TrackSearching) begin
      if (kept_i) resume = PhCarry;
      else resume = PhSearch;
    end else if (!open_i || nonce_due_i) resume = PhPeek;
    else if (!whole_i) resume = PhSkip;
    else if (left_i > TagLen) resume = PhText;
    else resume = PhTag;
  end

  always_comb begin
    next = phase;
    case (phase_i)
      PhPast: if (past_ends) next = resume;
      PhPeek: next = PhJudge;
      // A header cut by the packet's end comes here too, but nothing is left to do then.
      PhJudge: begin
        if (refute_i) next = PhCarry;
        else if (!aad_i) next = PhSkip;
        else if (no_text_i) next = PhTag;
        else next = PhText;
      end
      PhText: if (text_ends) next = PhTag;
      PhTag: if (left_ends_o) next = PhPeek;
      PhSkip: if (left_ends_o) next = PhPeek;
      PhSearch: if (scan_hit_i) next = PhPeek;
      PhCarry: begin
        if (carry_hit_i) next = PhPeek;
        else next = PhSearch;
      end
      default: next = PhDone;
    endcase
    if (ends_o) begin
      if (slots_i && !emit_o) next = PhTail;
      else next = PhDone;
    end
  end

  assign phase_o = next;

endmodule

`default_nettype wire
