// SPDX-License-Identifier: BSD-2-Clause
//
// Part A of the tracker: takes the headers in order, decides what each packet is to its flow, lets its
// record headers be walked, and tells the cutter and the hold.
//
//  header --> track_pkt --> seq_check --> rec_walk --> pieces
//                |             |             |
//                |         track_ctx <-------+         contexts, verdicts
//                |                           |
//                +--> packet, to the cutter  +--> track_desc --> descriptor, to the hold
//
// Contract: one packet at a time; a packet that is passed costs one cycle. pkt_o: one for each frame, in
// order, before its pieces; taken at once, so a header is taken only with pkt_ready_i (room for one more
// behind a packet not told yet). piece_*: as rec_walk gives them. desc_*: one for each frame, when its walk
// is over, or at once. win_*: the ring answers look_o, the number of a beat and a position in it; the
// packet's frame has the beats pkt_o.base to pkt_o.next - 1. over_o: an oversize frame is at the head;
// over_ends_i: its last beat was written, over_next_i is the number of the one behind it.
// A command's context is read while nothing is inside; ctx_done_o one cycle.

`default_nettype none

module track_ctl
  import tls_rx_pkg::*;
  import track_pkg::*;
  import walk_pkg::*;
#(
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
  output track_events_t         events_o
);

  // ---- One packet, or one command, at a time --------------------------------------------------------

  logic take, eligible, blocked, check, walk_ends, walk_done, settles, settling, pass_leaves;
  logic over_told, ctx_ready, ctx_read, cmd_exec, fsm_idle, desc_free;
  logic oversize, clean;         // of the packet in hand
  logic start_walk, start_ks;
  walk_start_t start;

  assign start_walk = start.walk;
  assign start_ks   = start.ks;

  track_fsm u_fsm (
    .clk_i         (clk_i),
    .rst_i         (rst_i),
    .hdr_valid_i   (hdr_valid_i),
    .hdr_ready_o   (hdr_ready_o),
    .take_o        (take),
    .oversize_i    (hdr_i.oversize),
    .eligible_i    (eligible),
    .blocked_i     (eligible && blocked),
    .pkt_ready_i   (pkt_ready_i),
    .check_o       (check),
    .walk_i        (start_walk),
    .walk_done_i   (walk_done),
    .settles_i     (settles),
    .settling_i    (settling),
    .desc_free_i   (desc_free),
    .walk_ends_o   (walk_ends),
    .pass_leaves_o (pass_leaves),
    .over_o        (over_o),
    .over_ends_i   (over_ends_i),
    .over_told_o   (over_told),
    .ctx_ready_i   (ctx_ready),
    .ctx_read_o    (ctx_read),
    .cmd_valid_i   (ctx_valid_i),
    .cmd_exec_o    (cmd_exec),
    .cmd_done_o    (ctx_done_o),
    .idle_o        (fsm_idle)
  );

  assign idle_o = fsm_idle && !settling && !desc_valid_o;

  // ---- Packet -------------------------------------------------------------------------------------

  pkt_meta_t   meta_in, meta;
  cut_pkt_t    pkt;
  ctx_static_t stat;
  logic [15:0] end_at;
  logic [31:0] end_seq;

  assign meta_in = hdr_i.meta;

  track_pkt #(
    .DataW (DataW)
  ) u_pkt (
    .clk_i       (clk_i),
    .rst_i       (rst_i),
    .hdr_i       (hdr_i),
    .take_i      (take),
    .cmd_count_i (cmd_count_i),
    .eligible_o  (eligible),
    .check_i     (check),
    .walk_i      (check && start_walk),
    .ks_i        (start_ks),
    .stat_i      (stat),
    .over_ends_i (over_ends_i),
    .over_next_i (over_next_i),
    .meta_o      (meta),
    .oversize_o  (oversize),
    .clean_o     (clean),
    .end_at_o    (end_at),
    .end_seq_o   (end_seq),
    .pkt_o       (pkt),
    .frames_o    (frames_o)
  );

  // A packet is told in the cycle after it was taken, when its context is there.
  assign pkt_valid_o = (check && start_walk) || (pass_leaves && !oversize) || over_told;
  assign pkt_o       = pkt;

  // ---- Context ------------------------------------------------------------------------------------

  ctx_progress_t prog, prog_walk;
  walk_result_t  result;
  logic          told, confirm, ignored, auth_ok, auth_fail, locked;

  track_ctx #(
    .NumFlows (NumFlows)
  ) u_ctx (
    .clk_i           (clk_i),
    .rst_i           (rst_i),
    .ready_o         (ctx_ready),
    .rd_en_i         (ctx_read),
    .rd_row_i        (AddrW'(meta_in.flow)),
    .stat_o          (stat),
    .prog_o          (prog),
    .blocked_o       (blocked),
    .told_i          (told),
    .ends_i          (walk_ends),
    .row_i           (AddrW'(meta.flow)),
    .prog_i          (prog_walk),
    .complete_i      (result.complete),
    .settles_o       (settles),
    .settling_o      (settling),
    .verdict_valid_i (verdict_valid_i),
    .verdict_ok_i    (verdict_ok_i),
    .cmd_valid_i     (ctx_valid_i),
    .cmd_req_i       (ctx_req_i),
    .cmd_exec_i      (cmd_exec),
    .psv_o           (ctx_psv_o),
    .confirm_o       (confirm),
    .ignored_o       (ignored),
    .auth_ok_o       (auth_ok),
    .auth_fail_o     (auth_fail)
  );

  // ---- Decision, walk -----------------------------------------------------------------------------

  walk_job_t job;

  seq_check u_check (
    .ctx_i         (prog),
    .tcp_seq_i     (meta.tcp_seq),
    .payload_len_i (meta.payload_len),
    .start_o       (start)
  );

  assign job.tls13   = stat.tls13;
  assign job.iv      = stat.iv;
  assign job.base    = pkt.base;
  assign job.end_at  = end_at;
  assign job.end_seq = end_seq;
  assign job.relock  = relock_records_i;
  assign job.clean   = clean;

  rec_walk #(
    .DataW (DataW)
  ) u_walk (
    .clk_i         (clk_i),
    .rst_i         (rst_i),
    .load_i        (check),
    .start_i       (start),
    .ctx_i         (prog),
    .job_i         (job),
    .look_o        (look_o),
    .win_ready_i   (win_ready_i),
    .win_i         (win_i),
    .beat_i        (beat_i),
    .beyond_i      (beyond_i),
    .piece_valid_o (piece_valid_o),
    .piece_ready_i (piece_ready_i),
    .piece_o       (piece_o),
    .done_o        (walk_done),
    .ctx_o         (prog_walk),
    .result_o      (result),
    .ev_lock_o     (locked)
  );

  // ---- Descriptor ---------------------------------------------------------------------------------

  track_desc u_desc (
    .clk_i         (clk_i),
    .rst_i         (rst_i),
    .meta_i        (meta),
    .check_i       (check),
    .ks_i          (start_ks),
    .piece_fire_i  (piece_valid_o && piece_ready_i),
    .piece_i       (piece_o),
    .result_i      (result),
    .walk_ends_i   (walk_ends),
    .pass_leaves_i (pass_leaves),
    .told_o        (told),
    .free_o        (desc_free),
    .desc_valid_o  (desc_valid_o),
    .desc_ready_i  (desc_ready_i),
    .desc_o        (desc_o)
  );

  // ---- Statistics ---------------------------------------------------------------------------------

  track_events_t events;

  assign events.resync_req  = walk_ends && result.lost;
  assign events.resync_lock = locked;
  assign events.resync_ok   = confirm;
  assign events.resync_skip = ignored;
  assign events.auth_ok     = auth_ok;
  assign events.auth_fail   = auth_fail;

  always_ff @(posedge clk_i) begin
    events_o <= events;

    if (rst_i) events_o <= '0;
  end

endmodule

`default_nettype wire
