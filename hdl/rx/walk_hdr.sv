// SPDX-License-Identifier: BSD-2-Clause
//
// The header bytes of the walk: joined with those kept, moved on by the scan, kept for the next packet.
//
// Contract: load_i takes what the context keeps. A step (step_i) in which a header is fetched joins the
// cnt_o bytes kept with the window's bytes at the places behind them; want_i of those are judged next
// (want_o). What is behind the judged bytes is never used. kept_o: what the scan finds among the
// bytes kept, two cycles after they were joined (hdr_keep).

`default_nettype none

module walk_hdr
  import track_pkg::*;
  import walk_pkg::*;
(
  // Clock
  input  wire logic         clk_i,
  // Packet
  input  wire logic         load_i,
  input  wire logic [103:0] hdr_i,
  input  wire logic [3:0]   cnt_i,
  input  wire logic         tls13_i,
  // Step
  input  wire logic         step_i,
  input  wire phase_e       phase_i,
  input  wire walk_at_t     at_i,
  input  wire judgement_t   judge_i,
  input  wire logic [103:0] win_i,
  // Header
  output      logic [103:0] hdr_o,    // header and explicit nonce, or what the scan carries
  output      logic [3:0]   cnt_o,    // bytes kept there
  output      logic [3:0]   want_o,   // bytes that PhJudge takes
  output kept_t             kept_o
);

  logic [103:0] hdr_q, kept_mask, joined, dropped;
  logic [3:0]   cnt_q, want_q, want;
  logic         body, closes, fetches, drops, refute, complete;
  logic [15:0]  remain;
  logic [1:0]   drop;
  logic [3:0]   cnt_found;

  assign remain   = at_i.remain;
  assign closes   = at_i.closes;
  assign want     = judge_i.want;
  assign refute   = judge_i.refute;
  assign complete = judge_i.complete;

  assign body      = (phase_i == PhPiece) || (phase_i == PhSkip);
  assign kept_mask = ~({104{1'b1}} << {cnt_q, 3'b000});
  assign joined    = (hdr_q & kept_mask) | (win_i & ~kept_mask);
  assign fetches   = (phase_i == PhPeek) || (phase_i == PhJoin) || (phase_i == PhTail) ||
                     (body && closes);

  // Bytes in front of the next position to be looked at.
  assign drops   = (phase_i == PhJudge && refute) || (phase_i == PhKept);
  assign dropped = (phase_i == PhJudge) ? hdr_q >> 8 : hdr_q >> {drop, 3'b000};

  always_ff @(posedge clk_i) begin
    if (step_i) begin
      // The window comes late: nothing but this choice stands behind it.
      if (fetches) hdr_q <= joined;
      else if (drops) hdr_q <= dropped;

      case (phase_i)
        PhPeek, PhJoin, PhPiece, PhSkip: want_q <= want;
        PhJudge: begin
          if (refute) cnt_q <= 4'(CarryBytes);
          else if (complete) cnt_q <= '0;
          else cnt_q <= cnt_q + want_q;
        end
        PhKept: cnt_q <= cnt_found;
        PhTail: cnt_q <= remain[3:0];
        default: ;
      endcase
    end

    if (load_i) begin
      hdr_q <= hdr_i;
      cnt_q <= cnt_i;
    end
  end

  // ---- Scan of what is kept -----------------------------------------------------------------------

  hdr_keep u_keep (
    .clk_i    (clk_i),
    .tls13_i  (tls13_i),
    .bytes_i  (hdr_q[63:0]),
    .cnt_i    (cnt_q),
    .remain_i (remain),
    .hit_o    (kept_o.hit),
    .all_o    (kept_o.all),
    .drop_o   (drop),
    .cnt_o    (cnt_found)
  );

  assign kept_o.drop = drop;
  assign kept_o.cnt  = cnt_found;
  assign hdr_o       = hdr_q;
  assign cnt_o       = cnt_q;
  assign want_o      = want_q;

endmodule

`default_nettype wire
