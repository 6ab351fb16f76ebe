// SPDX-License-Identifier: BSD-2-Clause
//
// Completion of a command: keeps what the execution left and writes it as two beats.
//
// Contract: executed_i samples the inputs, all but those of the command itself (opcode_i, tag_i,
// number_i), which must hold until the last beat was taken. From the next cycle on, while send_i, the
// beats are offered: first_i says which of the two. cmd_count_i counts this command already then.
//
//  Byte:        0        1       2..3     4..7      8..9    10..11   12..15
//            +--------+--------+-------+--------+---------+-------+--------+
//   beat 0   | opcode | status |  tag  | number | command |   0   | frames |
//            +--------+--------+-------+--------+---------+-------+--------+
//   beat 1   | progress parameters of GET_PSV, else 0                      |
//            +-------------------------------------------------------------+

`default_nettype none

module cmd_cpl
  import tls_rx_pkg::*;
(
  // Clock
  input  wire logic              clk_i,
  // The command
  input  wire logic [7:0]        opcode_i,
  input  wire logic [15:0]       tag_i,
  input  wire logic [31:0]       number_i,
  // Its outcome
  input  wire logic              executed_i,
  input  wire logic [7:0]        status_i,     // cpl_status_e
  input  wire logic              reads_psv_i,
  input  wire ctx_psv_t          psv_i,
  input  wire logic [31:0]       frames_i,
  input  wire logic [15:0]       cmd_count_i,
  // Completion stream
  input  wire logic              send_i,
  input  wire logic              first_i,
  output      logic [CmdW-1:0]   m_axis_cpl_tdata,
  output      logic [CmdW/8-1:0] m_axis_cpl_tkeep,
  output      logic              m_axis_cpl_tvalid,
  output      logic              m_axis_cpl_tlast
);

  logic [7:0]      status_q;
  logic [31:0]     frames_q;
  ctx_psv_t        psv_q;
  logic            psv_valid_q;
  logic [CmdW-1:0] cpl0, cpl1, cpl;  // first byte in the high bits

  always_ff @(posedge clk_i) begin
    if (executed_i) begin
      status_q    <= status_i;
      frames_q    <= frames_i;
      psv_q       <= psv_i;
      psv_valid_q <= reads_psv_i;
    end
  end

  assign cpl0 = {opcode_i, status_q, tag_i, number_i, cmd_count_i, 16'd0, frames_q};
  assign cpl1 = {8'd0, number_i[23:0], psv_q.next_record_tcp_sn, psv_q.hw_resync_tcp_sn,
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
