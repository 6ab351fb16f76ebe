// SPDX-License-Identifier: BSD-2-Clause
//
// Properties of hdr_judge: what a record header does to a flow, for every header and every state. The
// statements are those of docs/engine.md, "Headers" and the rows of the table that name a header.

`default_nettype none

module hdr_judge_props
  import tls_rx_pkg::*;
(
  input wire logic         tls13,
  input wire track_state_e track,
  input wire auth_state_e  auth,
  input wire logic         open,
  input wire logic [23:0]  offset,
  input wire logic [23:0]  relock,
  input wire logic [39:0]  hdr,
  input wire logic [3:0]   cnt,
  input wire logic [3:0]   want,
  input wire logic [15:0]  remain
);

  logic        plausible, accept, refute, whole, aad, counts, locks;
  logic [3:0]  ask, n;
  logic [14:0] rec_len;
  logic [23:0] offset_new;

  hdr_judge dut (
    .tls13_i     (tls13),
    .track_i     (track),
    .auth_i      (auth),
    .open_i      (open),
    .offset_i    (offset),
    .relock_i    (relock),
    .hdr_i       (hdr),
    .cnt_i       (cnt),
    .want_i      (want),
    .remain_i    (remain),
    .want_o      (ask),
    .plausible_o (plausible),
    .accept_o    (accept),
    .refute_o    (refute),
    .whole_o     (whole),
    .aad_o       (aad),
    .counts_o    (counts),
    .locks_o     (locks),
    .n_o         (n),
    .rec_len_o   (rec_len),
    .offset_o    (offset_new)
  );

  // ---- The table -----------------------------------------------------------------------------------

  logic [7:0] kind;
  int         length, seen, limit, need;
  logic       version_ok, kind_ok, length_ok, looks_good, crypto, complete, unconfirmed, given_up;

  assign kind       = hdr[7:0];
  assign length     = int'({hdr[31:24], hdr[39:32]});  // big endian
  assign version_ok = (hdr[15:8] == 8'd3) && (hdr[23:16] == 8'd3);
  assign kind_ok    = tls13 ? (kind == 8'd23) : (kind >= 8'd20 && kind <= 8'd23);
  assign length_ok  = tls13 ? (length >= 17 && length <= 16401) : (length >= 24 && length <= 16408);
  assign looks_good = version_ok && kind_ok && length_ok;

  assign crypto      = (auth == AuthOffload) || (auth == AuthAuthentication);
  assign need        = (!tls13 && crypto) ? 13 : 5;
  assign seen        = int'(cnt) + int'(want);
  assign complete    = !open && (seen >= 5);
  assign limit       = (relock == '0) ? (1 << 24) : int'(relock);
  assign unconfirmed = (track == TrackTracking) && !crypto;
  assign given_up    = unconfirmed && (int'(offset) + 1 >= limit);

  always @* begin
    m_state: assume (auth == AuthNoOffload || crypto);
    m_kept:  assume (int'(cnt) < need && (open || cnt < 4'd5));
    m_want:  assume (int'(want) <= need - int'(cnt));
    m_crypto: assume (!open || crypto);  // only a whole record waits for its nonce

    a_ask: assert (int'(ask) == ((int'(remain) < need - int'(cnt)) ? int'(remain)
                                                                   : need - int'(cnt)));
    a_plausible: assert (plausible == looks_good);
    a_one:       assert (!(accept && refute) && ((accept || refute) == complete));
    a_accept:    assert (accept == (complete && looks_good && !given_up));
    a_whole:     assert (whole == (accept && crypto));
    a_aad:       assert (!aad || (seen == need && crypto && (open || accept)));
    a_locks:     assert (locks == (accept && track == TrackSearching));
    a_counts:    assert (counts == (accept && unconfirmed));
    a_offset:    assert (!counts || (int'(offset_new) == int'(offset) + 1 &&
                                     int'(offset_new) < limit));
    a_length:    assert (!accept || int'(rec_len) == length + 5);
    a_taken:     assert (int'(n) == (refute ? 5 - int'(cnt) : int'(want)));

    c_accept: cover (whole && aad && !tls13 && cnt == '0);
    c_refute: cover (refute && !looks_good && cnt == 4'd4);
    c_given_up: cover (refute && looks_good && relock == '0);
    c_nonce:  cover (open && aad && !accept);
  end

endmodule

`default_nettype wire
