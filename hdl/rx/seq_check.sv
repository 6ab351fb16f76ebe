// SPDX-License-Identifier: BSD-2-Clause
//
// Decides from positions alone what a packet is to its flow: past, overlap, in order, or a gap, and
// where the walk through its payload begins. The table is in docs/engine.md, "What the tracker
// decides"; each row is one line here.
//
// Contract: combinational. Sequence numbers are compared by their signed 32-bit difference
// (RFC 9293 3.4). start_o is meaningful only for a packet with payload; a context that is not
// running and a past packet give walk = 0.

`default_nettype none

module seq_check
  import tls_rx_pkg::*;
  import track_pkg::*;
(
  input  wire ctx_progress_t ctx_i,
  input  wire logic [31:0]   tcp_seq_i,
  input  wire logic [15:0]   payload_len_i,
  output walk_start_t        start_o
);

  // Distances of 2^30 and more are no window of a TCP connection.
  localparam int FarBit = 30;

  chain_t             chain;
  open_rec_t          rec;
  logic signed [32:0] delta;      // tcp_seq - expected
  logic signed [33:0] last;       // the last byte - expected
  logic [15:0]        rest;       // bytes from `expected` on, if there are any
  logic [31:0]        distance, gap_left;
  logic               is_far, is_past, is_overlap, is_gap, is_next;
  logic               starting, searching, hidden, torn;
  track_state_e       ctx_track, track;
  auth_state_e        ctx_auth, auth;

  assign chain    = ctx_i.chain;
  assign rec      = ctx_i.rec;
  assign distance = tcp_seq_i - chain.expected;
  assign delta    = {distance[31], distance};
  assign rest     = distance[15:0] + payload_len_i;

  assign is_far     = (distance[31:FarBit] == 2'b01);  // backwards it is past anyway
  assign last       = 34'(delta) + 34'(payload_len_i) - 34'sd1;
  assign is_past    = (last < 34'sd0);
  assign is_overlap = delta[32];
  assign is_next    = (tcp_seq_i == chain.expected);
  assign is_gap     = !delta[32] && !is_next;

  assign ctx_track = chain.track;
  assign ctx_auth  = chain.auth;
  assign starting  = (ctx_track == TrackStart);
  assign searching = (ctx_track == TrackSearching);

  // The next header is known from the moment at which its record was judged.
  assign gap_left = rec.start + 32'(rec.length) - tcp_seq_i;
  assign hidden   = is_gap && !searching && (!rec.open || gap_left[31]);
  assign torn     = is_gap && !searching && !hidden;

  logic in_order, offload, known, rec_open;

  assign in_order = is_next;
  assign offload  = starting || (ctx_auth == AuthOffload);
  assign known    = !rec.open || rec.whole;
  assign rec_open = rec.open && !starting && !searching && !hidden;

  always_comb begin
    if (hidden) begin
      track = TrackSearching;
      auth  = AuthNoOffload;
    end else if (starting) begin
      track = TrackTracking;
      auth  = AuthOffload;
    end else begin
      track = ctx_track;
      auth  = ctx_auth;
    end
  end

  assign start_o.walk     = ctx_i.running && !is_far && !is_past;
  assign start_o.lost     = hidden;
  assign start_o.ks       = in_order && offload && !searching && known;
  assign start_o.past     = is_overlap ? 16'(-distance) : 16'd0;
  assign start_o.remain   = is_overlap ? rest : payload_len_i;
  assign start_o.track    = track;
  assign start_o.auth     = auth;
  assign start_o.hdr_cnt  = (starting || is_gap) ? 4'd0 : chain.hdr_cnt;
  assign start_o.open     = rec_open;
  assign start_o.whole    = rec_open && rec.whole && !torn;

endmodule

`default_nettype wire
