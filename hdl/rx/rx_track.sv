// SPDX-License-Identifier: BSD-2-Clause
//
// The tracker: compares each packet with its flow's context and cuts its payload into slots. What it
// decides is docs/engine.md, "What the tracker decides".
//
//  frame beats --> track_ring --> m_axis_frm
//                   |       |
//  headers ----> track_ctl  |
//                   |       |
//   packets, pieces +--> track_cut --> slots
//
// Contract: headers and frame beats in order. Beats go on to the hold as they enter the ring, under
// m_axis_frm_tready; nothing else waits for the hold. One descriptor for each frame: at once if the packet
// is passed (one cycle), else when its walk ends; it may come before or after the frame's last beat.
// The walk of packet k + 1 goes on while packet k is cut; the context of a packet just walked is forwarded
// to the next one of its flow. The cutter starts a packet only with gcm_ready_i; slots flow without
// back-pressure. Commands on contexts run when idle_o, and go before packets. Only in AUTHENTICATION a
// packet waits for crypto: for the verdict of the one before, of the same context.

`default_nettype none

module rx_track import tls_rx_pkg::*, track_pkg::*; #(
  parameter int DataW    = 128,
  parameter int NumFlows = 64,
  localparam int AtW = BeatW + $clog2(DataW / 8)
) (
  // Clock, reset
  input  wire logic               clk_i,
  input  wire logic               rst_i,
  // Headers in, one a frame
  input  wire logic               hdr_valid_i,
  output      logic               hdr_ready_o,
  input  wire pkt_hdr_t           hdr_i,
  // Frame beats in
  input  wire logic [DataW-1:0]   s_axis_frm_tdata,
  input  wire logic [DataW/8-1:0] s_axis_frm_tkeep,
  input  wire logic               s_axis_frm_tvalid,
  output      logic               s_axis_frm_tready,
  input  wire logic               s_axis_frm_tlast,
  // Frame beats out
  output      logic [DataW-1:0]   m_axis_frm_tdata,
  output      logic [DataW/8-1:0] m_axis_frm_tkeep,
  output      logic               m_axis_frm_tvalid,
  input  wire logic               m_axis_frm_tready,
  output      logic               m_axis_frm_tlast,
  // Descriptors out, one a frame
  output      logic               desc_valid_o,
  input  wire logic               desc_ready_i,
  output pkt_desc_t               desc_o,
  // Slots out
  output      logic               slot_valid_o,
  output slot_t                   slot_o,
  output      logic [DataW-1:0]   slot_data_o,
  output      logic [127:0]       slot_tag_o,
  // Credit, verdicts of the crypto
  input  wire logic               gcm_ready_i,
  input  wire logic               verdict_valid_i,
  input  wire logic               verdict_ok_i,
  // Commands on contexts
  input  wire logic               ctx_valid_i,
  input  wire ctx_req_t           ctx_req_i,
  output      logic               ctx_done_o,
  output ctx_psv_t                ctx_psv_o,
  // Control, status
  input  wire logic [23:0]        relock_records_i,
  input  wire logic [15:0]        cmd_count_i,
  output      logic               idle_o,
  output      logic [31:0]        frames_o,
  // Statistics, pulses
  output track_ev_t               ev_o
);

  // ---- Walk ---------------------------------------------------------------------------------------

  logic             hdr_valid, hdr_ready, hdr_none, win_ready, over, over_ends, ctl_idle;
  logic             pkt_valid, pkt_room, piece_valid, piece_ready;
  pkt_hdr_t         hdr;
  cut_pkt_t         pkt;
  piece_t           piece;
  logic [AtW-1:0]   look;
  logic [103:0]     win;
  logic [DataW-1:0] beat;
  logic [31:0]      beyond;
  logic [BeatW-1:0] over_next, wr_abs, free_abs, b_abs;

  hdr_queue u_headers (
    .clk_i, .rst_i,
    .hdr_valid_i, .hdr_ready_o, .hdr_i,
    .hdr_valid_o (hdr_valid), .hdr_ready_i (hdr_ready), .hdr_o (hdr),
    .empty_o (hdr_none)
  );

  track_ctl #(
    .DataW    (DataW),
    .NumFlows (NumFlows)
  ) u_ctl (
    .clk_i, .rst_i,
    .hdr_valid_i (hdr_valid), .hdr_ready_o (hdr_ready), .hdr_i (hdr),
    .look_o (look), .win_ready_i (win_ready), .win_i (win), .beat_i (beat), .beyond_i (beyond),
    .over_o (over), .over_ends_i (over_ends), .over_next_i (over_next),
    .pkt_valid_o (pkt_valid), .pkt_ready_i (pkt_room), .pkt_o (pkt),
    .piece_valid_o (piece_valid), .piece_ready_i (piece_ready), .piece_o (piece),
    .desc_valid_o, .desc_ready_i, .desc_o,
    .verdict_valid_i, .verdict_ok_i,
    .ctx_valid_i, .ctx_req_i, .ctx_done_o, .ctx_psv_o,
    .relock_records_i, .cmd_count_i, .idle_o (ctl_idle), .frames_o, .ev_o
  );

  // ---- Ring, cutter -------------------------------------------------------------------------------

  logic [DataW-1:0] b_cur, b_nxt;
  logic             b_re, cut_idle;

  track_ring #(
    .DataW (DataW)
  ) u_ring (
    .clk_i, .rst_i,
    .s_axis_frm_tdata, .s_axis_frm_tkeep, .s_axis_frm_tvalid, .s_axis_frm_tready, .s_axis_frm_tlast,
    .m_axis_frm_tdata, .m_axis_frm_tkeep, .m_axis_frm_tvalid, .m_axis_frm_tready, .m_axis_frm_tlast,
    .base_i (pkt.base), .next_i (pkt.next),
    .look_i (look), .win_ready_o (win_ready), .win_o (win), .beat_o (beat), .beyond_o (beyond),
    .over_i (over), .over_ends_o (over_ends), .over_next_o (over_next),
    .free_abs_i (free_abs), .wr_abs_o (wr_abs),
    .b_re_i (b_re), .b_abs_i (b_abs), .b_cur_o (b_cur), .b_nxt_o (b_nxt)
  );

  track_cut #(
    .DataW (DataW)
  ) u_cut (
    .clk_i, .rst_i,
    .pkt_valid_i (pkt_valid), .pkt_room_o (pkt_room), .pkt_i (pkt),
    .piece_valid_i (piece_valid), .piece_ready_o (piece_ready), .piece_i (piece),
    .gcm_ready_i, .idle_o (cut_idle),
    .wr_abs_i (wr_abs), .free_abs_o (free_abs),
    .b_re_o (b_re), .b_abs_o (b_abs), .b_cur_i (b_cur), .b_nxt_i (b_nxt),
    .slot_valid_o, .slot_o, .slot_data_o, .slot_tag_o
  );

  assign idle_o = ctl_idle && hdr_none && cut_idle;

`ifndef SYNTHESIS
  initial begin
    if (DataW != 128 && DataW != 256 && DataW != 512) $fatal(1, "%m: DataW %0d", DataW);
    if (NumFlows < 2 || NumFlows > 2 ** FlowW) $fatal(1, "%m: NumFlows %0d", NumFlows);
  end
`endif

endmodule

`default_nettype wire
