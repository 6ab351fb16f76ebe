// SPDX-License-Identifier: BSD-2-Clause
//
// Completion of a command: keeps what the execution left, counts it, and writes it as two beats.
//
// Contract: executed_i samples all inputs but the command itself, which must hold until the last beat
// was taken. From the next cycle on, while send_i, the beats are offered: first_i says which of the
// two. cmd_count_o counts this command already then. ev_o pulses in the cycle behind executed_i.
//
//  Byte:        0        1       2..3     4..7      8..9    10..11   12..15
//            +--------+--------+-------+--------+---------+-------+--------+
//   beat 0   | opcode | status |  tag  | number | command |   0   | frames |
//            +--------+--------+-------+--------+---------+-------+--------+
//   beat 1   | progress parameters of GET_PSV, else 0                      |
//            +-------------------------------------------------------------+

`default_nettype none

module cmd_cpl import tls_rx_pkg::*, cmd_pkg::*; (
  // Clock, reset
  input  wire logic              clk_i,
  input  wire logic              rst_i,
  // The command and its outcome
  input  wire cmd_t              cmd_i,
  input  wire logic              executed_i,
  input  wire ctx_psv_t          ctx_psv_i,
  input  wire cpl_status_e       rule_status_i,
  input  wire logic [31:0]       frames_i,
  output      logic [15:0]       cmd_count_o,
  // Completion stream
  input  wire logic              send_i,
  input  wire logic              first_i,
  output      logic [CmdW-1:0]   m_axis_cpl_tdata,
  output      logic [CmdW/8-1:0] m_axis_cpl_tkeep,
  output      logic              m_axis_cpl_tvalid,
  output      logic              m_axis_cpl_tlast,
  // Statistics
  output      cmd_ev_t           ev_o
);

  logic            is_ctx, is_rule, reads_psv, not_waiting, psv_valid_q;
  logic [7:0]      opcode, status, status_q;
  logic [15:0]     tag;
  logic [31:0]     number, frames_q;
  ctx_psv_t        psv_q;
  logic [CmdW-1:0] cpl0, cpl1, cpl;  // first byte in the high bits

  assign opcode      = cmd_i.opcode;
  assign tag         = cmd_i.tag;
  assign number      = cmd_i.number;
  assign is_ctx      = cmd_i.is_ctx;
  assign is_rule     = cmd_i.is_rule;
  assign status      = is_rule ? rule_status_i : cmd_i.status;
  assign reads_psv   = is_ctx && (opcode == OpGetPsv);
  assign not_waiting = (ctx_psv_i.track != TrackTracking) || (ctx_psv_i.auth != AuthNoOffload);

  always_ff @(posedge clk_i) begin
    if (executed_i) begin
      status_q    <= status;
      frames_q    <= frames_i;
      psv_q       <= ctx_psv_i;
      psv_valid_q <= reads_psv;
      cmd_count_o <= cmd_count_o + 1'b1;
    end

    ev_o.ctx      <= executed_i && is_ctx && (opcode == OpSetPsv);
    ev_o.del      <= executed_i && is_ctx && (opcode == OpDestroyCtx);
    ev_o.get_skip <= executed_i && reads_psv && not_waiting;
    ev_o.cpl      <= executed_i;

    if (rst_i) begin
      cmd_count_o <= '0;
      ev_o        <= '0;
    end
  end

  assign cpl0 = {opcode, status_q, tag, number, cmd_count_o, 16'd0, frames_q};
  assign cpl1 = {8'd0, number[23:0], psv_q.next_record_tcp_sn, psv_q.hw_resync_tcp_sn,
                 psv_q.track, psv_q.auth, 4'd0, psv_q.record_offset};
  assign cpl  = first_i ? cpl0 : (psv_valid_q ? cpl1 : '0);

  for (genvar i = 0; i < CmdW / 8; i++) begin : g_cpl
    assign m_axis_cpl_tdata[8*i +: 8] = cpl[8*(CmdW/8-1-i) +: 8];
  end
  assign m_axis_cpl_tkeep  = '1;
  assign m_axis_cpl_tvalid = send_i;
  assign m_axis_cpl_tlast  = !first_i;

endmodule

`default_nettype wire
