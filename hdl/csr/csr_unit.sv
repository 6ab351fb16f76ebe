// SPDX-License-Identifier: BSD-2-Clause
//
// Registers of the engine as the other blocks see them: settings out, events in, interrupt out.
//
// Contract: an event input high for one cycle counts one; events never wait. Settings change in the
// cycle after the write was accepted, whatever frame is under way: software changes them while it
// has no flow rules. The interrupt is a level. The registers themselves are generated from
// tls_rx_csr.rdl; here is only what a generator of 32-bit registers has no word for.

`default_nettype none

module csr_unit import tls_rx_pkg::*; #(
  parameter int DataW    = 128,
  parameter int NumFlows = 64
) (
  // Clock, reset
  input  wire logic        clk_i,
  input  wire logic        rst_i,
  // AXI4-Lite
  input  wire logic [11:0] s_axil_awaddr,
  input  wire logic [2:0]  s_axil_awprot,
  input  wire logic        s_axil_awvalid,
  output      logic        s_axil_awready,
  input  wire logic [31:0] s_axil_wdata,
  input  wire logic [3:0]  s_axil_wstrb,
  input  wire logic        s_axil_wvalid,
  output      logic        s_axil_wready,
  output      logic [1:0]  s_axil_bresp,
  output      logic        s_axil_bvalid,
  input  wire logic        s_axil_bready,
  input  wire logic [11:0] s_axil_araddr,
  input  wire logic [2:0]  s_axil_arprot,
  input  wire logic        s_axil_arvalid,
  output      logic        s_axil_arready,
  output      logic [31:0] s_axil_rdata,
  output      logic [1:0]  s_axil_rresp,
  output      logic        s_axil_rvalid,
  input  wire logic        s_axil_rready,
  // Settings
  output      logic        enable_o,
  output      logic [23:0] relock_records_o,
  output      logic        irq_o,
  // Status
  input  wire logic [15:0] rules_i,
  // Events
  input  wire hold_ev_t    hold_ev_i,
  input  wire track_ev_t   track_ev_i,
  input  wire cmd_ev_t     cmd_ev_i
);

  logic [63:0] bytes_q;
  logic        cpl_pending, cpl_enable, resync_pending, resync_enable;

  always_ff @(posedge clk_i) begin
    if (hold_ev_i.decrypted) bytes_q <= bytes_q + 64'(hold_ev_i.bytes);
    irq_o <= (cpl_pending && cpl_enable) || (resync_pending && resync_enable);

    if (rst_i) begin
      bytes_q <= '0;
      irq_o   <= 1'b0;
    end
  end

  tls_rx_csr u_csr (
    .clk (clk_i),
    .rst (rst_i),
    // AXI4-Lite
    .s_axil_awaddr, .s_axil_awprot, .s_axil_awvalid, .s_axil_awready,
    .s_axil_wdata, .s_axil_wstrb, .s_axil_wvalid, .s_axil_wready,
    .s_axil_bresp, .s_axil_bvalid, .s_axil_bready,
    .s_axil_araddr, .s_axil_arprot, .s_axil_arvalid, .s_axil_arready,
    .s_axil_rdata, .s_axil_rresp, .s_axil_rvalid, .s_axil_rready,
    // Settings and status
    .hwif_in_sizes_data_w               (16'(DataW)),
    .hwif_in_sizes_num_flows            (16'(NumFlows)),
    .hwif_out_control_enable            (enable_o),
    .hwif_out_relock_records_records    (relock_records_o),
    .hwif_out_irq_status_completion     (cpl_pending),
    .hwif_in_irq_status_completion_hwset(cmd_ev_i.cpl),
    .hwif_out_irq_status_resync         (resync_pending),
    .hwif_in_irq_status_resync_hwset    (hold_ev_i.resync),
    .hwif_out_irq_enable_completion     (cpl_enable),
    .hwif_out_irq_enable_resync         (resync_enable),
    .hwif_in_rules_count                (rules_i),
    // Counters
    .hwif_in_rx_packets_count_incr               (hold_ev_i.packet),
    .hwif_in_rx_tls_decrypted_packets_count_incr (hold_ev_i.decrypted),
    .hwif_in_rx_tls_decrypted_bytes_lo_count     (bytes_q[31:0]),
    .hwif_in_rx_tls_decrypted_bytes_hi_count     (bytes_q[63:32]),
    .hwif_in_rx_tls_ctx_count_incr               (cmd_ev_i.ctx),
    .hwif_in_rx_tls_del_count_incr               (cmd_ev_i.del),
    .hwif_in_rx_tls_resync_req_pkt_count_incr    (hold_ev_i.resync),
    .hwif_in_rx_tls_resync_req_start_count_incr  (track_ev_i.req),
    .hwif_in_rx_tls_resync_req_end_count_incr    (track_ev_i.lock),
    .hwif_in_rx_tls_resync_req_skip_count_incr   (cmd_ev_i.get_skip),
    .hwif_in_rx_tls_resync_res_ok_count_incr     (track_ev_i.ok),
    .hwif_in_rx_tls_resync_res_skip_count_incr   (track_ev_i.skip),
    .hwif_in_rx_tls_err_count_incr               (hold_ev_i.auth_fail)
  );

endmodule

`default_nettype wire
