// SPDX-License-Identifier: BSD-2-Clause
//
// Properties of seq_check: what a packet is to its flow, and in which state its walk begins, for every
// context and every packet. The statements are the rows of docs/engine.md, "What the tracker decides",
// computed with signed 64-bit numbers.

`default_nettype none

module seq_check_props
  import tls_rx_pkg::*;
  import track_pkg::*;
(
  input wire ctx_progress_t ctx,
  input wire logic [31:0]   tcp_seq,
  input wire logic [15:0]   payload_len
);

  walk_start_t start;

  seq_check dut (
    .ctx_i         (ctx),
    .tcp_seq_i     (tcp_seq),
    .payload_len_i (payload_len),
    .start_o       (start)
  );

  // ---- The table -----------------------------------------------------------------------------------

  longint delta, len, left;  // left: from `expected` to the end of the open record
  logic   past, far, gap, overlap, in_order;
  logic   starting, tracking, searching, known, hides, torn, sane;

  assign delta = longint'($signed(tcp_seq - ctx.chain.expected));
  assign len   = longint'({48'd0, payload_len});
  assign left  = longint'($signed(ctx.rec.start + {17'd0, ctx.rec.length} - ctx.chain.expected));

  assign past     = (delta + len <= 0);
  assign far      = (delta >= 64'sd1 <<< 30) || (delta <= -(64'sd1 <<< 30));
  assign gap      = (delta > 0);
  assign overlap  = (delta < 0);
  assign in_order = (delta == 0);

  assign starting  = (ctx.chain.track == TrackStart);
  assign tracking  = (ctx.chain.track == TrackTracking);
  assign searching = (ctx.chain.track == TrackSearching);

  // What every walk leaves: an open record ends at or behind `expected`, and there is none in START.
  assign sane  = starting ? !ctx.rec.open : (!ctx.rec.open || (left >= 0 && left <= 16413));
  assign known = ctx.rec.open && (left >= delta);  // the next header is at or after tcp_seq
  assign hides = gap && !searching && !known;
  assign torn  = gap && !searching && known;

  always @* begin
    m_payload: assume (payload_len != '0);
    m_context: assume (sane && (starting || tracking || searching));

    a_walk: assert (start.walk == (ctx.running && !past && !far));

    if (start.walk) begin
      a_lost: assert (start.lost == hides);
      a_lost_state: assert (!hides || (start.track == TrackSearching &&
                                       start.auth == AuthNoOffload && !start.open));
      a_start: assert (!starting || hides || (start.track == TrackTracking &&
                                              start.auth == AuthOffload));
      a_kept: assert (starting || hides || (start.track == ctx.chain.track &&
                                            start.auth == ctx.chain.auth));

      // OFFLOAD is entered only from START by a packet that covers `expected`, AUTHENTICATION never.
      a_offload: assert (start.auth != AuthOffload || ctx.chain.auth == AuthOffload ||
                         (starting && !gap));
      a_authentication: assert (start.auth != AuthAuthentication ||
                                ctx.chain.auth == AuthAuthentication);

      a_markable: assert (start.ks == (in_order && !searching &&
                                       (starting || ctx.chain.auth == AuthOffload) &&
                                       (!ctx.rec.open || ctx.rec.whole)));
      a_past: assert ({48'd0, start.past} == (overlap ? -delta : 64'd0));
      a_remain: assert ({47'd0, {1'b0, start.past} + {1'b0, start.remain}} == len);
      a_whole: assert (!start.whole || (start.open && ctx.rec.open && ctx.rec.whole && !gap));
      a_open: assert (start.open == (ctx.rec.open && tracking && !hides));
      a_header: assert (start.hdr_cnt == ((starting || gap) ? 4'd0 : ctx.chain.hdr_cnt));
    end

    c_start:   cover (start.walk && starting && overlap);
    c_hidden:  cover (start.walk && hides && ctx.chain.auth == AuthOffload);
    c_torn:    cover (start.walk && torn);
    c_wrapped: cover (start.walk && start.ks && tcp_seq > tcp_seq + {16'd0, payload_len});
  end

endmodule

`default_nettype wire
