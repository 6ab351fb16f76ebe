// SPDX-License-Identifier: BSD-2-Clause
//
// File source and sink around one register slice: the streams models tested by themselves.

`default_nettype none
`timescale 1ns / 1ps

module file_axis_tb #(
  parameter int DataW = 128
) ();

  logic clk, rst;
  logic [31:0] cycle;

  initial begin
    clk = 1'b0;
    rst = 1'b1;
    cycle = 0;
  end
  always #2 clk = !clk;
  always @(posedge clk) cycle <= cycle + 1;

  logic [DataW-1:0]   a_tdata, b_tdata;
  logic [DataW/8-1:0] a_tkeep, b_tkeep;
  logic               a_tvalid, a_tready, a_tlast, a_tuser;
  logic               b_tvalid, b_tready, b_tlast;
  logic [31:0]        b_tuser;

  axis_file_src #(.DataW(DataW), .Name("src")) u_src (
    .clk_i(clk), .rst_i(rst), .cycle_i(cycle),
    .tdata_o(a_tdata), .tkeep_o(a_tkeep), .tvalid_o(a_tvalid), .tready_i(a_tready),
    .tlast_o(a_tlast), .tuser_o(a_tuser)
  );

  axis_register #(.DataW(DataW), .UserW(32)) u_dut (
    .clk_i(clk), .rst_i(rst),
    .s_axis_tdata(a_tdata), .s_axis_tkeep(a_tkeep), .s_axis_tvalid(a_tvalid),
    .s_axis_tready(a_tready), .s_axis_tlast(a_tlast), .s_axis_tuser({31'd0, a_tuser}),
    .m_axis_tdata(b_tdata), .m_axis_tkeep(b_tkeep), .m_axis_tvalid(b_tvalid),
    .m_axis_tready(b_tready), .m_axis_tlast(b_tlast), .m_axis_tuser(b_tuser)
  );

  axis_file_snk #(.DataW(DataW), .UserW(32), .Name("snk")) u_snk (
    .clk_i(clk), .rst_i(rst), .cycle_i(cycle),
    .tdata_i(b_tdata), .tkeep_i(b_tkeep), .tvalid_i(b_tvalid), .tready_o(b_tready),
    .tlast_i(b_tlast), .tuser_i(b_tuser)
  );

endmodule

`default_nettype wire
