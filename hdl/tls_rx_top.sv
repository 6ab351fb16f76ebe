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

module tls_rx_top
  import tls_rx_pkg::*;
#(
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

  // ---- Parse ------------------------------------------------------------------------------------------

  logic               parsed_valid, parsed_ready;
  pkt_hdr_t           parsed;
  logic [DataW-1:0]   raw_tdata;
  logic [DataW/8-1:0] raw_tkeep;
  logic               raw_tvalid, raw_tready, raw_tlast;

  pkt_parse #(
    .DataW      (DataW),
    .FrameBytes (FrameBytes),
    .MaxFrame   (MaxFrame)
  ) u_parse (
    .clk_i             (clk_i),
    .rst_i             (rst_i),
    // Frames in
    .s_axis_rx_tdata   (s_axis_rx_tdata),
    .s_axis_rx_tkeep   (s_axis_rx_tkeep),
    .s_axis_rx_tvalid  (s_axis_rx_tvalid),
    .s_axis_rx_tready  (s_axis_rx_tready),
    .s_axis_rx_tlast   (s_axis_rx_tlast),
    .s_axis_rx_tuser   (s_axis_rx_tuser),
    // Headers out
    .hdr_valid_o       (parsed_valid),
    .hdr_ready_i       (parsed_ready),
    .hdr_o             (parsed),
    // Frames out
    .m_axis_frm_tdata  (raw_tdata),
    .m_axis_frm_tkeep  (raw_tkeep),
    .m_axis_frm_tvalid (raw_tvalid),
    .m_axis_frm_tready (raw_tready),
    .m_axis_frm_tlast  (raw_tlast)
  );

  // ---- Flow lookup ------------------------------------------------------------------------------------

  logic             found_valid, found_ready;
  pkt_hdr_t         found;
  logic             enable, pause, lookup_idle;
  logic             up_valid, up_add, up_done;
  flow_key_t        up_key;
  logic [FlowW-1:0] up_flow;
  cpl_status_e      up_status;
  logic [15:0]      rules;

  flow_lookup #(
    .NumFlows (NumFlows)
  ) u_lookup (
    .clk_i       (clk_i),
    .rst_i       (rst_i),
    // Headers in
    .hdr_valid_i (parsed_valid),
    .hdr_ready_o (parsed_ready),
    .hdr_i       (parsed),
    // Headers out
    .hdr_valid_o (found_valid),
    .hdr_ready_i (found_ready),
    .hdr_o       (found),
    // Control
    .enable_i    (enable),
    .pause_i     (pause),
    .idle_o      (lookup_idle),
    // Updates
    .up_valid_i  (up_valid),
    .up_add_i    (up_add),
    .up_key_i    (up_key),
    .up_flow_i   (up_flow),
    .up_done_o   (up_done),
    .up_status_o (up_status),
    .rules_o     (rules)
  );

  // ---- Track ------------------------------------------------------------------------------------------

  logic [DataW-1:0]   frm_tdata;
  logic [DataW/8-1:0] frm_tkeep;
  logic               frm_tvalid, frm_tready, frm_tlast;
  logic               desc_valid, desc_ready;
  pkt_desc_t          desc;
  logic               slot_valid;
  slot_t              slot;
  logic [DataW-1:0]   slot_data;
  logic [127:0]       slot_tag;
  logic               gcm_ready, verdict_valid, verdict_ok;
  logic               ctx_valid, ctx_done;
  ctx_req_t           ctx_req;
  ctx_psv_t           ctx_psv;
  logic [23:0]        relock_records;
  logic [15:0]        cmd_count;
  logic [31:0]        frames;
  logic               track_idle;
  logic               ev_resync_req, ev_resync_lock, ev_resync_ok, ev_resync_skip;

  rx_track #(
    .DataW    (DataW),
    .NumFlows (NumFlows)
  ) u_track (
    .clk_i             (clk_i),
    .rst_i             (rst_i),
    // Headers
    .hdr_valid_i       (found_valid),
    .hdr_ready_o       (found_ready),
    .hdr_i             (found),
    // Frames in
    .s_axis_frm_tdata  (raw_tdata),
    .s_axis_frm_tkeep  (raw_tkeep),
    .s_axis_frm_tvalid (raw_tvalid),
    .s_axis_frm_tready (raw_tready),
    .s_axis_frm_tlast  (raw_tlast),
    // Frames out
    .m_axis_frm_tdata  (frm_tdata),
    .m_axis_frm_tkeep  (frm_tkeep),
    .m_axis_frm_tvalid (frm_tvalid),
    .m_axis_frm_tready (frm_tready),
    .m_axis_frm_tlast  (frm_tlast),
    // Descriptors
    .desc_valid_o      (desc_valid),
    .desc_ready_i      (desc_ready),
    .desc_o            (desc),
    // Slots
    .slot_valid_o      (slot_valid),
    .slot_o            (slot),
    .slot_data_o       (slot_data),
    .slot_tag_o        (slot_tag),
    // Credit, verdicts
    .gcm_ready_i       (gcm_ready),
    .verdict_valid_i   (verdict_valid),
    .verdict_ok_i      (verdict_ok),
    // Commands
    .ctx_valid_i       (ctx_valid),
    .ctx_req_i         (ctx_req),
    .ctx_done_o        (ctx_done),
    .ctx_psv_o         (ctx_psv),
    // Control, status
    .relock_records_i  (relock_records),
    .cmd_count_i       (cmd_count),
    .idle_o            (track_idle),
    .frames_o          (frames),
    // Statistics
    .ev_resync_req_o   (ev_resync_req),
    .ev_resync_lock_o  (ev_resync_lock),
    .ev_resync_ok_o    (ev_resync_ok),
    .ev_resync_skip_o  (ev_resync_skip),
    .ev_auth_ok_o      (),
    .ev_auth_fail_o    ()
  );

  // ---- Crypto -----------------------------------------------------------------------------------------

  logic             ks_valid;
  logic [DataW-1:0] ks;
  slot_t            ks_slot;
  logic             key_valid, key_256, key_done, gcm_idle;
  key_op_e          key_op;
  logic [FlowW-1:0] key_idx;
  logic [255:0]     key;

  gcm_core #(
    .DataW    (DataW),
    .NumFlows (NumFlows),
    .NumKeys  (NumKeys)
  ) u_gcm (
    .clk_i           (clk_i),
    .rst_i           (rst_i),
    // Slots
    .slot_valid_i    (slot_valid),
    .slot_i          (slot),
    .slot_data_i     (slot_data),
    .slot_tag_i      (slot_tag),
    .ready_o         (gcm_ready),
    // Keystream
    .ks_valid_o      (ks_valid),
    .ks_o            (ks),
    .ks_slot_o       (ks_slot),
    // Verdicts
    .verdict_valid_o (verdict_valid),
    .verdict_ok_o    (verdict_ok),
    // Keys
    .key_valid_i     (key_valid),
    .key_op_i        (key_op),
    .key_idx_i       (key_idx),
    .key_256_i       (key_256),
    .key_i           (key),
    .key_done_o      (key_done),
    .idle_o          (gcm_idle)
  );

  // ---- Hold -------------------------------------------------------------------------------------------

  logic             word_valid;
  logic [DataW-1:0] word;
  logic             ev_packet, ev_decrypted, ev_resync, ev_auth_fail;
  logic [15:0]      ev_decrypted_bytes;

  ks_align #(
    .DataW (DataW)
  ) u_align (
    .clk_i        (clk_i),
    .rst_i        (rst_i),
    .ks_valid_i   (ks_valid),
    .ks_i         (ks),
    .ks_slot_i    (ks_slot),
    .beat_valid_o (word_valid),
    .beat_o       (word)
  );

  pkt_hold #(
    .DataW     (DataW),
    .HoldBytes (HoldBytes)
  ) u_hold (
    .clk_i                (clk_i),
    .rst_i                (rst_i),
    // Frames in
    .s_axis_frm_tdata     (frm_tdata),
    .s_axis_frm_tkeep     (frm_tkeep),
    .s_axis_frm_tvalid    (frm_tvalid),
    .s_axis_frm_tready    (frm_tready),
    .s_axis_frm_tlast     (frm_tlast),
    // Descriptors, keystream, verdicts
    .desc_valid_i         (desc_valid),
    .desc_ready_o         (desc_ready),
    .desc_i               (desc),
    .beat_valid_i         (word_valid),
    .beat_i               (word),
    .verdict_valid_i      (verdict_valid),
    .verdict_ok_i         (verdict_ok),
    // Frames out
    .m_axis_rx_tdata      (m_axis_rx_tdata),
    .m_axis_rx_tkeep      (m_axis_rx_tkeep),
    .m_axis_rx_tvalid     (m_axis_rx_tvalid),
    .m_axis_rx_tready     (m_axis_rx_tready),
    .m_axis_rx_tlast      (m_axis_rx_tlast),
    .m_axis_rx_tuser      (m_axis_rx_tuser),
    // Statistics
    .ev_packet_o          (ev_packet),
    .ev_decrypted_o       (ev_decrypted),
    .ev_decrypted_bytes_o (ev_decrypted_bytes),
    .ev_resync_o          (ev_resync),
    .ev_auth_fail_o       (ev_auth_fail)
  );

  // ---- Commands ---------------------------------------------------------------------------------------

  logic ev_ctx, ev_del, ev_get_skip, ev_cpl;

  cmd_unit #(
    .NumFlows (NumFlows),
    .NumKeys  (NumKeys),
    .CmdDepth (CmdDepth)
  ) u_cmd (
    .clk_i             (clk_i),
    .rst_i             (rst_i),
    // Commands
    .s_axis_cmd_tdata  (s_axis_cmd_tdata),
    .s_axis_cmd_tkeep  (s_axis_cmd_tkeep),
    .s_axis_cmd_tvalid (s_axis_cmd_tvalid),
    .s_axis_cmd_tready (s_axis_cmd_tready),
    .s_axis_cmd_tlast  (s_axis_cmd_tlast),
    // Completions
    .m_axis_cpl_tdata  (m_axis_cpl_tdata),
    .m_axis_cpl_tkeep  (m_axis_cpl_tkeep),
    .m_axis_cpl_tvalid (m_axis_cpl_tvalid),
    .m_axis_cpl_tready (m_axis_cpl_tready),
    .m_axis_cpl_tlast  (m_axis_cpl_tlast),
    // Packet path
    .pause_o           (pause),
    .lookup_idle_i     (lookup_idle),
    .track_idle_i      (track_idle),
    .gcm_idle_i        (gcm_idle),
    .frames_i          (frames),
    .cmd_count_o       (cmd_count),
    // Tracker
    .ctx_valid_o       (ctx_valid),
    .ctx_req_o         (ctx_req),
    .ctx_done_i        (ctx_done),
    .ctx_psv_i         (ctx_psv),
    // Flow table
    .up_valid_o        (up_valid),
    .up_add_o          (up_add),
    .up_key_o          (up_key),
    .up_flow_o         (up_flow),
    .up_done_i         (up_done),
    .up_status_i       (up_status),
    // Key store
    .key_valid_o       (key_valid),
    .key_op_o          (key_op),
    .key_idx_o         (key_idx),
    .key_256_o         (key_256),
    .key_o             (key),
    .key_done_i        (key_done),
    // Statistics
    .ev_ctx_o          (ev_ctx),
    .ev_del_o          (ev_del),
    .ev_get_skip_o     (ev_get_skip),
    .ev_cpl_o          (ev_cpl)
  );

  // ---- Registers --------------------------------------------------------------------------------------

  csr_unit #(
    .DataW    (DataW),
    .NumFlows (NumFlows)
  ) u_csr (
    .clk_i                (clk_i),
    .rst_i                (rst_i),
    // AXI4-Lite
    .s_axil_awaddr        (s_axil_awaddr),
    .s_axil_awprot        (s_axil_awprot),
    .s_axil_awvalid       (s_axil_awvalid),
    .s_axil_awready       (s_axil_awready),
    .s_axil_wdata         (s_axil_wdata),
    .s_axil_wstrb         (s_axil_wstrb),
    .s_axil_wvalid        (s_axil_wvalid),
    .s_axil_wready        (s_axil_wready),
    .s_axil_bresp         (s_axil_bresp),
    .s_axil_bvalid        (s_axil_bvalid),
    .s_axil_bready        (s_axil_bready),
    .s_axil_araddr        (s_axil_araddr),
    .s_axil_arprot        (s_axil_arprot),
    .s_axil_arvalid       (s_axil_arvalid),
    .s_axil_arready       (s_axil_arready),
    .s_axil_rdata         (s_axil_rdata),
    .s_axil_rresp         (s_axil_rresp),
    .s_axil_rvalid        (s_axil_rvalid),
    .s_axil_rready        (s_axil_rready),
    // Settings, status
    .enable_o             (enable),
    .relock_records_o     (relock_records),
    .irq_o                (irq_o),
    .rules_i              (rules),
    // Events
    .ev_packet_i          (ev_packet),
    .ev_decrypted_i       (ev_decrypted),
    .ev_decrypted_bytes_i (ev_decrypted_bytes),
    .ev_resync_i          (ev_resync),
    .ev_auth_fail_i       (ev_auth_fail),
    .ev_resync_req_i      (ev_resync_req),
    .ev_resync_lock_i     (ev_resync_lock),
    .ev_resync_ok_i       (ev_resync_ok),
    .ev_resync_skip_i     (ev_resync_skip),
    .ev_ctx_i             (ev_ctx),
    .ev_del_i             (ev_del),
    .ev_get_skip_i        (ev_get_skip),
    .ev_cpl_i             (ev_cpl)
  );

endmodule

`default_nettype wire
