// SPDX-License-Identifier: BSD-2-Clause
//
// Front of track_ctl: takes the headers in order, one packet or one command at a time, and decides what
// each packet is to its flow.
//
// Contract: ctx_read_o reads row_o, the flow of the header offered (hdr_i); blocked_i: that flow waits for a
// verdict. check_o, one cycle: the packet's context has come (stat_i, prog_i), and start_o says how it
// is walked; if so, job_o is the walk's, until walk_ends_o, given when walk_done_i and the context and the
// descriptor have room. pass_leaves_o: a packet that is passed gives its descriptor. pkt_*: one for each
// frame, in order, taken at once: a header is taken only with pkt_ready_i. The strobes are track_fsm's.

`default_nettype none

module track_front import tls_rx_pkg::*, track_pkg::*, walk_pkg::*; #(
  parameter int DataW    = 128,
  parameter int NumFlows = 64,
  localparam int AddrW = $clog2(NumFlows)
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Headers in
  input  wire logic             hdr_valid_i,
  output      logic             hdr_ready_o,
  input  wire pkt_hdr_t         hdr_i,
  // Contexts
  input  wire logic             ctx_ready_i,
  output      logic             ctx_read_o,
  output      logic [AddrW-1:0] row_o,
  input  wire ctx_static_t      stat_i,
  input  wire ctx_progress_t    prog_i,
  input  wire logic             blocked_i,
  // Packet in hand
  output pkt_meta_t             meta_o,
  output      logic             check_o,
  output walk_start_t           start_o,
  output walk_job_t             job_o,
  input  wire logic             walk_done_i,
  input  wire logic             settles_i,      // its context changes by its verdict
  input  wire logic             settling_i,     // another one does
  input  wire logic             desc_free_i,
  output      logic             walk_ends_o,
  output      logic             pass_leaves_o,
  // Oversize frames
  output      logic             over_o,
  input  wire logic             over_ends_i,
  input  wire logic [BeatW-1:0] over_next_i,
  // Packets out, to the cutter
  output      logic             pkt_valid_o,
  input  wire logic             pkt_ready_i,
  output cut_pkt_t              pkt_o,
  // Commands
  input  wire logic             cmd_valid_i,
  output      logic             cmd_exec_o,
  output      logic             cmd_done_o,
  // Control, status
  input  wire logic [23:0]      relock_records_i,
  input  wire logic [15:0]      cmd_count_i,
  output      logic             idle_o,
  output      logic [31:0]      frames_o
);

  logic        take, eligible, oversize, check, pass_leaves, over_told, start_walk, start_ks;
  pkt_meta_t   meta_in, meta;
  walk_start_t start;

  assign meta_in = hdr_i.meta;
  assign row_o   = AddrW'(meta_in.flow);

  track_fsm u_fsm (
    .clk_i, .rst_i,
    .hdr_valid_i, .hdr_ready_o, .take_o (take),
    .oversize_i (hdr_i.oversize), .eligible_i (eligible), .blocked_i (eligible && blocked_i),
    .pkt_ready_i,
    .check_o (check), .walk_i (start_walk),
    .walk_done_i, .settles_i, .settling_i, .desc_free_i, .walk_ends_o, .pass_leaves_o (pass_leaves),
    .over_o, .over_ends_i, .over_told_o (over_told),
    .ctx_ready_i, .ctx_read_o, .cmd_valid_i, .cmd_exec_o, .cmd_done_o,
    .idle_o
  );

  track_pkt #(
    .DataW (DataW)
  ) u_pkt (
    .clk_i, .rst_i,
    .hdr_i, .take_i (take), .cmd_count_i, .eligible_o (eligible),
    .check_i (check), .walk_i (check && start_walk), .ks_i (start_ks), .stat_i,
    .relock_records_i,
    .over_ends_i, .over_next_i,
    .meta_o (meta), .oversize_o (oversize), .job_o, .pkt_o, .frames_o
  );

  seq_check u_check (
    .ctx_i         (prog_i),
    .tcp_seq_i     (meta.tcp_seq),
    .payload_len_i (meta.payload_len),
    .start_o       (start)
  );

  assign start_walk = start.walk;
  assign start_ks   = start.ks;

  // A packet is told in the cycle after it was taken, when its context is there.
  assign pkt_valid_o = (check && start_walk) || (pass_leaves && !oversize) || over_told;

  assign meta_o        = meta;
  assign check_o       = check;
  assign start_o       = start;
  assign pass_leaves_o = pass_leaves;

endmodule

`default_nettype wire
