// SPDX-License-Identifier: BSD-2-Clause
//
// Walks the record headers of one packet and tells the cutter what the packet has of each record.
//
// Contract: load_i (one cycle, done_o = 1) loads the packet; if start_i.walk it is walked: from where
// start_i says, with the context ctx_i; job_i stays as it is until done_o. The walk goes from header to
// header: look_o is the byte (beat number, position) that it looks at, win_i, beat_i and beyond_i answer
// in the same cycle, win_ready_i says that those bytes have arrived. Pieces and moves leave in order under
// piece_ready_i. A record costs two steps. done_o = 1 again: the payload is walked, the last piece had
// `last`, ctx_o is the context behind it.
//
// A step: walk_phase says what the phase needs and which one is next, walk_pos where the walk is then,
// walk_ctx what the context is then, hdr_scan what the payload has, piece_form what the cutter is told.

`default_nettype none

module rec_walk import tls_rx_pkg::*, track_pkg::*, walk_pkg::*; #(
  parameter int DataW = 128,
  localparam int PosW = $clog2(DataW / 8),
  localparam int AtW  = BeatW + PosW
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Packet
  input  wire logic             load_i,
  input  wire walk_start_t      start_i,
  input  wire ctx_progress_t    ctx_i,
  input  wire walk_job_t        job_i,
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
  output walk_result_t          result_o,
  output      logic             ev_lock_o
);

  // ---- Phase --------------------------------------------------------------------------------------

  phase_e         phase_q, phase_d;
  logic           past_q, pieces_q, complete_q;  // bytes before `expected`; result so far
  logic           needs_win, needs_scan, push, last, ready, step, starts;
  logic           scan_valid, scan_found, scan_ends, head;
  logic [PosW:0]  scan_n;
  logic [AtW-1:0] look_d;
  logic [3:0]     taken;
  ctx_progress_t  ctx;
  judgement_t     judge;
  kept_t          kept;
  walk_at_t       at;
  walk_step_t     to;

  walk_phase u_phase (
    .phase_i (phase_q), .ctx_i (ctx), .at_i (at), .past_i (past_q),
    .win_ready_i, .judge_i (judge), .kept_i (kept), .step_i (to),
    .needs_win_o (needs_win), .needs_scan_o (needs_scan), .push_o (push), .last_o (last),
    .phase_o (phase_d)
  );

  assign ready  = (win_ready_i || !needs_win) && (scan_valid || !needs_scan);
  assign step   = (phase_q != PhDone) && ready && (piece_ready_i || !push);
  assign starts = start_i.walk;

  always_ff @(posedge clk_i) begin
    if (step) begin
      phase_q <= phase_d;
      if (phase_q == PhPiece) pieces_q <= 1'b1;
      if (phase_q == PhPiece && at.rec_ends) complete_q <= 1'b1;
    end

    if (load_i) begin
      if (starts) phase_q <= PhPast;
      past_q     <= (start_i.past != '0);
      pieces_q   <= 1'b0;
      complete_q <= 1'b0;
    end

    if (rst_i) phase_q <= PhDone;
  end

  // ---- Context, position, scan --------------------------------------------------------------------

  walk_ctx u_ctx (
    .clk_i,
    .load_i, .start_i, .ctx_i, .job_i,
    .step_i (step), .phase_i (phase_q), .at_i (at), .win_i,
    .ctx_o (ctx), .judge_o (judge), .kept_o (kept), .taken_o (taken), .head_o (head),
    .lost_o (result_o.lost)
  );

  walk_pos #(
    .DataW (DataW)
  ) u_pos (
    .clk_i,
    .load_i, .remain_i (start_i.remain), .job_i,
    .step_i (step), .phase_i (phase_q), .ctx_i (ctx), .judge_i (judge), .taken_i (taken),
    .kept_i (kept), .scan_hit_i (scan_found), .scan_n_i (scan_n),
    .at_o (at), .step_o (to), .look_o (look_d)
  );

  assign scan_ends = scan_found || to.scan_last;

  hdr_scan #(
    .DataW (DataW)
  ) u_scan (
    .clk_i, .rst_i,
    .tls13_i (job_i.tls13),
    .load_i  (step && (phase_q != PhScan || scan_ends)),
    .at_i    (look_d),
    .scan_i  (phase_q == PhScan),
    .en_i    (piece_ready_i),
    .at_o (look_o), .win_ready_i, .beat_i, .beyond_i,
    .valid_o (scan_valid), .hit_o (scan_found), .n_o (scan_n)
  );

  // ---- Out ------------------------------------------------------------------------------------------

  assign piece_valid_o = push && (scan_valid || !needs_scan);

  piece_form u_form (
    .job_i, .ctx_i (ctx), .at_i (at), .behind_i (to.behind),
    .crypto_i (phase_q == PhPiece), .head_i (head), .last_i (last),
    .piece_o
  );

  assign done_o            = (phase_q == PhDone);
  assign ctx_o             = ctx;
  assign result_o.pieces   = pieces_q;
  assign result_o.complete = complete_q;
  assign ev_lock_o         = step && (phase_q == PhJudge) && judge.locks;

endmodule

`default_nettype wire
