// SPDX-License-Identifier: BSD-2-Clause
//
// Properties of auth_step: a context leaves AUTHENTICATION by the verdict of its own packet, for
// OFFLOAD by a good one and for SEARCHING by any other.
//
// The reference numbers packets and verdicts: verdict n is that of packet n. The packet of the context
// that settles is the last one that ended. At most 2^16 - 1 verdicts are due at a time.

`default_nettype none

module auth_step_props
  import tls_rx_pkg::*;
  import track_pkg::*;
#(
  localparam int AddrW = 6
) (
  input wire logic             clk_i,
  input wire logic             rst_i,
  input wire logic             pkt_end,
  input wire logic             settle,
  input wire logic [AddrW-1:0] row,
  input wire ctx_progress_t    ctx,
  input wire logic             verdict_valid,
  input wire logic             verdict_ok,
  input wire logic             take
);

  logic             busy, ready, ok;
  logic [AddrW-1:0] row_out;
  ctx_progress_t    after;

  auth_step #(
    .AddrW (AddrW)
  ) dut (
    .clk_i           (clk_i),
    .rst_i           (rst_i),
    .pkt_end_i       (pkt_end),
    .settle_i        (settle),
    .row_i           (row),
    .ctx_i           (ctx),
    .verdict_valid_i (verdict_valid),
    .verdict_ok_i    (verdict_ok),
    .busy_o          (busy),
    .ready_o         (ready),
    .take_i          (take),
    .row_o           (row_out),
    .ok_o            (ok),
    .ctx_o           (after)
  );

  // ---- Reference -----------------------------------------------------------------------------------

  logic             begun_q = 1'b0, any_q, gave_q, waits_q, given_ok_q, own_ok_q;
  logic [15:0]      ended_q, given_q, ended, given;  // packets, verdicts
  logic [15:0]      own_q;                           // packets up to the one that settles
  logic [AddrW-1:0] row_q;
  ctx_progress_t    ctx_q, offload;

  assign ended = ended_q + 16'(pkt_end);
  assign given = given_q + 16'(verdict_valid);

  always_ff @(posedge clk_i) begin
    begun_q <= 1'b1;
    ended_q <= ended;
    given_q <= given;
    any_q   <= any_q || pkt_end;
    gave_q  <= gave_q || verdict_valid;
    if (verdict_valid) given_ok_q <= verdict_ok;
    if (settle) begin
      waits_q  <= 1'b1;
      own_q    <= ended;
      own_ok_q <= verdict_valid ? verdict_ok : given_ok_q;  // if it has come already
      row_q    <= row;
      ctx_q    <= ctx;
    end else if (verdict_valid && given == own_q) begin
      own_ok_q <= verdict_ok;
    end
    if (take) waits_q <= 1'b0;

    if (rst_i) begin
      ended_q <= '0;
      given_q <= '0;
      any_q   <= 1'b0;
      gave_q  <= 1'b0;
      waits_q <= 1'b0;
    end
  end

  // Verdicts still due up to the settling context's own; negative if it has come.
  logic [15:0] due;
  logic        came;

  assign due  = ended_q - given_q;
  assign came = (ended_q - own_q >= due);

  always_comb begin
    offload            = ctx_q;
    offload.chain.auth = AuthOffload;
  end

  always @* begin
    m_reset: assume (rst_i == !begun_q);

    if (begun_q) begin
      m_verdict: assume (!verdict_valid || due != '0);
      m_room:    assume (!pkt_end || ended_q - given_q != 16'hffff);
      m_settle:  assume (!settle || (!busy && (any_q || pkt_end)));
      m_take:    assume (!take || ready);
      m_patience: assume (!waits_q || !pkt_end || ended_q - own_q != 16'hffff);

      a_busy:  assert (busy == waits_q);
      a_ready: assert (ready == (waits_q && came));
      a_row:   assert (!ready || row_out == row_q);
      a_ok:    assert (!ready || ok == own_ok_q);
      a_good:  assert (!ready || !own_ok_q || after == offload);
      a_bad:   assert (!ready || own_ok_q ||
                       (after.chain.track == TrackSearching &&
                        after.chain.auth == AuthNoOffload && after.chain.hdr_cnt == '0 &&
                        after.chain.expected == ctx_q.chain.expected &&
                        after.running == ctx_q.running));

      h_due:    assert (dut.waiting_q == due && (any_q || due == '0));
      h_before: assert (!waits_q || ready || dut.before_q == due - (ended_q - own_q));
      h_last:   assert (!gave_q || dut.last_ok_q == given_ok_q);
      h_gave:   assert (!any_q || due != '0 || gave_q);
      h_ctx:    assert (!waits_q || (dut.ctx_q == ctx_q && row_out == row_q));
    end

    c_good:   cover (begun_q && ready && ok && due == 16'd2);
    c_bad:    cover (begun_q && ready && !ok && given_ok_q);
    c_at_once: cover (begun_q && settle && due == '0 && !pkt_end);
  end

endmodule

`default_nettype wire
