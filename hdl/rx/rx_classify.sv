// SPDX-License-Identifier: BSD-2-Clause
//
// Front of the receive path: each frame parsed, checked, and given the flow that its 5-tuple has.
//
// Contract: frames leave unchanged and in order; one header for each frame, in order, offered when
// the whole frame is stored. Take a frame's beats after its header. pause_i: no new header is looked
// up; idle_o: none is under way. Rule updates as in flow_lookup.

`default_nettype none

module rx_classify import tls_rx_pkg::*; #(
  parameter int DataW      = 128,
  parameter int NumFlows   = 64,
  parameter int FrameBytes = 32768,
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
  // Headers out
  output      logic               hdr_valid_o,
  input  wire logic               hdr_ready_i,
  output      pkt_hdr_t           hdr_o,
  // Frames out
  output      logic [DataW-1:0]   m_axis_frm_tdata,
  output      logic [DataW/8-1:0] m_axis_frm_tkeep,
  output      logic               m_axis_frm_tvalid,
  input  wire logic               m_axis_frm_tready,
  output      logic               m_axis_frm_tlast,
  // Control
  input  wire logic               enable_i,
  input  wire logic               pause_i,
  output      logic               idle_o,
  // Flow rules
  input  wire logic               rule_valid_i,
  input  wire rule_req_t          rule_req_i,
  output      logic               rule_done_o,
  output      cpl_status_e        rule_status_o,
  output      logic [15:0]        rules_o
);

  logic     parsed_valid, parsed_ready;
  pkt_hdr_t parsed;

  pkt_parse #(
    .DataW      (DataW),
    .FrameBytes (FrameBytes),
    .MaxFrame   (MaxFrame)
  ) u_parse (
    .clk_i, .rst_i,
    .s_axis_rx_tdata, .s_axis_rx_tkeep, .s_axis_rx_tvalid, .s_axis_rx_tready,
    .s_axis_rx_tlast, .s_axis_rx_tuser,
    .hdr_valid_o (parsed_valid),
    .hdr_ready_i (parsed_ready),
    .hdr_o       (parsed),
    .m_axis_frm_tdata, .m_axis_frm_tkeep, .m_axis_frm_tvalid, .m_axis_frm_tready, .m_axis_frm_tlast
  );

  flow_lookup #(
    .NumFlows (NumFlows)
  ) u_lookup (
    .clk_i, .rst_i,
    .hdr_valid_i (parsed_valid),
    .hdr_ready_o (parsed_ready),
    .hdr_i       (parsed),
    .hdr_valid_o, .hdr_ready_i, .hdr_o,
    .enable_i, .pause_i, .idle_o,
    .up_valid_i  (rule_valid_i),
    .up_req_i    (rule_req_i),
    .up_done_o   (rule_done_o),
    .up_status_o (rule_status_o),
    .rules_o
  );

endmodule

`default_nettype wire
