// SPDX-License-Identifier: BSD-2-Clause
//
// The tracker: compares each packet with its flow's context and cuts its payload into slots. What it
// decides is docs/engine.md, "What the tracker decides".
//
//  frame beats --> beat_ring --------------------------> m_axis_frm (written to both at once)
//                   |      |
//  headers --> rec_walk  slot_pipe --> slots
//                   |      |
//                   +--> slot_cut
//
// Contract: headers and frame beats in order. Beats go on to the hold as they enter the ring, under
// m_axis_frm_tready; nothing else waits for the hold. One descriptor for each frame: at once if the
// packet is passed, else when its walk ends; it may come before or after the frame's last beat.
// The walk of packet k + 1 goes on while packet k is cut; the context of a packet just walked is
// forwarded to the next one of its flow. The cutter starts a packet only with gcm_ready_i; slots flow
// without back-pressure. Commands on contexts run when idle_o, and go before packets. Only in
// AUTHENTICATION a packet waits for crypto: for the verdict of the one before, of the same context.
// Passed packets cost one cycle.

`default_nettype none

module rx_track
  import tls_rx_pkg::*;
  import track_pkg::*;
  import cut_pkg::*;
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
  output      logic [127:0]       slot_tag_o,
  // Credit, verdicts of the crypto
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
  localparam int PktDepth  = 16;
  localparam int PktCountW = $clog2(PktDepth) + 1;

  typedef enum logic [2:0] {
    StInit    = 3'd0,  // contexts are being cleared
    StIdle    = 3'd1,
    StCheck   = 3'd2,  // the context is there: decide
    StWalk    = 3'd3,
    StOver    = 3'd4,  // an oversize frame passes through the ring
    StOverEnd = 3'd5,
    StCmd     = 3'd6,
    StCmdDone = 3'd7
  } state_e;

  state_e state_q, state_d;

  // ---- Header -------------------------------------------------------------------------------------

  pkt_meta_t   meta_in, meta_new, meta_q;
  logic        checks_ok, eligible, take_hdr, can_take, blocked, in_idle, walk_ends, needs_verdict;
  logic        pass_q, pass_free;   // meta_q is of a packet that is passed, its descriptor is due
  logic        over_q;              // it is oversize
  logic        clean_q, pkt_room;
  logic [7:0]  flags;
  logic        is_over;
  logic [BeatW-1:0] beats;
  logic        auth_busy, auth_ready, auth_take, auth_ok;
  logic [AddrW-1:0] ctx_row, hdr_row, pkt_row, auth_row, wr_row;
  logic [BeatW-1:0] base_q, next_q;  // beats of the packet in meta_q, of the one behind it

  assign meta_in   = hdr_i.meta;
  assign flags     = meta_in.tcp_flags;
  assign checks_ok = meta_in.l4_checked && meta_in.l4_ok &&
                     (meta_in.l3_ok || !meta_in.l3_checked);
  // FIN with payload is data; SYN and RST are not.
  assign eligible  = meta_in.flow_valid && meta_in.is_tcp && !meta_in.is_frag && !meta_in.bad &&
                     !hdr_i.oversize && checks_ok && (flags[2:1] == 2'b00) &&
                     (meta_in.payload_len != '0);

  assign in_idle     = (state_q == StIdle);
  assign can_take    = (in_idle && pass_free) || (walk_ends && !needs_verdict);
  // The next packet of a context in AUTHENTICATION depends on the verdict of the one before.
  assign blocked     = auth_busy && eligible && (hdr_row == auth_row);
  assign hdr_ready_o = can_take && !ctx_valid_i && pkt_room && !blocked;
  assign take_hdr    = hdr_valid_i && hdr_ready_o;
  assign is_over     = hdr_i.oversize;
  assign beats       = BeatW'((17'(meta_in.frame_len) + 17'(BeatBytes - 1)) >> PosW);

  // ---- Context ------------------------------------------------------------------------------------

  ctx_static_t   stat, stat_cmd;
  ctx_progress_t prog_row, prog, prog_cmd, prog_walk, prog_verdict, prog_wr, prog_q;
  logic          ctx_ready, wr_stat, wr_prog, cmd_stat, cmd_prog, confirm, ignored, forward_q;
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
    .rd_en_i   (in_idle || walk_ends),
    .rd_flow_i (ctx_valid_i ? ctx_row : hdr_row),
    .stat_o    (stat),
    .prog_o    (prog_row),
    .wr_stat_i (wr_stat),
    .wr_prog_i (wr_prog),
    .wr_flow_i (wr_row),
    .stat_i    (stat_cmd),
    .prog_i    (prog_wr)
  );

  // A row read in the cycle in which it is written is old: what was written stands in for it.
  always_ff @(posedge clk_i) begin
    forward_q <= walk_ends && (hdr_row == pkt_row);
    if (walk_ends) prog_q <= prog_walk;
  end

  assign prog = forward_q ? prog_q : prog_row;

  ctx_cmd u_cmd (
    .req_i     (ctx_req_i),
    .stat_i    (stat),
    .prog_i    (prog_row),
    .wr_stat_o (cmd_stat),
    .wr_prog_o (cmd_prog),
    .stat_o    (stat_cmd),
    .prog_o    (prog_cmd),
    .psv_o     (psv),
    .confirm_o (confirm),
    .ignored_o (ignored)
  );

  // ---- Decision and walk --------------------------------------------------------------------------

  walk_start_t  start;
  logic         start_walk, start_ok, start_ks, walk_done, lost, pieces, complete, locked, ks_q;
  logic         slots, win_ready, all_written_q;
  chain_t       chain_walk;
  auth_state_e  auth_walk;
  logic [31:0]  tcp_seq, end_seq_q;
  logic [15:0]  payload_off, payload_len, peek;
  logic [BeatW-1:0] wr_abs, free_abs, behind_peek, to_end, to_win;
  logic [103:0] win;
  logic [DataW-1:0] beat;
  logic [31:0]  beyond;
  logic         piece_valid, piece_ready;
  piece_t       piece;

  assign tcp_seq     = meta_q.tcp_seq;
  assign payload_off = meta_q.payload_off;
  assign payload_len = meta_q.payload_len;
  assign start_ok    = start.walk;
  assign start_ks    = start.ks;
  assign chain_walk  = prog_walk.chain;
  assign auth_walk   = chain_walk.auth;
  assign start_walk  = (state_q == StCheck) && start_ok;

  seq_check u_check (
    .ctx_i         (prog),
    .tcp_seq_i     (tcp_seq),
    .payload_len_i (payload_len),
    .start_o       (start)
  );

  rec_walk #(
    .DataW (DataW)
  ) u_walk (
    .clk_i         (clk_i),
    .rst_i         (rst_i),
    .start_i       (start_walk),
    .start_par_i   (start),
    .ctx_i         (prog),
    .tls13_i       (stat.tls13),
    .iv_i          (stat.iv),
    .first_i       (payload_off),
    .end_seq_i     (end_seq_q),
    .relock_i      (relock_records_i),
    .clean_i       (clean_q),
    .peek_o        (peek),
    .win_ready_i   (win_ready),
    .win_i         (win),
    .beat_i        (beat),
    .beyond_i      (beyond),
    .piece_valid_o (piece_valid),
    .piece_ready_i (piece_ready),
    .piece_o       (piece),
    .done_o        (walk_done),
    .ctx_o         (prog_walk),
    .lost_o        (lost),
    .pieces_o      (pieces),
    .complete_o    (complete),
    .ev_lock_o     (locked)
  );

  // The walk looks at two beats, if the frame has them.
  assign behind_peek = base_q + BeatW'(peek >> PosW) + BeatW'(1);
  assign to_win      = wr_abs - behind_peek;
  assign to_end      = wr_abs - next_q;
  assign win_ready   = all_written_q || (!to_win[BeatW-1] && to_win != '0);

  // A packet with keystream or pieces brings slots, and so a verdict.
  assign slots = pieces || ks_q;

  auth_step #(
    .AddrW (AddrW)
  ) u_auth (
    .clk_i           (clk_i),
    .rst_i           (rst_i),
    .pkt_end_i       (walk_ends && slots),
    .settle_i        (needs_verdict),
    .row_i           (pkt_row),
    .ctx_i           (prog_walk),
    .verdict_valid_i (verdict_valid_i),
    .verdict_ok_i    (verdict_ok_i),
    .busy_o          (auth_busy),
    .ready_o         (auth_ready),
    .take_i          (auth_take),
    .row_o           (auth_row),
    .ok_o            (auth_ok),
    .ctx_o           (prog_verdict)
  );

  // ---- One packet, or one command, at a time --------------------------------------------------------

  logic desc_free, desc_load, pass_leaves, over_ends, over_in, over_in_q;

  assign desc_free     = !desc_valid_o || desc_ready_i;
  assign walk_ends     = (state_q == StWalk) && walk_done && desc_free &&
                         !(needs_verdict && auth_busy);
  assign pass_leaves   = pass_q && desc_free;
  assign pass_free     = !pass_q || desc_free;
  assign desc_load     = walk_ends || pass_leaves;
  assign needs_verdict = complete && (auth_walk == AuthAuthentication);
  assign auth_take     = auth_ready && !walk_ends && (state_q != StCmd);

  always_comb begin
    state_d = state_q;
    case (state_q)
      StInit: if (ctx_ready) state_d = StIdle;
      StIdle: begin
        if (ctx_valid_i) state_d = StCmd;
        else if (take_hdr && is_over) state_d = StOver;
        else if (take_hdr && eligible) state_d = StCheck;
      end
      StCheck: begin
        if (start_ok) state_d = StWalk;
        else state_d = StIdle;
      end
      StWalk: begin
        if (take_hdr && is_over) state_d = StOver;
        else if (take_hdr && eligible) state_d = StCheck;
        else if (walk_ends) state_d = StIdle;
      end
      StOver: if (over_ends) state_d = StOverEnd;
      StCmd: state_d = StCmdDone;
      default: state_d = StIdle;
    endcase
  end

  always_ff @(posedge clk_i) begin
    state_q       <= state_d;
    all_written_q <= !to_end[BeatW-1];
    over_in_q     <= over_in;

    if (take_hdr) begin
      meta_q   <= meta_new;
      over_q   <= is_over;
      clean_q  <= hdr_i.clean;
      base_q   <= next_q;
      next_q   <= next_q + beats;
      frames_o <= frames_o + 32'd1;
    end
    // Of an oversize frame the cutter needs to know the end only.
    if (over_ends) begin
      base_q <= wr_abs + BeatW'(1);
      next_q <= wr_abs + BeatW'(1);
    end

    if (take_hdr && !eligible) pass_q <= 1'b1;
    else if (state_q == StCheck && !start_ok) pass_q <= 1'b1;
    else if (desc_free) pass_q <= 1'b0;

    if (state_q == StCheck) begin
      end_seq_q <= tcp_seq + 32'(payload_len);
      ks_q      <= start_ks;
    end
    if (state_q == StCmd) ctx_psv_o <= psv;

    if (rst_i) begin
      state_q  <= StInit;
      pass_q   <= 1'b0;
      next_q   <= '0;
      frames_o <= '0;
    end
  end

  assign ctx_done_o = (state_q == StCmdDone);

  // The context is written when nothing can change the outcome any more.
  assign wr_stat = (state_q == StCmd) && cmd_stat;
  assign wr_prog = (state_q == StCmd && cmd_prog) || (walk_ends && !needs_verdict) || auth_take;

  always_comb begin
    if (state_q == StCmd) begin
      prog_wr = prog_cmd;
      wr_row  = ctx_row;
    end else if (walk_ends) begin
      prog_wr = prog_walk;
      wr_row  = pkt_row;
    end else begin
      prog_wr = prog_verdict;
      wr_row  = auth_row;
    end
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

  // ---- Ring -----------------------------------------------------------------------------------------

  logic             wr_room, wr_fire, b_re;
  logic [BeatW-1:0] b_abs, from_base, not_freed;
  logic [DataW-1:0] b_cur, b_nxt;

  assign s_axis_frm_tready = wr_room && m_axis_frm_tready;
  assign m_axis_frm_tvalid = wr_room && s_axis_frm_tvalid;
  assign m_axis_frm_tdata  = s_axis_frm_tdata;
  assign m_axis_frm_tkeep  = s_axis_frm_tkeep;
  assign m_axis_frm_tlast  = s_axis_frm_tlast;
  assign wr_fire           = s_axis_frm_tvalid && s_axis_frm_tready;

  // An oversize frame goes through once nothing before it needs the ring; nobody reads it.
  assign from_base = wr_abs - base_q;
  assign not_freed = free_abs - base_q;
  assign over_in   = (state_q == StOver) && (not_freed == '0) && (over_in_q || !from_base[BeatW-1]);
  assign over_ends = over_in && wr_fire && s_axis_frm_tlast;

  beat_ring #(
    .DataW (DataW)
  ) u_ring (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (s_axis_frm_tvalid && m_axis_frm_tready),
    .wr_ready_o (wr_room),
    .wr_data_i  (s_axis_frm_tdata),
    .free_abs_i (over_in ? wr_abs : free_abs),
    .wr_abs_o   (wr_abs),
    .a_abs_i    (base_q + BeatW'(peek >> PosW)),
    .a_pos_i    (peek[PosW-1:0]),
    .a_win_o    (win),
    .a_beat_o   (beat),
    .a_beyond_o (beyond),
    .b_abs_i    (b_abs),
    .b_re_i     (b_re),
    .b_cur_o    (b_cur),
    .b_nxt_o    (b_nxt)
  );

  // ---- Cutter ---------------------------------------------------------------------------------------

  logic     pkt_push, pkt_valid, pkt_ready, cut_valid, cut_ready, cut_idle, pipe_busy, fifo_ready;
  cut_pkt_t pkt_in, pkt;
  piece_t   cut_piece;
  logic [PktCountW-1:0] pkt_count, piece_count;

  // A packet is told in the cycle after it was taken, when its context is there.
  assign pkt_push = start_walk || (pass_leaves && !over_q) || (state_q == StOverEnd);
  assign pkt_room = (pkt_count < PktCountW'(PktDepth - 1));

  assign pkt_in.walk  = start_walk;
  assign pkt_in.ks    = start_walk && start_ks;
  assign pkt_in.tls13 = stat.tls13;
  assign pkt_in.flow  = meta_q.flow;
  assign pkt_in.key   = stat.key;
  assign pkt_in.base  = base_q;
  assign pkt_in.next  = next_q;
  assign pkt_in.first = payload_off;
  assign pkt_in.last  = payload_off + payload_len - 16'd1;

  sync_fifo #(
    .W     ($bits(cut_pkt_t)),
    .Depth (PktDepth)
  ) u_packets (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (pkt_push),
    .wr_ready_o (fifo_ready),
    .wr_data_i  (pkt_in),
    .rd_valid_o (pkt_valid),
    .rd_ready_i (pkt_ready),
    .rd_data_o  (pkt),
    .count_o    (pkt_count)
  );

  sync_fifo #(
    .W     ($bits(piece_t)),
    .Depth (PktDepth)
  ) u_pieces (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (piece_valid),
    .wr_ready_o (piece_ready),
    .wr_data_i  (piece),
    .rd_valid_o (cut_valid),
    .rd_ready_i (cut_ready),
    .rd_data_o  (cut_piece),
    .count_o    (piece_count)
  );

  logic        cut_slot_valid;
  slot_t       cut_slot;
  slot_place_t place;

  slot_cut #(
    .DataW (DataW)
  ) u_cut (
    .clk_i         (clk_i),
    .rst_i         (rst_i),
    .pkt_valid_i   (pkt_valid),
    .pkt_ready_o   (pkt_ready),
    .pkt_i         (pkt),
    .piece_valid_i (cut_valid),
    .piece_ready_o (cut_ready),
    .piece_i       (cut_piece),
    .gcm_ready_i   (gcm_ready_i),
    .idle_o        (cut_idle),
    .wr_abs_i      (wr_abs),
    .free_abs_o    (free_abs),
    .b_re_o        (b_re),
    .b_abs_o       (b_abs),
    .slot_valid_o  (cut_slot_valid),
    .slot_o        (cut_slot),
    .place_o       (place)
  );

  slot_pipe #(
    .DataW (DataW)
  ) u_pipe (
    .clk_i        (clk_i),
    .rst_i        (rst_i),
    .valid_i      (cut_slot_valid),
    .slot_i       (cut_slot),
    .place_i      (place),
    .b_cur_i      (b_cur),
    .b_nxt_i      (b_nxt),
    .slot_valid_o (slot_valid_o),
    .slot_o       (slot_o),
    .slot_data_o  (slot_data_o),
    .slot_tag_o   (slot_tag_o),
    .busy_o       (pipe_busy)
  );

  assign idle_o = in_idle && !pass_q && !auth_busy && !desc_valid_o && pkt_count == '0 && piece_count == '0 &&
                  cut_idle && !pipe_busy;

  // ---- Statistics -----------------------------------------------------------------------------------

  always_ff @(posedge clk_i) begin
    ev_resync_req_o  <= walk_ends && lost;
    ev_resync_lock_o <= locked;
    ev_resync_ok_o   <= (state_q == StCmd) && confirm;
    ev_resync_skip_o <= (state_q == StCmd) && ignored;
    ev_auth_ok_o     <= auth_take && auth_ok;
    ev_auth_fail_o   <= auth_take && !auth_ok;

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

  always @(posedge clk_i) begin
    if (!rst_i && pkt_push && !fifo_ready) $fatal(1, "%m: the cutter would miss a packet");
  end
`endif

endmodule

`default_nettype wire
