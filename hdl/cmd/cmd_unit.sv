// SPDX-License-Identifier: BSD-2-Clause
//
// Executes the driver's commands, one at a time, between two packets.
//
// Contract: commands are executed in the order they came, each answered by one completion of two
// beats in the same order. While one is executed no frame is between flow_lookup and the crypto:
// pause_o stops new ones, and execution waits until all three blocks are idle. So a frame sees a
// command wholly or not at all; cmd_count_o and the completion's frame count say which.
// A malformed command is answered and has no effect. A completion that is not taken holds back the
// next command, never a frame. Payloads are overwritten with zeros once they were executed.
//
//  s_axis_cmd --> cmd_queue --> cmd_buffer --> cmd_decode --+--> requests
//                                  cmd_exec: when           +--> cmd_cpl --> m_axis_cpl

`default_nettype none

module cmd_unit import tls_rx_pkg::*, cmd_pkg::*; #(
  parameter int NumFlows = 64,
  parameter int NumKeys  = 64,
  parameter int CmdDepth = 32
) (
  // Clock, reset
  input  wire logic              clk_i,
  input  wire logic              rst_i,
  // Command stream in
  input  wire logic [CmdW-1:0]   s_axis_cmd_tdata,
  input  wire logic [CmdW/8-1:0] s_axis_cmd_tkeep,
  input  wire logic              s_axis_cmd_tvalid,
  output      logic              s_axis_cmd_tready,
  input  wire logic              s_axis_cmd_tlast,
  // Completion stream out
  output      logic [CmdW-1:0]   m_axis_cpl_tdata,
  output      logic [CmdW/8-1:0] m_axis_cpl_tkeep,
  output      logic              m_axis_cpl_tvalid,
  input  wire logic              m_axis_cpl_tready,
  output      logic              m_axis_cpl_tlast,
  // The packet path
  output      logic              pause_o,
  input  wire logic [2:0]        idle_i,         // lookup, tracker, crypto
  input  wire logic [31:0]       frames_i,
  output      logic [15:0]       cmd_count_o,
  // Requests to the tracker
  output      logic              ctx_valid_o,
  output      ctx_req_t          ctx_req_o,
  input  wire logic              ctx_done_i,
  input  wire ctx_psv_t          ctx_psv_i,
  // Requests to the flow table
  output      logic              rule_valid_o,
  output      rule_req_t         rule_req_o,
  input  wire logic              rule_done_i,
  input  wire cpl_status_e       rule_status_i,
  // Requests to the key store
  output      logic              key_valid_o,
  output      key_req_t          key_req_o,
  input  wire logic              key_done_i,
  // Statistics
  output      cmd_ev_t           ev_o
);

  // ---- The command -----------------------------------------------------------------------------------

  logic                         beat_valid, beat_last, beat_full, beat, take, at_head, whole;
  logic [CmdW-1:0]              beat_data, head;
  logic [PayloadBeats*CmdW-1:0] payload;
  logic [2:0]                   beats;
  logic                         executed, sum_wipe;
  cmd_t                         cmd;

  cmd_queue #(
    .Depth (CmdDepth)
  ) u_queue (
    .clk_i, .rst_i,
    .s_axis_cmd_tdata, .s_axis_cmd_tkeep, .s_axis_cmd_tvalid, .s_axis_cmd_tready, .s_axis_cmd_tlast,
    .rd_valid_o (beat_valid),
    .rd_ready_i (take),
    .rd_data_o  (beat_data),
    .rd_last_o  (beat_last),
    .rd_full_o  (beat_full)
  );

  assign beat = beat_valid && take;

  // No key outlives its command here.
  cmd_buffer u_buffer (
    .clk_i, .rst_i,
    .take_i    (beat),
    .head_i    (at_head),
    .beat_i    (beat_data),
    .full_i    (beat_full),
    .wipe_i    (executed),
    .head_o    (head),
    .payload_o (payload),
    .beats_o   (beats),
    .whole_o   (whole)
  );

  cmd_decode #(
    .NumFlows (NumFlows),
    .NumKeys  (NumKeys)
  ) u_decode (
    .clk_i, .head_i (head),
    .payload_i (payload),
    .beats_i   (beats),
    .whole_i   (whole),
    .cmd_o     (cmd)
  );

  // ---- Its execution ---------------------------------------------------------------------------------

  logic     send, first;
  key_req_t key;

  cmd_exec u_exec (
    .clk_i, .rst_i,
    .take_o     (take),
    .head_o     (at_head),
    .beat_i     (beat),
    .last_i     (beat_last),
    .cmd_i      (cmd),
    .pause_o, .idle_i,
    .key_valid_o, .ctx_valid_o, .rule_valid_o,
    .sum_wipe_o (sum_wipe),
    .key_done_i, .ctx_done_i, .rule_done_i,
    .executed_o (executed),
    .send_o     (send),
    .first_o    (first),
    .sent_i     (m_axis_cpl_tready)
  );

  assign key        = cmd.key;
  assign key_req_o  = {sum_wipe ? SumWipe : key.op, key.idx, key.is_256, key.key};
  assign ctx_req_o  = cmd.ctx;
  assign rule_req_o = cmd.rule;

  // ---- Its completion --------------------------------------------------------------------------------

  cmd_cpl u_cpl (
    .clk_i, .rst_i,
    .cmd_i      (cmd),
    .executed_i (executed),
    .ctx_psv_i, .rule_status_i, .frames_i, .cmd_count_o,
    .send_i     (send),
    .first_i    (first),
    .m_axis_cpl_tdata, .m_axis_cpl_tkeep, .m_axis_cpl_tvalid, .m_axis_cpl_tlast,
    .ev_o
  );

endmodule

`default_nettype wire
