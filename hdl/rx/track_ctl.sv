// SPDX-License-Identifier: BSD-2-Clause
//
// Part A of the tracker: takes the headers in order, decides what each packet is to its flow, lets its
// record headers be walked, and tells the cutter and the hold.
//
//  header --> track_front --------------> rec_walk --> pieces
//                |    |                     |
//                |  track_ctx <-------------+            contexts, verdicts
//                |                          |
//                +--> packet, to the cutter +--> track_desc --> descriptor, to the hold
//
// Contract: one packet at a time; a packet that is passed costs one cycle. pkt_o: one for each frame, in
// order, before its pieces; taken at once, so a header is taken only with pkt_ready_i (room for one more
// behind a packet not told yet). piece_*: as rec_walk gives them. desc_*: one for each frame, when its walk
// is over, or at once. win_*: the ring answers look_o, the number of a beat and a position in it; the
// packet's frame has the beats pkt_o.base to pkt_o.next - 1. over_o: an oversize frame is at the head;
// over_ends_i: its last beat was written, over_next_i is the number of the one behind it.
// A command's context is read while nothing is inside; ctx_done_o one cycle.

`default_nettype none

module track_ctl import tls_rx_pkg::*, track_pkg::*, walk_pkg::*; #(
  parameter int DataW    = 128,
  parameter int NumFlows = 64,
  localparam int AddrW = $clog2(NumFlows),
  localparam int AtW   = BeatW + $clog2(DataW / 8)
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Headers in, one a frame
  input  wire logic             hdr_valid_i,
  output      logic             hdr_ready_o,
  input  wire pkt_hdr_t         hdr_i,
  // Window
  output      logic [AtW-1:0]   look_o,
  input  wire logic             win_ready_i,
  input  wire logic [103:0]     win_i,
  input  wire logic [DataW-1:0] beat_i,
  input  wire logic [31:0]      beyond_i,
  // Oversize frames
  output      logic             over_o,
  input  wire logic             over_ends_i,
  input  wire logic [BeatW-1:0] over_next_i,
  // Packets and pieces out, to the cutter; pkt_o.base and next are those of the packet in hand
  output      logic             pkt_valid_o,
  input  wire logic             pkt_ready_i,
  output cut_pkt_t              pkt_o,
  output      logic             piece_valid_o,
  input  wire logic             piece_ready_i,
  output piece_t                piece_o,
  // Descriptors out, one a frame, to the hold
  output      logic             desc_valid_o,
  input  wire logic             desc_ready_i,
  output pkt_desc_t             desc_o,
  // Verdicts of the crypto
  input  wire logic             verdict_valid_i,
  input  wire logic             verdict_ok_i,
  // Commands on contexts
  input  wire logic             ctx_valid_i,
  input  wire ctx_req_t         ctx_req_i,
  output      logic             ctx_done_o,
  output ctx_psv_t              ctx_psv_o,
  // Control, status
  input  wire logic [23:0]      relock_records_i,
  input  wire logic [15:0]      cmd_count_i,
  output      logic             idle_o,
  output      logic [31:0]      frames_o,
  // Statistics, pulses
  output track_ev_t             ev_o
);

  // ---- One packet, or one command, at a time --------------------------------------------------------

  pkt_meta_t     meta;
  walk_start_t   start;
  walk_job_t     job;
  walk_result_t  result;
  ctx_static_t   stat;
  ctx_progress_t prog, prog_walk;
  track_ev_t     ev;
  logic [AddrW-1:0] row;
  logic ctx_ready, ctx_read, blocked, check, walk_done, settles, settling, desc_free, told;
  logic walk_ends, pass_leaves, cmd_exec, front_idle;

  track_front #(
    .DataW    (DataW),
    .NumFlows (NumFlows)
  ) u_front (
    .clk_i, .rst_i,
    .hdr_valid_i, .hdr_ready_o, .hdr_i,
    .ctx_ready_i (ctx_ready), .ctx_read_o (ctx_read), .row_o (row),
    .stat_i (stat), .prog_i (prog), .blocked_i (blocked),
    .meta_o (meta), .check_o (check), .start_o (start), .job_o (job),
    .walk_done_i (walk_done), .settles_i (settles), .settling_i (settling),
    .desc_free_i (desc_free), .walk_ends_o (walk_ends), .pass_leaves_o (pass_leaves),
    .over_o, .over_ends_i, .over_next_i,
    .pkt_valid_o, .pkt_ready_i, .pkt_o,
    .cmd_valid_i (ctx_valid_i), .cmd_exec_o (cmd_exec), .cmd_done_o (ctx_done_o),
    .relock_records_i, .cmd_count_i,
    .idle_o (front_idle), .frames_o
  );

  // ---- Context, walk, descriptor ------------------------------------------------------------------

  track_ctx #(
    .NumFlows (NumFlows)
  ) u_ctx (
    .clk_i, .rst_i, .ready_o (ctx_ready),
    .rd_en_i (ctx_read), .rd_row_i (row),
    .stat_o (stat), .prog_o (prog), .blocked_o (blocked),
    .told_i (told), .ends_i (walk_ends), .row_i (AddrW'(meta.flow)), .prog_i (prog_walk),
    .complete_i (result.complete), .settles_o (settles), .settling_o (settling),
    .verdict_valid_i, .verdict_ok_i,
    .cmd_valid_i (ctx_valid_i), .cmd_req_i (ctx_req_i), .cmd_exec_i (cmd_exec), .psv_o (ctx_psv_o),
    .confirm_o (ev.ok), .ignored_o (ev.skip), .auth_ok_o (ev.auth_ok), .auth_fail_o (ev.auth_fail)
  );

  rec_walk #(
    .DataW (DataW)
  ) u_walk (
    .clk_i, .rst_i,
    .load_i (check), .start_i (start), .ctx_i (prog), .job_i (job),
    .look_o, .win_ready_i, .win_i, .beat_i, .beyond_i,
    .piece_valid_o, .piece_ready_i, .piece_o,
    .done_o (walk_done), .ctx_o (prog_walk), .result_o (result),
    .ev_lock_o (ev.lock)
  );

  track_desc u_desc (
    .clk_i, .rst_i,
    .meta_i (meta), .check_i (check), .ks_i (start.ks),
    .piece_fire_i (piece_valid_o && piece_ready_i), .piece_i (piece_o), .result_i (result),
    .walk_ends_i (walk_ends), .pass_leaves_i (pass_leaves), .told_o (told), .free_o (desc_free),
    .desc_valid_o, .desc_ready_i, .desc_o
  );

  assign ev.req = walk_ends && result.lost;
  assign idle_o = front_idle && !settling && !desc_valid_o;

  always_ff @(posedge clk_i) begin
    ev_o <= ev;

    if (rst_i) ev_o <= '0;
  end

endmodule

`default_nettype wire
