// SPDX-License-Identifier: BSD-2-Clause
//
// The path of a packet through the engine, top to bottom.
//
// Contract: that of tls_rx_top for frames. Commands reach the packets between two of them only:
// pause_i stops new headers; when every bit of idle_o is 1 none is between lookup and crypto, and a
// request on ctx_*, rule_* or key_* may be given, held until its done.
//
//  s_axis_rx --> rx_classify --- frames, headers with their flow ---+
//                                                                   v
//  m_axis_rx <-- pkt_hold <-- frames, descriptors, keystream --- rx_decrypt

`default_nettype none

module rx_path import tls_rx_pkg::*; #(
  parameter int DataW      = 128,
  parameter int NumFlows   = 64,
  parameter int NumKeys    = NumFlows,
  parameter int FrameBytes = 32768,
  parameter int HoldBytes  = 32768,
  parameter int MaxFrame   = 16384
) (
  // Clock, reset
  input  wire logic               clk_i,
  input  wire logic               rst_i,
  // Frames from the wire
  input  wire logic [DataW-1:0]   s_axis_rx_tdata,
  input  wire logic [DataW/8-1:0] s_axis_rx_tkeep,
  input  wire logic               s_axis_rx_tvalid,
  output      logic               s_axis_rx_tready,
  input  wire logic               s_axis_rx_tlast,
  input  wire logic               s_axis_rx_tuser,
  // Frames to the host
  output      logic [DataW-1:0]   m_axis_rx_tdata,
  output      logic [DataW/8-1:0] m_axis_rx_tkeep,
  output      logic               m_axis_rx_tvalid,
  input  wire logic               m_axis_rx_tready,
  output      logic               m_axis_rx_tlast,
  output      logic [MetaW-1:0]   m_axis_rx_tuser,
  // Requests
  input  wire logic               rule_valid_i,
  input  wire rule_req_t          rule_req_i,
  output      logic               rule_done_o,
  output      cpl_status_e        rule_status_o,
  input  wire logic               ctx_valid_i,
  input  wire ctx_req_t           ctx_req_i,
  output      logic               ctx_done_o,
  output      ctx_psv_t           ctx_psv_o,
  input  wire logic               key_valid_i,
  input  wire key_req_t           key_req_i,
  output      logic               key_done_o,
  // Control, status, events
  input  wire logic               enable_i,
  input  wire logic [23:0]        relock_records_i,
  input  wire logic               pause_i,
  input  wire logic [15:0]        cmd_count_i,
  output      logic [2:0]         idle_o,            // lookup, tracker, crypto
  output      logic [31:0]        frames_o,
  output      logic [15:0]        rules_o,
  output      hold_ev_t           hold_ev_o,
  output      track_ev_t          track_ev_o
);

  // ---- Which flow is it? -----------------------------------------------------------------------------

  logic               hdr_valid, hdr_ready;
  pkt_hdr_t           hdr;
  logic [DataW-1:0]   raw_tdata;
  logic [DataW/8-1:0] raw_tkeep;
  logic               raw_tvalid, raw_tready, raw_tlast;

  rx_classify #(
    .DataW      (DataW),
    .NumFlows   (NumFlows),
    .FrameBytes (FrameBytes),
    .MaxFrame   (MaxFrame)
  ) u_classify (
    .clk_i, .rst_i,
    .s_axis_rx_tdata, .s_axis_rx_tkeep, .s_axis_rx_tvalid, .s_axis_rx_tready,
    .s_axis_rx_tlast, .s_axis_rx_tuser,
    .hdr_valid_o (hdr_valid), .hdr_ready_i (hdr_ready), .hdr_o (hdr),
    .m_axis_frm_tdata  (raw_tdata),
    .m_axis_frm_tkeep  (raw_tkeep),
    .m_axis_frm_tvalid (raw_tvalid),
    .m_axis_frm_tready (raw_tready),
    .m_axis_frm_tlast  (raw_tlast),
    .enable_i, .pause_i,
    .idle_o (idle_o[0]),
    .rule_valid_i, .rule_req_i, .rule_done_o, .rule_status_o, .rules_o
  );

  // ---- Which records has it, and are they good? ------------------------------------------------------

  logic [DataW-1:0]   frm_tdata, beat;
  logic [DataW/8-1:0] frm_tkeep;
  logic               frm_tvalid, frm_tready, frm_tlast;
  logic               desc_valid, desc_ready, beat_valid, verdict_valid, verdict_ok;
  pkt_desc_t          desc;

  rx_decrypt #(
    .DataW    (DataW),
    .NumFlows (NumFlows),
    .NumKeys  (NumKeys)
  ) u_decrypt (
    .clk_i, .rst_i,
    .hdr_valid_i (hdr_valid), .hdr_ready_o (hdr_ready), .hdr_i (hdr),
    .s_axis_frm_tdata  (raw_tdata),
    .s_axis_frm_tkeep  (raw_tkeep),
    .s_axis_frm_tvalid (raw_tvalid),
    .s_axis_frm_tready (raw_tready),
    .s_axis_frm_tlast  (raw_tlast),
    .m_axis_frm_tdata  (frm_tdata),
    .m_axis_frm_tkeep  (frm_tkeep),
    .m_axis_frm_tvalid (frm_tvalid),
    .m_axis_frm_tready (frm_tready),
    .m_axis_frm_tlast  (frm_tlast),
    .desc_valid_o (desc_valid), .desc_ready_i (desc_ready), .desc_o (desc),
    .beat_valid_o (beat_valid), .beat_o (beat),
    .verdict_valid_o (verdict_valid), .verdict_ok_o (verdict_ok),
    .ctx_valid_i, .ctx_req_i, .ctx_done_o, .ctx_psv_o,
    .key_valid_i, .key_req_i, .key_done_o,
    .relock_records_i, .cmd_count_i,
    .idle_o (idle_o[2:1]),
    .frames_o,
    .ev_o (track_ev_o)
  );

  // ---- What leaves? ----------------------------------------------------------------------------------

  pkt_hold #(
    .DataW     (DataW),
    .HoldBytes (HoldBytes)
  ) u_hold (
    .clk_i, .rst_i,
    .s_axis_frm_tdata  (frm_tdata),
    .s_axis_frm_tkeep  (frm_tkeep),
    .s_axis_frm_tvalid (frm_tvalid),
    .s_axis_frm_tready (frm_tready),
    .s_axis_frm_tlast  (frm_tlast),
    .desc_valid_i (desc_valid), .desc_ready_o (desc_ready), .desc_i (desc),
    .beat_valid_i (beat_valid), .beat_i (beat),
    .verdict_valid_i (verdict_valid), .verdict_ok_i (verdict_ok),
    .m_axis_rx_tdata, .m_axis_rx_tkeep, .m_axis_rx_tvalid, .m_axis_rx_tready,
    .m_axis_rx_tlast, .m_axis_rx_tuser,
    .ev_o (hold_ev_o)
  );

endmodule

`default_nettype wire
