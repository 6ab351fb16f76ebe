// SPDX-License-Identifier: BSD-2-Clause
//
// Where the walk is: in the payload, in the open record, and the byte that it looks at.
//
// Contract: load_i sets the walk to the payload byte from which remain_i bytes are left. at_o is where it is
// in this cycle, from registers; step_o and look_o what the step of the phase comes to, look_o being
// the next place of the look (beat number, position). step_i takes the step.
// The place of the look is where a header begins, also when its first bytes came in a packet before.

`default_nettype none

module walk_pos import tls_rx_pkg::*, track_pkg::*, walk_pkg::*; #(
  parameter int DataW = 128,
  localparam int PosW = $clog2(DataW / 8),
  localparam int AtW  = BeatW + PosW
) (
  // Clock
  input  wire logic          clk_i,
  // Packet
  input  wire logic          load_i,
  input  wire logic [15:0]   remain_i,
  input  wire walk_job_t     job_i,
  // Step
  input  wire logic          step_i,
  input  wire phase_e        phase_i,
  input  wire ctx_progress_t ctx_i,
  input  wire judgement_t    judge_i,
  input  wire logic [3:0]    taken_i,      // header bytes that PhJudge takes
  input  wire kept_t         kept_i,
  input  wire logic          scan_hit_i,
  input  wire logic [PosW:0] scan_n_i,
  // Position
  output walk_at_t           at_o,
  output walk_step_t         step_o,
  output      logic [AtW-1:0] look_o
);

  logic [15:0]    end_q, remain_q, remain_d;
  logic [14:0]    left_q;
  logic [AtW-1:0] look_q, end_abs_q;

  // ---- Record, header, scan -----------------------------------------------------------------------

  chain_t         chain;
  open_rec_t      rec;
  logic           is_open, refute, body, closes, few, jumps, nonce_due, known, all, scan_below;
  logic [3:0]     cnt, missing5;
  logic [14:0]    left_judge, rec_len, len_new;
  logic [15:0]    peek, decided, behind;
  logic [AtW-1:0] rec_over, kept_n;

  assign chain   = ctx_i.chain;
  assign rec     = ctx_i.rec;
  assign cnt     = chain.hdr_cnt;
  assign is_open = rec.open;
  assign rec_len = rec.length;
  assign refute  = judge_i.refute;
  assign len_new = judge_i.rec_len;

  assign body     = (phase_i == PhPiece) || (phase_i == PhSkip);
  assign closes   = (16'(left_q) < remain_q);
  assign peek     = body ? remain_q - 16'(left_q) : remain_q;
  assign few      = (remain_q <= 16'(CarryBytes));
  assign jumps    = job_i.clean && !few;
  assign missing5 = HdrBytes - cnt;

  assign left_judge = is_open ? left_q - 15'(taken_i) : len_new - 15'(5'(cnt) + 5'(taken_i));

  // The walk begins inside a record whose end is known, rec_over bytes behind the payload's.
  assign nonce_due = rec.whole && (cnt != '0);
  assign known     = is_open && !nonce_due && (chain.track != TrackSearching);
  assign rec_over  = AtW'(rec.start) + AtW'(rec_len) - AtW'(job_i.end_seq);

  // The last four positions are never decided here: no whole header fits there.
  assign decided    = remain_q - 16'(CarryBytes);
  assign scan_below = (16'(scan_n_i) < decided);

  assign all    = kept_i.all;
  assign kept_n = kept_i.hit ? AtW'(kept_i.drop) : AtW'(cnt);

  // ---- Next position ------------------------------------------------------------------------------

  // What is left of the payload behind a step that the cutter is told of, behind any step.
  always_comb begin
    case (phase_i)
      PhPiece, PhSkip: behind = closes ? peek : '0;
      PhSearch: behind = jumps ? 16'(CarryBytes) : remain_q;
      PhScan:   behind = scan_below ? remain_q - 16'(scan_n_i) : 16'(CarryBytes);
      default:  behind = remain_q;
    endcase
  end

  always_comb begin
    case (phase_i)
      PhJudge: remain_d = remain_q - 16'(refute ? missing5 : taken_i);
      PhKept:  remain_d = all ? '0 : remain_q;
      PhTail:  remain_d = '0;
      default: remain_d = behind;
    endcase
  end

  // The next header, or the next byte that the scan has to look at.
  always_comb begin
    case (phase_i)
      PhPast:   look_o = known ? end_abs_q + rec_over : end_abs_q - AtW'(remain_q) - AtW'(cnt);
      PhJudge:  look_o = refute ? look_q + 1'b1 : look_q + AtW'(is_open ? rec_len : len_new);
      PhKept:   look_o = look_q + kept_n;
      PhSearch: look_o = jumps ? end_abs_q - AtW'(CarryBytes) : look_q;
      PhScan:   look_o = scan_below ? look_q + AtW'(scan_n_i) : end_abs_q - AtW'(CarryBytes);
      default:  look_o = look_q;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (step_i) begin
      remain_q <= remain_d;
      look_q   <= look_o;
      if (phase_i == PhPast) left_q <= 15'(rec_over) + 15'(remain_q);
      if (phase_i == PhJudge) left_q <= left_judge;
      // The record goes on, or it does not matter.
      if (body) left_q <= left_q - 15'(remain_q);
    end

    if (load_i) begin
      end_q     <= job_i.end_at;
      end_abs_q <= {job_i.base, PosW'(0)} + AtW'(job_i.end_at);
      remain_q  <= remain_i;
    end
  end

  // ---- Out ----------------------------------------------------------------------------------------

  assign at_o.end_at   = end_q;
  assign at_o.remain   = remain_q;
  assign at_o.left     = left_q;
  assign at_o.peek     = peek;
  assign at_o.closes   = closes;
  assign at_o.rec_ends = (16'(left_q) <= remain_q);
  assign at_o.nowhere  = job_i.clean || few;

  assign step_o.behind     = behind;
  assign step_o.judge_ends = refute ? (16'(missing5) == remain_q) : (16'(taken_i) == remain_q);
  assign step_o.scan_hit   = scan_hit_i && scan_below;
  assign step_o.scan_last  = !scan_below;

endmodule

`default_nettype wire
