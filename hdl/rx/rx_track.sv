// SPDX-License-Identifier: BSD-2-Clause
//
// The tracker: takes one packet at a time, compares it with its flow's context and cuts its payload
// into slots. What it decides is docs/engine.md, "What the tracker decides".
//
// Contract: headers and frame beats in order; frame beats leave as they came, while they are read,
// one descriptor for each frame: at once if the packet is passed, else when its walk ends. A header
// is taken only when the hold has room for the whole frame and the crypto is not behind, so slots
// flow without back-pressure; an oversize frame is passed under m_axis_frm_tready. Commands on
// contexts run between two packets and go before them. Slots leave two cycles after their bytes.
// The verdict of a packet is awaited only in AUTHENTICATION, before the next packet.

`default_nettype none

module rx_track
  import tls_rx_pkg::*;
  import track_pkg::*;
#(
  parameter int DataW    = 128,
  parameter int NumFlows = 64
) (
  // Clock, reset
  input  wire logic               clk_i,
  input  wire logic               rst_i,
  // Headers in, one a frame
  input  wire logic               hdr_valid_i,
  output      logic               hdr_ready_o,
  input  wire pkt_hdr_t           hdr_i,
  // Frame beats in
  input  wire logic [DataW-1:0]   s_axis_frm_tdata,
  input  wire logic [DataW/8-1:0] s_axis_frm_tkeep,
  input  wire logic               s_axis_frm_tvalid,
  output      logic               s_axis_frm_tready,
  input  wire logic               s_axis_frm_tlast,
  // Frame beats out
  output      logic [DataW-1:0]   m_axis_frm_tdata,
  output      logic [DataW/8-1:0] m_axis_frm_tkeep,
  output      logic               m_axis_frm_tvalid,
  input  wire logic               m_axis_frm_tready,
  output      logic               m_axis_frm_tlast,
  // Descriptors out, one a frame
  output      logic               desc_valid_o,
  input  wire logic               desc_ready_i,
  output pkt_desc_t               desc_o,
  // Slots out
  output      logic               slot_valid_o,
  output slot_t                   slot_o,
  output      logic [DataW-1:0]   slot_data_o,
  // Credits, verdicts of the crypto
  input  wire logic [15:0]        hold_free_i,   // beats
  input  wire logic               gcm_ready_i,
  input  wire logic               verdict_valid_i,
  input  wire logic               verdict_ok_i,
  // Commands on contexts
  input  wire logic               ctx_valid_i,
  input  wire ctx_req_t           ctx_req_i,
  output      logic               ctx_done_o,
  output ctx_psv_t                ctx_psv_o,
  // Control, status
  input  wire logic [23:0]        relock_records_i,
  input  wire logic [15:0]        cmd_count_i,
  output      logic               idle_o,
  output      logic [31:0]        frames_o,
  // Statistics, pulses
  output      logic               ev_resync_req_o,   // a packet in which tracking was lost
  output      logic               ev_resync_lock_o,  // a candidate was found
  output      logic               ev_resync_ok_o,    // a confirmation was taken
  output      logic               ev_resync_skip_o,  // a confirmation changed nothing
  output      logic               ev_auth_ok_o,      // AUTHENTICATION left for OFFLOAD
  output      logic               ev_auth_fail_o     // AUTHENTICATION left for SEARCHING
);

  localparam int BeatBytes = DataW / 8;
  localparam int PosW      = $clog2(BeatBytes);
  localparam int AddrW     = $clog2(NumFlows);
  // Beats that may be on their way to the hold and not yet missing in hold_free_i.
  localparam logic [15:0] HoldMargin = 16'd4;

  typedef enum logic [2:0] {
    StInit    = 3'd0,  // contexts are being cleared
    StIdle    = 3'd1,
    StCheck   = 3'd2,  // the context is there: decide
    StWalk    = 3'd3,
    StVerdict = 3'd4,  // AUTHENTICATION: the next packet depends on this one's tags
    StPass    = 3'd5,  // frame passed untouched, or what is left of a walked one
    StCmd     = 3'd6,
    StCmdDone = 3'd7
  } state_e;

  state_e state_q, state_d;

  // ---- Header -------------------------------------------------------------------------------------

  pkt_meta_t   meta_in, meta_new, meta_q;
  logic        checks_ok, eligible, take_hdr, in_idle;
  logic [7:0]  flags;
  logic [15:0] beats;

  assign meta_in   = hdr_i.meta;
  assign flags     = meta_in.tcp_flags;
  assign checks_ok = meta_in.l4_checked && meta_in.l4_ok &&
                     (meta_in.l3_ok || !meta_in.l3_checked);
  // FIN with payload is data; SYN and RST are not.
  assign eligible  = meta_in.flow_valid && meta_in.is_tcp && !meta_in.is_frag && !meta_in.bad &&
                     !hdr_i.oversize && checks_ok && (flags[2:1] == 2'b00) &&
                     (meta_in.payload_len != '0);

  assign in_idle     = (state_q == StIdle);
  assign beats       = 16'((17'(meta_in.frame_len) + 17'(BeatBytes - 1)) >> PosW);
  assign hdr_ready_o = in_idle && !ctx_valid_i && gcm_ready_i &&
                       (hdr_i.oversize || (hold_free_i >= beats + HoldMargin));
  assign take_hdr    = hdr_valid_i && hdr_ready_o;

  // ---- Context ------------------------------------------------------------------------------------

  ctx_static_t   stat, stat_cmd;
  ctx_progress_t prog, prog_cmd, prog_walk, prog_verdict, prog_wr;
  logic          ctx_ready, wr_stat, wr_prog, cmd_stat, cmd_prog, confirm, ignored;
  logic [AddrW-1:0] ctx_row, hdr_row, pkt_row;
  ctx_psv_t      psv;

  assign ctx_row = AddrW'(ctx_req_i.ctx);
  assign hdr_row = AddrW'(meta_in.flow);
  assign pkt_row = AddrW'(meta_q.flow);

  flow_ctx #(
    .NumFlows (NumFlows)
  ) u_ctx (
    .clk_i     (clk_i),
    .rst_i     (rst_i),
    .ready_o   (ctx_ready),
    .rd_en_i   (in_idle),
    .rd_flow_i (ctx_valid_i ? ctx_row : hdr_row),
    .stat_o    (stat),
    .prog_o    (prog),
    .wr_stat_i (wr_stat),
    .wr_prog_i (wr_prog),
    .wr_flow_i ((state_q == StCmd) ? ctx_row : pkt_row),
    .stat_i    (stat_cmd),
    .prog_i    (prog_wr)
  );

  ctx_cmd u_cmd (
    .req_i     (ctx_req_i),
    .stat_i    (stat),
    .prog_i    (prog),
    .wr_stat_o (cmd_stat),
    .wr_prog_o (cmd_prog),
    .stat_o    (stat_cmd),
    .prog_o    (prog_cmd),
    .psv_o     (psv),
    .confirm_o (confirm),
    .ignored_o (ignored)
  );

  // ---- Decision and walk --------------------------------------------------------------------------

  walk_start_t     start;
  logic            start_walk, start_ok, start_ks, cut_valid, cut_done, lost, slots, complete, ks_q;
  logic            cut_pkt_end, settled, last_ok;
  slot_t           cut_slot;
  chain_t          chain_walk;
  auth_state_e     auth_walk;
  logic            win_ready, take, all_read, locked, pipe_busy;
  logic [DataW-1:0] win, beat;
  logic [31:0]     beyond, end_seq_q;
  logic [PosW-1:0] pos, shift;
  logic [PosW:0]   n;
  logic [127:0]    aad;
  logic [31:0]     tcp_seq;
  logic [15:0]     payload_len;

  assign tcp_seq     = meta_q.tcp_seq;
  assign payload_len = meta_q.payload_len;
  assign start_ok    = start.walk;
  assign start_ks    = start.ks;
  assign cut_pkt_end = cut_slot.pkt_end;
  assign chain_walk  = prog_walk.chain;
  assign auth_walk   = chain_walk.auth;
  assign start_walk  = (state_q == StCheck) && start_ok;

  seq_check u_check (
    .ctx_i         (prog),
    .tcp_seq_i     (tcp_seq),
    .payload_len_i (payload_len),
    .start_o       (start)
  );

  byte_window #(
    .DataW (DataW)
  ) u_window (
    .clk_i             (clk_i),
    .rst_i             (rst_i),
    .s_axis_frm_tdata  (s_axis_frm_tdata),
    .s_axis_frm_tkeep  (s_axis_frm_tkeep),
    .s_axis_frm_tvalid (s_axis_frm_tvalid),
    .s_axis_frm_tready (s_axis_frm_tready),
    .s_axis_frm_tlast  (s_axis_frm_tlast),
    .m_axis_frm_tdata  (m_axis_frm_tdata),
    .m_axis_frm_tkeep  (m_axis_frm_tkeep),
    .m_axis_frm_tvalid (m_axis_frm_tvalid),
    .m_axis_frm_tready (m_axis_frm_tready),
    .m_axis_frm_tlast  (m_axis_frm_tlast),
    .start_i           (take_hdr),
    .off_i             (meta_in.payload_off),
    .drain_i           (state_q == StPass || (state_q == StWalk && cut_done)),
    .all_read_o        (all_read),
    .ready_o           (win_ready),
    .win_o             (win),
    .beat_o            (beat),
    .beyond_o          (beyond),
    .pos_o             (pos),
    .take_i            (take),
    .n_i               (n)
  );

  slot_cut #(
    .DataW (DataW)
  ) u_cut (
    .clk_i        (clk_i),
    .rst_i        (rst_i),
    .start_i      (start_walk),
    .start_par_i  (start),
    .ctx_i        (prog),
    .tls13_i      (stat.tls13),
    .iv_i         (stat.iv),
    .end_seq_i    (end_seq_q),
    .relock_i     (relock_records_i),
    .win_ready_i  (win_ready),
    .win_i        (win[103:0]),
    .beat_i       (beat),
    .beyond_i     (beyond),
    .pos_i        (pos),
    .take_o       (take),
    .n_o          (n),
    .slot_valid_o (cut_valid),
    .slot_o       (cut_slot),
    .aad_o        (aad),
    .shift_o      (shift),
    .done_o       (cut_done),
    .ctx_o        (prog_walk),
    .lost_o       (lost),
    .slots_o      (slots),
    .complete_o   (complete),
    .ev_lock_o    (locked)
  );

  slot_pipe #(
    .DataW (DataW)
  ) u_pipe (
    .clk_i        (clk_i),
    .rst_i        (rst_i),
    .valid_i      (cut_valid),
    .slot_i       (cut_slot),
    .flow_i       (meta_q.flow),
    .key_i        (stat.key),
    .win_i        (win),
    .aad_i        (aad),
    .shift_i      (shift),
    .slot_valid_o (slot_valid_o),
    .slot_o       (slot_o),
    .slot_data_o  (slot_data_o),
    .busy_o       (pipe_busy)
  );

  // ---- Verdict in AUTHENTICATION ----------------------------------------------------------------------

  auth_step u_auth (
    .clk_i           (clk_i),
    .rst_i           (rst_i),
    .pkt_end_i       (cut_valid && cut_pkt_end),
    .verdict_valid_i (verdict_valid_i),
    .verdict_ok_i    (verdict_ok_i),
    .settled_o       (settled),
    .last_ok_o       (last_ok),
    .ctx_i           (prog_walk),
    .ctx_o           (prog_verdict)
  );

  // ---- One packet, or one command, at a time --------------------------------------------------------

  logic desc_free, desc_load, desc_sent_q, walk_ends, needs_verdict, verdict_in;

  assign desc_free     = !desc_valid_o || desc_ready_i;
  assign walk_ends     = (state_q == StWalk) && cut_done && desc_free;
  assign desc_load     = walk_ends || (state_q == StPass && desc_free && !desc_sent_q);
  assign needs_verdict = complete && (auth_walk == AuthAuthentication);
  assign verdict_in    = (state_q == StVerdict) && settled;

  always_comb begin
    state_d = state_q;
    case (state_q)
      StInit: if (ctx_ready) state_d = StIdle;
      StIdle: begin
        if (ctx_valid_i) state_d = StCmd;
        else if (take_hdr && eligible) state_d = StCheck;
        else if (take_hdr) state_d = StPass;
      end
      StCheck: begin
        if (start_ok) state_d = StWalk;
        else state_d = StPass;
      end
      // The walk is over when its last byte was taken; frame padding may be left to pass.
      StWalk: begin
        if (walk_ends && needs_verdict) state_d = StVerdict;
        else if (walk_ends && all_read) state_d = StIdle;
        else if (walk_ends) state_d = StPass;
      end
      StVerdict: if (verdict_in) state_d = StPass;
      StPass: if (all_read && (desc_sent_q || desc_free)) state_d = StIdle;
      StCmd: state_d = StCmdDone;
      default: state_d = StIdle;
    endcase
  end

  always_ff @(posedge clk_i) begin
    state_q <= state_d;
    if (take_hdr) begin
      meta_q      <= meta_new;
      frames_o    <= frames_o + 32'd1;
      desc_sent_q <= 1'b0;
    end
    if (desc_load) desc_sent_q <= 1'b1;
    if (state_q == StCheck) begin
      end_seq_q <= tcp_seq + 32'(payload_len);
      ks_q      <= start_ks;
    end
    if (state_q == StCmd) ctx_psv_o <= psv;

    if (rst_i) begin
      state_q  <= StInit;
      frames_o <= '0;
    end
  end

  assign ctx_done_o = (state_q == StCmdDone);
  assign idle_o     = in_idle && !desc_valid_o && !pipe_busy;

  // The context is written when nothing can change the outcome any more.
  assign wr_stat = (state_q == StCmd) && cmd_stat;
  assign wr_prog = (state_q == StCmd && cmd_prog) || (walk_ends && !needs_verdict) || verdict_in;

  always_comb begin
    if (state_q == StCmd) prog_wr = prog_cmd;
    else if (state_q == StVerdict) prog_wr = prog_verdict;
    else prog_wr = prog_walk;
  end

  // ---- Descriptor -----------------------------------------------------------------------------------

  pkt_desc_t desc_d;

  always_comb begin
    meta_new            = meta_in;
    meta_new.cmd_count  = cmd_count_i;
    meta_new.tls_status = TlsNone;
  end

  always_comb begin
    desc_d      = '0;
    desc_d.meta = meta_q;
    if (walk_ends) begin
      desc_d.markable = ks_q && !lost;
      desc_d.lost     = lost;
      desc_d.ks       = ks_q;
      desc_d.verdict  = slots;
    end
  end

  always_ff @(posedge clk_i) begin
    if (desc_load) desc_o <= desc_d;
    if (desc_load) desc_valid_o <= 1'b1;
    else if (desc_ready_i) desc_valid_o <= 1'b0;

    if (rst_i) desc_valid_o <= 1'b0;
  end

  // ---- Statistics -----------------------------------------------------------------------------------

  always_ff @(posedge clk_i) begin
    ev_resync_req_o  <= walk_ends && lost;
    ev_resync_lock_o <= locked;
    ev_resync_ok_o   <= (state_q == StCmd) && confirm;
    ev_resync_skip_o <= (state_q == StCmd) && ignored;
    ev_auth_ok_o     <= verdict_in && last_ok;
    ev_auth_fail_o   <= verdict_in && !last_ok;

    if (rst_i) begin
      ev_resync_req_o  <= 1'b0;
      ev_resync_lock_o <= 1'b0;
      ev_resync_ok_o   <= 1'b0;
      ev_resync_skip_o <= 1'b0;
      ev_auth_ok_o     <= 1'b0;
      ev_auth_fail_o   <= 1'b0;
    end
  end

`ifndef SYNTHESIS
  initial begin
    if (DataW != 128 && DataW != 256 && DataW != 512) $fatal(1, "%m: DataW %0d", DataW);
    if (NumFlows < 2 || NumFlows > 2 ** FlowW) $fatal(1, "%m: NumFlows %0d", NumFlows);
  end
`endif

endmodule

`default_nettype wire
