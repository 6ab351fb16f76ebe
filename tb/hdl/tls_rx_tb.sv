// SPDX-License-Identifier: BSD-2-Clause
//
// The bench's top: the engine between file-driven stream models, with the clock made here (a Python
// clock would wake the interpreter's scheduler every half cycle). Python touches `rst`, the models'
// few handshake variables and the AXI4-Lite pins; everything else stays inside the simulator.

`default_nettype none
`timescale 1ns / 1ps

module tls_rx_tb
  import tls_rx_pkg::*;
#(
  parameter int DataW    = 128,
  parameter int NumFlows = 64
) ();

  localparam int PeriodNs = 4;  // 250 MHz

  logic        clk;
  logic        rst;
  logic [31:0] cycle;

  initial begin
    clk = 1'b0;
    rst = 1'b1;
    cycle = 0;
  end
  always #(PeriodNs / 2) clk = !clk;
  always @(posedge clk) cycle <= cycle + 1;

  // Receive path.
  logic [DataW-1:0]   rx_tdata, tx_tdata;
  logic [DataW/8-1:0] rx_tkeep, tx_tkeep;
  logic               rx_tvalid, rx_tready, rx_tlast, rx_tuser;
  logic               tx_tvalid, tx_tready, tx_tlast;
  pkt_meta_t          tx_tuser;

  axis_file_src #(.DataW(DataW), .Name("wire")) u_wire (
    .clk_i(clk), .rst_i(rst), .cycle_i(cycle),
    .tdata_o(rx_tdata), .tkeep_o(rx_tkeep), .tvalid_o(rx_tvalid), .tready_i(rx_tready),
    .tlast_o(rx_tlast), .tuser_o(rx_tuser)
  );

  axis_file_snk #(.DataW(DataW), .UserW(MetaW), .Name("host")) u_host (
    .clk_i(clk), .rst_i(rst), .cycle_i(cycle),
    .tdata_i(tx_tdata), .tkeep_i(tx_tkeep), .tvalid_i(tx_tvalid), .tready_o(tx_tready),
    .tlast_i(tx_tlast), .tuser_i(tx_tuser)
  );

  // Command queue.
  logic [CmdW-1:0]   cmd_tdata, cpl_tdata;
  logic [CmdW/8-1:0] cmd_tkeep, cpl_tkeep;
  logic              cmd_tvalid, cmd_tready, cmd_tlast, cmd_tuser;
  logic              cpl_tvalid, cpl_tready, cpl_tlast;

  axis_file_src #(.DataW(CmdW), .Name("cmd")) u_cmd (
    .clk_i(clk), .rst_i(rst), .cycle_i(cycle),
    .tdata_o(cmd_tdata), .tkeep_o(cmd_tkeep), .tvalid_o(cmd_tvalid), .tready_i(cmd_tready),
    .tlast_o(cmd_tlast), .tuser_o(cmd_tuser)
  );

  axis_file_snk #(.DataW(CmdW), .UserW(32), .Name("cpl")) u_cpl (
    .clk_i(clk), .rst_i(rst), .cycle_i(cycle),
    .tdata_i(cpl_tdata), .tkeep_i(cpl_tkeep), .tvalid_i(cpl_tvalid), .tready_o(cpl_tready),
    .tlast_i(cpl_tlast), .tuser_i(32'd0)
  );

  // Registers: the pins that cocotbext-axi drives.
  localparam int AxilAddrW = 12;
  logic [AxilAddrW-1:0] s_axil_awaddr, s_axil_araddr;
  logic [2:0]  s_axil_awprot, s_axil_arprot;
  logic [31:0] s_axil_wdata, s_axil_rdata;
  logic [3:0]  s_axil_wstrb;
  logic [1:0]  s_axil_bresp, s_axil_rresp;
  logic        s_axil_awvalid, s_axil_awready, s_axil_wvalid, s_axil_wready, s_axil_bvalid, s_axil_bready;
  logic        s_axil_arvalid, s_axil_arready, s_axil_rvalid, s_axil_rready;
  logic        irq;

  initial begin
    s_axil_awvalid = 1'b0;
    s_axil_wvalid  = 1'b0;
    s_axil_arvalid = 1'b0;
    s_axil_bready  = 1'b0;
    s_axil_rready  = 1'b0;
    s_axil_awaddr  = '0;
    s_axil_araddr  = '0;
    s_axil_awprot  = '0;
    s_axil_arprot  = '0;
    s_axil_wdata   = '0;
    s_axil_wstrb   = '0;
  end

  tls_rx_top #(.DataW(DataW), .NumFlows(NumFlows)) u_dut (
    .clk_i(clk),
    .rst_i(rst),
    .s_axis_rx_tdata(rx_tdata), .s_axis_rx_tkeep(rx_tkeep), .s_axis_rx_tvalid(rx_tvalid),
    .s_axis_rx_tready(rx_tready), .s_axis_rx_tlast(rx_tlast), .s_axis_rx_tuser(rx_tuser),
    .m_axis_rx_tdata(tx_tdata), .m_axis_rx_tkeep(tx_tkeep), .m_axis_rx_tvalid(tx_tvalid),
    .m_axis_rx_tready(tx_tready), .m_axis_rx_tlast(tx_tlast), .m_axis_rx_tuser(tx_tuser),
    .s_axis_cmd_tdata(cmd_tdata), .s_axis_cmd_tkeep(cmd_tkeep), .s_axis_cmd_tvalid(cmd_tvalid),
    .s_axis_cmd_tready(cmd_tready), .s_axis_cmd_tlast(cmd_tlast),
    .m_axis_cpl_tdata(cpl_tdata), .m_axis_cpl_tkeep(cpl_tkeep), .m_axis_cpl_tvalid(cpl_tvalid),
    .m_axis_cpl_tready(cpl_tready), .m_axis_cpl_tlast(cpl_tlast),
    .s_axil_awaddr, .s_axil_awprot, .s_axil_awvalid, .s_axil_awready,
    .s_axil_wdata, .s_axil_wstrb, .s_axil_wvalid, .s_axil_wready,
    .s_axil_bresp, .s_axil_bvalid, .s_axil_bready,
    .s_axil_araddr, .s_axil_arprot, .s_axil_arvalid, .s_axil_arready,
    .s_axil_rdata, .s_axil_rresp, .s_axil_rvalid, .s_axil_rready,
    .irq_o(irq)
  );

endmodule

`default_nettype wire
