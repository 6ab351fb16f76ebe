// SPDX-License-Identifier: BSD-2-Clause
//
// Judges a record header, once its five bytes are there, by the state of its flow.
//
// Contract: combinational. want_o: header bytes to take next, at most remain_i; with TLS 1.2's
// explicit nonce when the record can become whole. With want_i (an earlier want_o) bytes added to
// the cnt_i kept ones, exactly one of accept_o and refute_o is set when a header is complete and
// was not judged before; neither when bytes are still missing. A refuted header gives back its bytes behind the fifth.
// aad_o: header (and nonce) of a whole record are complete.

`default_nettype none

module hdr_judge
  import tls_rx_pkg::*;
  import track_pkg::*;
(
  // Flow
  input  wire logic         tls13_i,
  input  wire track_state_e track_i,
  input  wire auth_state_e  auth_i,
  input  wire logic         open_i,       // judged before, the nonce is being collected
  input  wire logic [23:0]  offset_i,     // record_offset
  input  wire logic [23:0]  relock_i,
  // Bytes
  input  wire logic [39:0]  hdr_i,
  input  wire logic [3:0]   cnt_i,
  input  wire logic [3:0]   want_i,
  input  wire logic [15:0]  remain_i,
  output      logic [3:0]   want_o,
  // Judgement
  output      logic         plausible_o,
  output      logic         accept_o,
  output      logic         refute_o,
  output      logic         whole_o,      // accepted, and its number is known
  output      logic         aad_o,
  output      logic         counts_o,     // accepted, and it counts in record_offset
  output      logic         locks_o,      // accepted, and the scan ends with it
  output      logic [3:0]   n_o,          // bytes taken
  output      logic [14:0]  rec_len_o,    // with the five header bytes
  output      logic [23:0]  offset_o
);

  logic        crypto, need12, seen5, counting, relock;
  logic [3:0]  need, missing, cnt;
  logic [24:0] offset_inc, limit;

  hdr_search #(
    .Positions (1)
  ) u_search (
    .tls13_i (tls13_i),
    .bytes_i (hdr_i),
    .match_o (plausible_o)
  );

  assign crypto  = (auth_i != AuthNoOffload);
  assign need12  = !tls13_i && crypto;
  assign need    = need12 ? HdrBytes12 : HdrBytes;
  assign missing = need - cnt_i;
  assign want_o  = (remain_i < 16'(missing)) ? 4'(remain_i) : missing;

  assign cnt   = cnt_i + want_i;
  assign seen5 = !open_i && (cnt >= HdrBytes);

  // A chain that nobody confirms is given up after a while: it may be false (docs/engine.md).
  assign counting   = (track_i == TrackTracking) && !crypto;
  assign offset_inc = {1'b0, offset_i} + 25'd1;
  assign limit      = {relock_i == '0, relock_i};
  assign relock     = counting && (offset_inc >= limit);

  assign accept_o  = seen5 && plausible_o && !relock;
  assign refute_o  = seen5 && !accept_o;
  assign whole_o   = accept_o && crypto;
  assign aad_o     = (whole_o || open_i) && (cnt == need);
  assign counts_o  = accept_o && counting;
  assign locks_o   = accept_o && (track_i == TrackSearching);
  assign n_o       = refute_o ? HdrBytes - cnt_i : want_i;
  assign rec_len_o = {hdr_i[30:24], hdr_i[39:32]} + 15'(HdrBytes);
  assign offset_o  = offset_inc[23:0];

endmodule

`default_nettype wire
