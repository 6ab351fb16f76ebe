// SPDX-License-Identifier: BSD-2-Clause
//
// Part A of the tracker: takes the headers in order, decides what each packet is to its flow, lets its
// record headers be walked, and tells the cutter and the hold.
//
// Contract: one packet at a time; a packet that is passed costs one cycle. pkt_o: one for each frame, in
// order, before its pieces; taken at once, so a header is taken only with pkt_ready_i (room for one more
// behind a packet not told yet). piece_*: as rec_walk gives them. desc_*: one for each frame, when its walk
// is over, or at once. win_*: the ring answers look_o, the number of a beat and a position in it; the
// packet's frame has the beats base_o to next_o - 1. over_o: an oversize frame is at the head; over_ends_i: its last beat
// was written, over_next_i is the number of the one behind it.
// A command's context is read while nothing is inside; ctx_done_o one cycle.

`default_nettype none

module track_ctl
  import tls_rx_pkg::*;
  import track_pkg::*;
#(
  parameter int DataW    = 128,
  parameter int NumFlows = 64,
  localparam int BeatBytes = DataW / 8,
  localparam int PosW      = $clog2(BeatBytes),
  localparam int AddrW     = $clog2(NumFlows),
  localparam int AtW       = BeatW + PosW
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Headers in, one a frame
  input  wire logic             hdr_valid_i,
  output      logic             hdr_ready_o,
  input  wire pkt_hdr_t         hdr_i,
  // Window
  output      logic [BeatW-1:0] base_o,
  output      logic [BeatW-1:0] next_o,
  output      logic [AtW-1:0]   look_o,
  input  wire logic             win_ready_i,
  input  wire logic [103:0]     win_i,
  input  wire logic [DataW-1:0] beat_i,
  input  wire logic [31:0]      beyond_i,
  // Oversize frames
  output      logic             over_o,
  input  wire logic             over_ends_i,
  input  wire logic [BeatW-1:0] over_next_i,
  // Packets and pieces out, to the cutter
  output      logic             pkt_valid_o,
  input  wire logic             pkt_ready_i,
  output cut_pkt_t              pkt_o,
  output      logic             piece_valid_o,
  input  wire logic             piece_ready_i,
  output piece_t                piece_o,
  // Descriptors out, one a frame, to the hold
  output      logic             desc_valid_o,
  input  wire logic             desc_ready_i,
  output pkt_desc_t             desc_o,
  // Verdicts of the crypto
  input  wire logic             verdict_valid_i,
  input  wire logic             verdict_ok_i,
  // Commands on contexts
  input  wire logic             ctx_valid_i,
  input  wire ctx_req_t         ctx_req_i,
  output      logic             ctx_done_o,
  output ctx_psv_t              ctx_psv_o,
  // Control, status
  input  wire logic [23:0]      relock_records_i,
  input  wire logic [15:0]      cmd_count_i,
  output      logic             idle_o,
  output      logic [31:0]      frames_o,
  // Statistics, pulses
  output      logic             ev_resync_req_o,
  output      logic             ev_resync_lock_o,
  output      logic             ev_resync_ok_o,
  output      logic             ev_resync_skip_o,
  output      logic             ev_auth_ok_o,
  output      logic             ev_auth_fail_o
);

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
  logic        clean_q;
  logic [7:0]  flags;
  logic        is_over;
  logic [BeatW-1:0] beats;
  logic        auth_busy, auth_ready, auth_take, auth_ok;
  logic [AddrW-1:0] hdr_row, pkt_row, auth_row;
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
  assign hdr_ready_o = can_take && !ctx_valid_i && pkt_ready_i && !blocked;
  assign take_hdr    = hdr_valid_i && hdr_ready_o;
  assign is_over     = hdr_i.oversize;
  assign beats       = BeatW'((17'(meta_in.frame_len) + 17'(BeatBytes - 1)) >> PosW);

  // ---- Context ------------------------------------------------------------------------------------

  ctx_static_t   stat;
  ctx_progress_t prog, prog_walk, prog_verdict;
  logic          ctx_ready, confirm, ignored;

  assign hdr_row = AddrW'(meta_in.flow);
  assign pkt_row = AddrW'(meta_q.flow);

  // A context is written when nothing can change the outcome any more.
  ctx_store #(
    .NumFlows (NumFlows)
  ) u_ctx (
    .clk_i       (clk_i),
    .rst_i       (rst_i),
    .ready_o     (ctx_ready),
    .rd_en_i     (in_idle || walk_ends),
    .rd_row_i    (hdr_row),
    .stat_o      (stat),
    .prog_o      (prog),
    .cmd_valid_i (ctx_valid_i),
    .cmd_req_i   (ctx_req_i),
    .cmd_exec_i  (state_q == StCmd),
    .psv_o       (ctx_psv_o),
    .confirm_o   (confirm),
    .ignored_o   (ignored),
    .walk_we_i   (walk_ends && !needs_verdict),
    .walk_row_i  (pkt_row),
    .walk_prog_i (prog_walk),
    .auth_we_i   (auth_take),
    .auth_row_i  (auth_row),
    .auth_prog_i (prog_verdict)
  );

  // ---- Decision and walk --------------------------------------------------------------------------

  walk_start_t start;
  logic        start_walk, start_ok, start_ks, walk_done, lost, pieces, complete, locked, ks_q, slots;
  logic        told_q, piece_last, piece_crypto;
  chain_t      chain_walk;
  auth_state_e auth_walk;
  logic [31:0] tcp_seq, end_seq_q;
  logic [15:0] payload_off, payload_len;

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
    .load_i        (state_q == StCheck),
    .start_par_i   (start),
    .ctx_i         (prog),
    .tls13_i       (stat.tls13),
    .iv_i          (stat.iv),
    .base_i        (base_q),
    .end_i         (payload_off + payload_len),
    .end_seq_i     (end_seq_q),
    .relock_i      (relock_records_i),
    .clean_i       (clean_q),
    .look_o        (look_o),
    .win_ready_i   (win_ready_i),
    .win_i         (win_i),
    .beat_i        (beat_i),
    .beyond_i      (beyond_i),
    .piece_valid_o (piece_valid_o),
    .piece_ready_i (piece_ready_i),
    .piece_o       (piece_o),
    .done_o        (walk_done),
    .ctx_o         (prog_walk),
    .lost_o        (lost),
    .pieces_o      (pieces),
    .complete_o    (complete),
    .ev_lock_o     (locked)
  );

  // A packet with keystream or pieces brings slots, and so a verdict.
  assign slots        = pieces || ks_q;
  assign piece_last   = piece_o.last;
  assign piece_crypto = piece_o.crypto;

  // The last piece was told in the cycle before; the walk is not over earlier than now.
  always_ff @(posedge clk_i) begin
    told_q <= piece_valid_o && piece_ready_i && piece_last && (slots || piece_crypto);

    if (rst_i) told_q <= 1'b0;
  end

  auth_step #(
    .AddrW (AddrW)
  ) u_auth (
    .clk_i           (clk_i),
    .rst_i           (rst_i),
    .pkt_end_i       (told_q),
    .settle_i        (walk_ends && needs_verdict),
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

  logic desc_free, desc_load, pass_leaves;

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
      StOver: if (over_ends_i) state_d = StOverEnd;
      StCmd: state_d = StCmdDone;
      default: state_d = StIdle;
    endcase
  end

  always_ff @(posedge clk_i) begin
    state_q <= state_d;

    if (take_hdr) begin
      meta_q   <= meta_new;
      over_q   <= is_over;
      clean_q  <= hdr_i.clean;
      base_q   <= next_q;
      next_q   <= next_q + beats;
      frames_o <= frames_o + 32'd1;
    end
    // Of an oversize frame the cutter needs to know the end only.
    if (over_ends_i) begin
      base_q <= over_next_i;
      next_q <= over_next_i;
    end

    if (take_hdr && !eligible) pass_q <= 1'b1;
    else if (state_q == StCheck && !start_ok) pass_q <= 1'b1;
    else if (desc_free) pass_q <= 1'b0;

    if (state_q == StCheck) begin
      end_seq_q <= tcp_seq + 32'(payload_len);
      ks_q      <= start_ks;
    end

    if (rst_i) begin
      state_q  <= StInit;
      pass_q   <= 1'b0;
      next_q   <= '0;
      frames_o <= '0;
    end
  end

  assign ctx_done_o = (state_q == StCmdDone);
  assign over_o     = (state_q == StOver);
  assign base_o     = base_q;
  assign next_o     = next_q;
  assign idle_o     = in_idle && !pass_q && !auth_busy && !desc_valid_o;

  // ---- Packet ---------------------------------------------------------------------------------------

  // A packet is told in the cycle after it was taken, when its context is there.
  assign pkt_valid_o = start_walk || (pass_leaves && !over_q) || (state_q == StOverEnd);

  assign pkt_o.walk  = start_walk;
  assign pkt_o.ks    = start_walk && start_ks;
  assign pkt_o.tls13 = stat.tls13;
  assign pkt_o.flow  = meta_q.flow;
  assign pkt_o.key   = stat.key;
  assign pkt_o.base  = base_q;
  assign pkt_o.next  = next_q;
  assign pkt_o.first = payload_off;
  assign pkt_o.last  = payload_off + payload_len - 16'd1;

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
    ev_resync_ok_o   <= confirm;
    ev_resync_skip_o <= ignored;
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

endmodule

`default_nettype wire
