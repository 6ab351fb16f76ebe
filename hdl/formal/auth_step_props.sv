// SPDX-License-Identifier: BSD-2-Clause
//
// Properties of auth_step: OFFLOAD is left for only by a good verdict, and the verdict is that of the
// packet that ended last. A queue of 15 packets under way is as deep as the reference counts.

`default_nettype none

module auth_step_props
  import tls_rx_pkg::*;
  import track_pkg::*;
(
  input wire logic          clk_i,
  input wire logic          rst_i,
  input wire logic          pkt_end,
  input wire logic          verdict_valid,
  input wire logic          verdict_ok,
  input wire ctx_progress_t ctx
);

  logic          settled, last_ok;
  ctx_progress_t after, offload;

  auth_step dut (
    .clk_i           (clk_i),
    .rst_i           (rst_i),
    .pkt_end_i       (pkt_end),
    .verdict_valid_i (verdict_valid),
    .verdict_ok_i    (verdict_ok),
    .settled_o       (settled),
    .last_ok_o       (last_ok),
    .ctx_i           (ctx),
    .ctx_o           (after)
  );

  // ---- Reference: packets ended and verdicts given, by number -------------------------------------

  localparam int NumW = 16;
  logic            begun_q = 1'b0;
  logic [NumW-1:0] ended_q, given_q;  // modulo 2^16, as is the reference's patience
  logic            newest_q;          // verdict of packet number given_q - 1

  always_ff @(posedge clk_i) begin
    begun_q <= 1'b1;
    ended_q <= ended_q + NumW'(pkt_end);
    given_q <= given_q + NumW'(verdict_valid);
    if (verdict_valid) newest_q <= verdict_ok;
    if (rst_i) ended_q <= '0;
    if (rst_i) given_q <= '0;
  end

  always_comb begin
    offload            = ctx;
    offload.chain.auth = AuthOffload;
  end

  always @(posedge clk_i) begin
    m_reset:   assume (begun_q || rst_i);
    m_verdict: assume (!verdict_valid || pkt_end || ended_q != given_q);  // none without a packet
    m_room:    assume (!pkt_end || ended_q - given_q != 16'hffff);

    if (begun_q) begin
      a_settled: assert (settled == (ended_q == given_q));
      a_last:    assert (given_q == '0 || last_ok == newest_q);
      a_good:    assert (!last_ok || after == offload);
      a_bad:     assert (last_ok || (after.chain.track == TrackSearching &&
                                     after.chain.auth == AuthNoOffload &&
                                     after.chain.hdr_cnt == '0 &&
                                     after.chain.expected == ctx.chain.expected &&
                                     after.running == ctx.running));
      a_never:   assert (after.chain.auth != AuthAuthentication);

      h_waiting: assert (dut.waiting_q == ended_q - given_q);
    end

    c_behind: cover (begun_q && ended_q - given_q == 16'd3 && verdict_valid && pkt_end);
    c_good:   cover (begun_q && settled && last_ok && given_q == 16'd2);
    c_bad:    cover (begun_q && settled && !last_ok && given_q == 16'd2);
  end

endmodule

`default_nettype wire
