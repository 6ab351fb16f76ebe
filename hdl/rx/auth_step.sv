// SPDX-License-Identifier: BSD-2-Clause
//
// Leaves AUTHENTICATION by the verdict of the packet that completed a record.
//
// Contract: counts packets whose slots have ended and whose verdict is still to come; verdicts come
// in order. settled_o: none is under way, so last_ok_o belongs to the packet that ended last.
// ctx_o is ctx_i after that verdict: OFFLOAD, or SEARCHING with nothing carried.

`default_nettype none

module auth_step
  import tls_rx_pkg::*;
  import track_pkg::*;
(
  // Clock, reset
  input  wire logic          clk_i,
  input  wire logic          rst_i,
  // Packets whose slots ended, verdicts
  input  wire logic          pkt_end_i,
  input  wire logic          verdict_valid_i,
  input  wire logic          verdict_ok_i,
  output      logic          settled_o,
  output      logic          last_ok_o,
  // Context
  input  wire ctx_progress_t ctx_i,
  output ctx_progress_t      ctx_o
);

  logic [15:0] waiting_q;
  logic        last_ok_q;

  always_ff @(posedge clk_i) begin
    if (verdict_valid_i) last_ok_q <= verdict_ok_i;
    if (pkt_end_i && !verdict_valid_i) waiting_q <= waiting_q + 16'd1;
    if (!pkt_end_i && verdict_valid_i) waiting_q <= waiting_q - 16'd1;
    if (rst_i) waiting_q <= '0;
  end

  assign settled_o = (waiting_q == '0);
  assign last_ok_o = last_ok_q;

  chain_t       chain_in, chain;

  assign chain_in = ctx_i.chain;

  track_state_e track_in, track;
  auth_state_e  auth;

  assign track_in = chain_in.track;

  always_comb begin
    if (last_ok_q) begin
      track = track_in;
      auth  = AuthOffload;
    end else begin
      track = TrackSearching;
      auth  = AuthNoOffload;
    end
  end

  assign chain.track         = track;
  assign chain.auth          = auth;
  assign chain.expected      = chain_in.expected;
  assign chain.hdr_cnt       = last_ok_q ? chain_in.hdr_cnt : '0;
  assign chain.hdr           = chain_in.hdr;
  assign chain.resync_sn     = chain_in.resync_sn;
  assign chain.record_offset = chain_in.record_offset;

  assign ctx_o.running = ctx_i.running;
  assign ctx_o.chain   = chain;
  assign ctx_o.rec     = ctx_i.rec;  // means nothing while SEARCHING

`ifndef SYNTHESIS
  always @(posedge clk_i) begin
    if (!rst_i && verdict_valid_i && waiting_q == '0 && !pkt_end_i) begin
      $fatal(1, "%m: a verdict that no packet waits for would be taken for the next one's");
    end
  end
`endif

endmodule

`default_nettype wire
