// SPDX-License-Identifier: BSD-2-Clause
//
// Properties of track_ctl, the tracker without its ring and cutter: a flow is in OFFLOAD, and a packet
// markable, only on a boundary that is known or was confirmed.
//
// One flow, chosen by the solver, is followed by an automaton that sees only events: commands, packets
// that end, verdicts. Payload bytes are free, so all streams are covered. The asserts h_* tie every place
// in which the flow's context can be (row, read register, walk, waiting for a verdict) to the automaton;
// they make the induction close, so the proof has no bound in time. The tracker has two flows here.

`default_nettype none

module track_ctl_props
  import tls_rx_pkg::*;
  import track_pkg::*;
  import walk_pkg::*;
#(
  localparam int DataW = 128
) (
  input wire logic             clk_i,
  input wire logic             rst_i,
  input wire logic             any_flow,  // sampled in the first cycle
  input wire logic             hdr_valid,
  input wire pkt_hdr_t         hdr,
  input wire logic             win_ready,
  input wire logic [103:0]     win,
  input wire logic [DataW-1:0] beat,
  input wire logic [31:0]      beyond,
  input wire logic             over_ends,
  input wire logic [BeatW-1:0] over_next,
  input wire logic             pkt_ready,
  input wire logic             piece_ready,
  input wire logic             desc_ready,
  input wire logic             verdict_valid,
  input wire logic             verdict_ok,
  input wire logic             ctx_valid,
  input wire ctx_req_t         ctx_req,
  input wire logic [23:0]      relock_records,
  input wire logic [15:0]      cmd_count
);

  localparam int Check = 2;  // states of track_fsm
  localparam int Walk  = 3;
  localparam int Cmd   = 6;

  logic ctx_done, idle, desc_valid;

  track_ctl #(
    .DataW    (DataW),
    .NumFlows (2)
  ) dut (
    .clk_i            (clk_i),
    .rst_i            (rst_i),
    .hdr_valid_i      (hdr_valid),
    .hdr_ready_o      (),
    .hdr_i            (hdr),
    .look_o           (),
    .win_ready_i      (win_ready),
    .win_i            (win),
    .beat_i           (beat),
    .beyond_i         (beyond),
    .over_o           (),
    .over_ends_i      (over_ends),
    .over_next_i      (over_next),
    .pkt_valid_o      (),
    .pkt_ready_i      (pkt_ready),
    .pkt_o            (),
    .piece_valid_o    (),
    .piece_ready_i    (piece_ready),
    .piece_o          (),
    .desc_valid_o     (desc_valid),
    .desc_ready_i     (desc_ready),
    .desc_o           (),
    .verdict_valid_i  (verdict_valid),
    .verdict_ok_i     (verdict_ok),
    .ctx_valid_i      (ctx_valid),
    .ctx_req_i        (ctx_req),
    .ctx_done_o       (ctx_done),
    .ctx_psv_o        (),
    .relock_records_i (relock_records),
    .cmd_count_i      (cmd_count),
    .idle_o           (idle),
    .frames_o         (),
    .ev_o             ()
  );

  // ---- The automaton -------------------------------------------------------------------------------

  typedef enum logic [1:0] {
    Unknown   = 2'd0,  // no boundary is known, or nobody confirmed it
    Start     = 2'd1,  // the driver named the first boundary, no packet has covered it
    Offload   = 2'd2,
    Confirmed = 2'd3   // a verdict decides
  } boundary_e;

  boundary_e   flow_q;
  logic        begun_q = 1'b0, f, set_q, running_q;
  logic [31:0] first_q;  // the boundary that the driver named

  logic exec, is_static, is_psv, is_destroy, ends, lost, settles;

  assign exec       = (dut.u_front.u_fsm.state_q == Cmd) && (ctx_req.ctx[0] == f);
  assign is_static  = (ctx_req.op == CtxSetStatic);
  assign is_psv     = (ctx_req.op == CtxSetPsv);
  assign is_destroy = (ctx_req.op == CtxDestroy);
  assign ends       = dut.walk_ends && (dut.meta.flow[0] == f);
  assign lost       = dut.result.lost;
  assign settles    = dut.u_ctx.take && (dut.u_ctx.wait_row == f);

  // ---- Verdicts come in the order in which packets were told to the cutter ---------------------------

  logic        walks, tells, told_q, own_ok_q;  // the packet in meta_q was told, and brings a verdict
  logic [15:0] due_q, due;               // verdicts to come
  logic [15:0] own_due_q;                // of them, up to that of the flow's last packet

  assign walks = (dut.u_front.u_fsm.state_q == Walk) && (dut.meta.flow[0] == f);
  assign tells = dut.told;
  assign due   = due_q + 16'(tells) - 16'(verdict_valid);

  always_ff @(posedge clk_i) begin
    if ((dut.check && dut.u_front.start_walk)) told_q <= 1'b0;
    else if (tells) told_q <= 1'b1;

    due_q <= due;
    if (tells && walks) own_due_q <= due;
    else if (verdict_valid && own_due_q != '0) own_due_q <= own_due_q - 16'd1;
    if (verdict_valid && own_due_q == 16'd1) own_ok_q <= verdict_ok;

    if (rst_i) due_q <= '0;
    if (rst_i) own_due_q <= '0;
  end

  // ---- The automaton's steps -----------------------------------------------------------------------

  always_ff @(posedge clk_i) begin
    begun_q <= 1'b1;
    if (!begun_q) f <= any_flow;

    if (exec && is_static && !running_q) set_q <= 1'b1;
    if (exec && is_psv && set_q) begin
      flow_q    <= Start;
      running_q <= 1'b1;
      first_q   <= ctx_req.next_tcp_sn;
    end
    if (exec && dut.ev.ok) flow_q <= Confirmed;
    if (ends && lost) flow_q <= Unknown;
    else if (ends && flow_q == Start) flow_q <= Offload;
    if (settles) flow_q <= own_ok_q ? Offload : Unknown;
    if (exec && is_destroy) begin
      flow_q    <= Unknown;
      set_q     <= 1'b0;
      running_q <= 1'b0;
    end

    if (rst_i) begin
      flow_q    <= Unknown;
      set_q     <= 1'b0;
      running_q <= 1'b0;
    end
  end

  // ---- The command unit's side of the contract -----------------------------------------------------

  logic     cmd_q, done_q;
  ctx_req_t req_q;

  always_ff @(posedge clk_i) begin
    cmd_q  <= ctx_valid && !ctx_done && !rst_i;
    done_q <= ctx_done;
    req_q  <= ctx_req;
  end

  // ---- Where the context is --------------------------------------------------------------------------

  ctx_progress_t row, row_was_q, read, waiting;
  ctx_static_t   static_row, static_read;
  logic          checks, covers, clearing, settled_q, ends_q, exec_q, stale, stale_q;

  assign row         = dut.u_ctx.u_store.u_ctx.u_progress.mem[f];
  assign static_row  = dut.u_ctx.u_store.u_ctx.u_static.mem[f];
  assign read        = dut.prog;
  assign static_read = dut.stat;
  assign waiting     = dut.u_ctx.u_auth.ctx_q;
  assign clearing    = dut.u_ctx.u_store.u_ctx.clear_q;
  assign checks      = (dut.u_front.u_fsm.state_q == Check) && (dut.meta.flow[0] == f);
  assign stale       = exec && is_static && running_q && !dut.ev.ok;

  always_ff @(posedge clk_i) begin
    row_was_q <= row;
    settled_q <= settles;
    ends_q    <= ends;
    exec_q    <= exec;
    stale_q   <= stale && !rst_i;
  end

  // The packet in meta_q covers the boundary that the driver named.
  logic [31:0] seq_from, seq_to;
  assign seq_from = dut.meta.tcp_seq - first_q;
  assign seq_to = seq_from + {16'd0, dut.meta.payload_len};
  assign covers = (seq_from == '0 || seq_from[31]) && !seq_to[31] && (seq_to != '0);

  function automatic logic fits(input ctx_progress_t prog);
    fits = (prog.chain.auth != AuthOffload || flow_q == Offload) &&
           (prog.chain.auth != AuthAuthentication || flow_q == Confirmed) &&
           ((prog.running && prog.chain.track == TrackStart) == (flow_q == Start)) &&
           (flow_q != Start || (prog.chain.expected == first_q && !prog.rec.open));
  endfunction

  always @* begin
    m_reset: assume (rst_i == !begun_q);

    if (begun_q) begin
      m_command: assume (!ctx_valid || (cmd_q ? ctx_req == req_q : (idle && !done_q)));
      m_held:    assume (!cmd_q || ctx_valid);
      m_verdict: assume (!verdict_valid || due_q != '0);
      m_room:    assume (!tells || due_q != '1);

      // OFFLOAD and AUTHENTICATION only as the automaton says.
      a_offload: assert (clearing || row.chain.auth != AuthOffload || flow_q == Offload);
      a_authentication: assert (clearing || row.chain.auth != AuthAuthentication ||
                                flow_q == Confirmed);
      // Known: the packet that leaves START in order covers the boundary that the driver named.
      a_known: assert (!ends || lost || flow_q != Start || covers);
      // Confirmed: by the position tracked now, as it stands in the flow's row.
      a_confirmed: assert (!exec || !dut.ev.ok ||
                           (running_q && is_static && row.chain.track == TrackTracking &&
                            row.chain.auth == AuthNoOffload &&
                            ctx_req.resync_tcp_sn == row.chain.resync_sn));
      a_stale:    assert (!stale_q || row == row_was_q);
      a_verdict:  assert (!settles || (flow_q == Confirmed && own_due_q == '0 &&
                                       dut.u_ctx.ok == own_ok_q));
      // A packet is markable only in OFFLOAD, or if it leaves START.
      a_markable: assert (!ends || !dut.u_desc.desc_d.markable ||
                          (!lost && (flow_q == Offload || flow_q == Start)));

      h_due:     assert (dut.u_ctx.u_auth.waiting_q == due_q && own_due_q <= due_q);
      h_own:     assert (!walks || !told_q ||
                         (own_due_q == due_q &&
                          (due_q != '0 || dut.u_ctx.u_auth.last_ok_q == own_ok_q)));
      h_before:  assert (!dut.u_ctx.u_auth.busy_q || dut.u_ctx.wait_row != f || dut.u_ctx.u_auth.ready_q ||
                         (own_due_q != '0 && dut.u_ctx.u_auth.before_q == own_due_q));
      h_settled: assert (!dut.u_ctx.u_auth.ready_q || dut.u_ctx.wait_row != f ||
                         (own_due_q == '0 && dut.u_ctx.ok == own_ok_q));
      h_told:    assert (dut.u_front.u_fsm.state_q != Walk ||
                         (dut.u_walk.phase_q == PhDone ? (!dut.u_walk.pieces_q || told_q || tells)
                                                        : !told_q));
      h_tells:   assert (!tells || (dut.u_front.u_fsm.state_q == Walk && dut.u_walk.phase_q == PhDone &&
                                    !told_q));
      h_phase:   assert ((dut.u_front.u_fsm.state_q == Walk) ? (dut.u_walk.phase_q <= PhChoose)
                                                     : (dut.u_walk.phase_q == PhDone));
      h_pieces:  assert (dut.u_front.u_fsm.state_q != Walk || !dut.u_walk.complete_q || dut.u_walk.pieces_q);
      h_clear:   assert (!clearing || (dut.u_front.u_fsm.state_q == '0 && flow_q == Unknown && !set_q &&
                                       !running_q && !dut.u_ctx.u_auth.busy_q));
      h_cleared: assert (!clearing || f >= dut.u_ctx.u_store.u_ctx.row_q ||
                         (row == '0 && static_row == '0));
      h_row:     assert (clearing || (fits(row) && row.running == running_q &&
                                      static_row.valid == set_q));
      h_check:   assert (!checks || (read == row && !(dut.u_ctx.u_auth.busy_q && dut.u_ctx.wait_row == f)));
      h_command: assert (dut.u_front.u_fsm.state_q != Cmd || (ctx_valid && cmd_q && !dut.u_ctx.u_auth.busy_q));
      h_read:    assert (!exec || (dut.u_ctx.u_store.prog_row == row && static_read == static_row));
      h_walk:    assert (!walks || (running_q && dut.u_walk.u_ctx.track_q != TrackStart &&
                                    !(dut.u_ctx.u_auth.busy_q && dut.u_ctx.wait_row == f)));
      h_auth:    assert (!walks ||
                         ((dut.u_walk.u_ctx.auth_q != AuthOffload || flow_q == Offload ||
                           flow_q == Start) &&
                          (dut.u_walk.u_ctx.auth_q != AuthAuthentication || flow_q == Confirmed) &&
                          (!dut.u_walk.u_ctx.lost_q || dut.u_walk.u_ctx.auth_q == AuthNoOffload)));
      h_start:   assert (!walks || flow_q != Start || dut.u_walk.u_ctx.lost_q || covers);
      h_ks:      assert (!walks || !dut.u_desc.ks_q || flow_q == Offload || flow_q == Start);
      h_waiting: assert (!dut.u_ctx.u_auth.busy_q || dut.u_ctx.wait_row != f ||
                         (flow_q == Confirmed && running_q && waiting.running &&
                          waiting.chain.track != TrackStart));
      h_ready:   assert (!dut.u_ctx.u_auth.ready_q || dut.u_ctx.u_auth.busy_q);
      h_idle:    assert (!cmd_q || dut.u_front.u_fsm.state_q == Cmd || dut.u_front.u_fsm.state_q == 3'd7);
    end

    c_known:     cover (begun_q && ends && flow_q == Start && dut.u_desc.desc_d.markable);
    c_confirmed: cover (begun_q && exec && dut.ev.ok);
    c_stale:     cover (begun_q && stale && row.chain.track == TrackTracking);
    c_verdict:   cover (begun_q && settles && dut.u_ctx.ok);
    c_lost:      cover (begun_q && ends && lost && flow_q == Offload);
  end

endmodule

`default_nettype wire
