// SPDX-License-Identifier: BSD-2-Clause
//
// TLS receive offload engine: frames in, the same frames out with verified TLS records decrypted in
// place and each frame described; driven by a command queue and a few registers.
//
// Contract: docs/engine.md. Never drops, reorders, splits, merges, lengthens or shortens a frame. A
// frame marked DECRYPTED has every ciphertext byte of its payload replaced by plaintext, a frame not
// so marked is bit-exact as received. m_axis_rx_tuser is a pkt_meta_t, constant over a frame.
// Commands run in order; their completions are not ordered against frames, but cmd_count in the
// metadata and the frame count in the completion say how they interleaved. Every port takes
// back-pressure. Latency: store-and-forward, a frame's length plus about a hundred cycles.

`default_nettype none

module tls_rx_top import tls_rx_pkg::*; #(
  parameter int DataW      = 128,     // 128, 256 or 512
  parameter int NumFlows   = 64,      // contexts, a power of two, up to 4096
  parameter int NumKeys    = NumFlows,
  parameter int FrameBytes = 32768,   // frame store before the headers are known
  parameter int HoldBytes  = 32768,   // frame store until the verdict
  parameter int MaxFrame   = 16384,   // longer frames pass unprocessed
  parameter int CmdDepth   = 32       // beats of waiting commands
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
  // Commands
  input  wire logic [CmdW-1:0]    s_axis_cmd_tdata,
  input  wire logic [CmdW/8-1:0]  s_axis_cmd_tkeep,
  input  wire logic               s_axis_cmd_tvalid,
  output      logic               s_axis_cmd_tready,
  input  wire logic               s_axis_cmd_tlast,
  // Completions
  output      logic [CmdW-1:0]    m_axis_cpl_tdata,
  output      logic [CmdW/8-1:0]  m_axis_cpl_tkeep,
  output      logic               m_axis_cpl_tvalid,
  input  wire logic               m_axis_cpl_tready,
  output      logic               m_axis_cpl_tlast,
  // Registers, AXI4-Lite
  input  wire logic [11:0]        s_axil_awaddr,
  input  wire logic [2:0]         s_axil_awprot,
  input  wire logic               s_axil_awvalid,
  output      logic               s_axil_awready,
  input  wire logic [31:0]        s_axil_wdata,
  input  wire logic [3:0]         s_axil_wstrb,
  input  wire logic               s_axil_wvalid,
  output      logic               s_axil_wready,
  output      logic [1:0]         s_axil_bresp,
  output      logic               s_axil_bvalid,
  input  wire logic               s_axil_bready,
  input  wire logic [11:0]        s_axil_araddr,
  input  wire logic [2:0]         s_axil_arprot,
  input  wire logic               s_axil_arvalid,
  output      logic               s_axil_arready,
  output      logic [31:0]        s_axil_rdata,
  output      logic [1:0]         s_axil_rresp,
  output      logic               s_axil_rvalid,
  input  wire logic               s_axil_rready,
  // Interrupt, level
  output      logic               irq_o
);

  // Settings and status
  logic             enable, pause;
  logic [23:0]      relock_records;
  logic [2:0]       idle;
  logic [15:0]      rules, cmd_count;
  logic [31:0]      frames;
  // Requests of commands
  logic             ctx_valid, ctx_done, rule_valid, rule_done, key_valid, key_done;
  ctx_req_t         ctx_req;
  ctx_psv_t         ctx_psv;
  rule_req_t        rule_req;
  cpl_status_e      rule_status;
  key_req_t         key_req;
  // Events
  hold_ev_t         hold_ev;
  track_ev_t        track_ev;
  cmd_ev_t          cmd_ev;

  rx_path #(
    .DataW (DataW), .NumFlows (NumFlows), .NumKeys (NumKeys),
    .FrameBytes (FrameBytes), .HoldBytes (HoldBytes), .MaxFrame (MaxFrame)
  ) u_path (
    .clk_i, .rst_i,
    .s_axis_rx_tdata, .s_axis_rx_tkeep, .s_axis_rx_tvalid, .s_axis_rx_tready,
    .s_axis_rx_tlast, .s_axis_rx_tuser,
    .m_axis_rx_tdata, .m_axis_rx_tkeep, .m_axis_rx_tvalid, .m_axis_rx_tready,
    .m_axis_rx_tlast, .m_axis_rx_tuser,
    .rule_valid_i (rule_valid), .rule_req_i (rule_req), .rule_done_o (rule_done),
    .rule_status_o (rule_status),
    .ctx_valid_i (ctx_valid), .ctx_req_i (ctx_req), .ctx_done_o (ctx_done), .ctx_psv_o (ctx_psv),
    .key_valid_i (key_valid), .key_req_i (key_req), .key_done_o (key_done),
    .enable_i (enable), .relock_records_i (relock_records), .pause_i (pause), .cmd_count_i (cmd_count),
    .idle_o (idle), .frames_o (frames), .rules_o (rules),
    .hold_ev_o (hold_ev), .track_ev_o (track_ev)
  );

  cmd_unit #(
    .NumFlows (NumFlows), .NumKeys (NumKeys), .CmdDepth (CmdDepth)
  ) u_cmd (
    .clk_i, .rst_i,
    .s_axis_cmd_tdata, .s_axis_cmd_tkeep, .s_axis_cmd_tvalid, .s_axis_cmd_tready, .s_axis_cmd_tlast,
    .m_axis_cpl_tdata, .m_axis_cpl_tkeep, .m_axis_cpl_tvalid, .m_axis_cpl_tready, .m_axis_cpl_tlast,
    .pause_o (pause), .idle_i (idle), .frames_i (frames), .cmd_count_o (cmd_count),
    .ctx_valid_o (ctx_valid), .ctx_req_o (ctx_req), .ctx_done_i (ctx_done), .ctx_psv_i (ctx_psv),
    .rule_valid_o (rule_valid), .rule_req_o (rule_req), .rule_done_i (rule_done),
    .rule_status_i (rule_status),
    .key_valid_o (key_valid), .key_req_o (key_req), .key_done_i (key_done),
    .ev_o (cmd_ev)
  );

  csr_unit #(
    .DataW (DataW), .NumFlows (NumFlows)
  ) u_csr (
    .clk_i, .rst_i,
    .s_axil_awaddr, .s_axil_awprot, .s_axil_awvalid, .s_axil_awready,
    .s_axil_wdata, .s_axil_wstrb, .s_axil_wvalid, .s_axil_wready,
    .s_axil_bresp, .s_axil_bvalid, .s_axil_bready,
    .s_axil_araddr, .s_axil_arprot, .s_axil_arvalid, .s_axil_arready,
    .s_axil_rdata, .s_axil_rresp, .s_axil_rvalid, .s_axil_rready,
    .enable_o (enable), .relock_records_o (relock_records), .irq_o, .rules_i (rules),
    .hold_ev_i (hold_ev), .track_ev_i (track_ev), .cmd_ev_i (cmd_ev)
  );

endmodule

`default_nettype wire
