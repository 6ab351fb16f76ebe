// SPDX-License-Identifier: BSD-2-Clause
//
// Leaves AUTHENTICATION by the verdict of the packet that completed a record.
//
// Contract: counts the packets that were told to the cutter (pkt_end_i, with their last piece) and
// whose verdict is still to come; verdicts come in order. settle_i (not while busy_o, before the next pkt_end_i): the context of row_i moves
// by the last packet's verdict, which may have come already; it waits here, busy_o = 1, while packets of
// other contexts go on. ready_o: the verdict has come and ctx_o is the context after it (OFFLOAD, or
// SEARCHING with nothing carried); take_i ends the wait.

`default_nettype none

module auth_step
  import tls_rx_pkg::*;
  import track_pkg::*;
#(
  parameter int AddrW = 6
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Packets, verdicts
  input  wire logic             pkt_end_i,
  input  wire logic             settle_i,
  input  wire logic [AddrW-1:0] row_i,
  input  wire ctx_progress_t    ctx_i,
  input  wire logic             verdict_valid_i,
  input  wire logic             verdict_ok_i,
  // The context that waits
  output      logic             busy_o,
  output      logic             ready_o,
  input  wire logic             take_i,
  output      logic [AddrW-1:0] row_o,
  output      logic             ok_o,
  output ctx_progress_t         ctx_o
);

  logic [15:0]   waiting_q, waiting_d;  // verdicts that are due
  logic [15:0]   before_q;              // of those, up to the waiting context's own
  logic          busy_q, ready_q;
  logic          last_ok_q, ok_q;       // the last verdict, the one that was waited for
  ctx_progress_t ctx_q;

  assign waiting_d = waiting_q + 16'(pkt_end_i) - 16'(verdict_valid_i);

  always_ff @(posedge clk_i) begin
    waiting_q <= waiting_d;

    // The next packet's verdict may follow before the one that was waited for is taken.
    if (verdict_valid_i) last_ok_q <= verdict_ok_i;

    if (settle_i) begin
      busy_q   <= 1'b1;
      ready_q  <= (waiting_d == '0);
      before_q <= waiting_d;
      row_o    <= row_i;
      ctx_q    <= ctx_i;
      ok_q     <= verdict_valid_i ? verdict_ok_i : last_ok_q;
    end else if (busy_q && !ready_q && verdict_valid_i) begin
      before_q <= before_q - 16'd1;
      if (before_q == 16'd1) begin
        ready_q <= 1'b1;
        ok_q    <= verdict_ok_i;
      end
    end

    if (take_i) begin
      busy_q  <= 1'b0;
      ready_q <= 1'b0;
    end

    if (rst_i) begin
      waiting_q <= '0;
      busy_q    <= 1'b0;
      ready_q   <= 1'b0;
    end
  end

  assign busy_o  = busy_q;
  assign ready_o = ready_q;
  assign ok_o    = ok_q;

  // ---- The context after the verdict --------------------------------------------------------------

  chain_t       chain_in, chain;
  track_state_e track_in, track;
  auth_state_e  auth;

  assign chain_in = ctx_q.chain;
  assign track_in = chain_in.track;

  always_comb begin
    if (ok_q) begin
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
  assign chain.hdr_cnt       = ok_q ? chain_in.hdr_cnt : '0;
  assign chain.hdr           = chain_in.hdr;
  assign chain.resync_sn     = chain_in.resync_sn;
  assign chain.record_offset = chain_in.record_offset;

  assign ctx_o.running = ctx_q.running;
  assign ctx_o.chain   = chain;
  assign ctx_o.rec     = ctx_q.rec;  // means nothing while SEARCHING

`ifndef SYNTHESIS
  always @(posedge clk_i) begin
    if (!rst_i && verdict_valid_i && waiting_q == '0) begin
      $fatal(1, "%m: a verdict that no packet waits for would be taken for the next one's");
    end
    if (!rst_i && settle_i && busy_q) begin
      $fatal(1, "%m: two contexts wait for a verdict, one would be lost");
    end
  end
`endif

endmodule

`default_nettype wire
