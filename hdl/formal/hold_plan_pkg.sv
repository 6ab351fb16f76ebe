// SPDX-License-Identifier: BSD-2-Clause
//
// The frames that pkt_hold_props sends through the hold, and what follows from them: three frames of one
// to three beats of 16 bytes, each with a descriptor and a verdict. Entry 3 is all zero.

`default_nettype none

package hold_plan_pkg;

  import tls_rx_pkg::*;

  localparam int Frames = 3;

  // A beat of a frame; {Frames, 0} is behind the last.
  typedef struct packed {
    logic [1:0] frame;
    logic [1:0] beat;
  } place_t;

  typedef struct packed {
    logic [3:0][1:0] beats;
    pkt_desc_t [3:0] desc;
    logic [3:0]      ok;     // verdicts
    place_t          watch;  // the beat that is followed
  } plan_t;

  function automatic logic [1:0] first_beat(input plan_t plan, input logic [1:0] f);
    logic [15:0] from;
    from = plan.desc[f].meta.payload_off;
    first_beat = from[5:4];
  endfunction

  function automatic logic [1:0] last_beat(input plan_t plan, input logic [1:0] f);
    logic [15:0] to;
    to = plan.desc[f].meta.payload_off + plan.desc[f].meta.payload_len - 16'd1;
    last_beat = to[5:4];
  endfunction

  // The tracker's part of the contract: keystream only for payload that is in the frame.
  function automatic logic frame_ok(input plan_t plan, input logic [1:0] f);
    logic [16:0] behind;
    behind   = {1'b0, plan.desc[f].meta.payload_off} + {1'b0, plan.desc[f].meta.payload_len};
    frame_ok = (plan.beats[f] != '0) && (plan.desc[f].meta.tls_status == TlsNone) &&
               (!plan.desc[f].markable || plan.desc[f].ks) &&
               (!plan.desc[f].ks || (plan.desc[f].meta.payload_len != '0 &&
                                     behind <= {11'd0, plan.beats[f], 4'd0}));
  endfunction

  function automatic logic is_place(input plan_t plan, input place_t at);
    is_place = (at.frame == 2'(Frames)) ? (at.beat == '0) : (at.beat < plan.beats[at.frame]);
  endfunction

  function automatic logic ends_frame(input plan_t plan, input place_t at);
    ends_frame = (at.beat + 2'd1 == plan.beats[at.frame]);
  endfunction

  function automatic place_t behind(input plan_t plan, input place_t at);
    behind.frame = at.frame + 2'(ends_frame(plan, at));
    behind.beat  = ends_frame(plan, at) ? 2'd0 : at.beat + 2'd1;
  endfunction

  // The place holds payload that has keystream.
  function automatic logic has_word(input plan_t plan, input place_t at);
    has_word = plan.desc[at.frame].ks && (at.beat >= first_beat(plan, at.frame)) &&
               (at.beat <= last_beat(plan, at.frame));
  endfunction

  // Beats, keystream words and verdicts before a place.
  function automatic logic [3:0] beats_before(input plan_t plan, input place_t at);
    beats_before = {2'd0, at.beat};
    for (int f = 0; f < Frames; f++) begin
      if (2'(f) < at.frame) beats_before = beats_before + {2'd0, plan.beats[f]};
    end
  endfunction

  function automatic logic [3:0] words_before(input plan_t plan, input place_t at);
    place_t p;
    words_before = '0;
    for (int f = 0; f < Frames; f++) begin
      for (int b = 0; b < 3; b++) begin
        p = {2'(f), 2'(b)};
        if (has_word(plan, p) && p < at) words_before = words_before + 4'd1;
      end
    end
  endfunction

  function automatic logic [1:0] verdicts_before(input plan_t plan, input logic [1:0] frame);
    verdicts_before = '0;
    for (int f = 0; f < Frames; f++) begin
      if (2'(f) < frame) verdicts_before = verdicts_before + 2'(plan.desc[f].verdict);
    end
  endfunction

  // Where word number n belongs, and the frame of verdict number n; {Frames, 0} if there is none.
  function automatic place_t word_place(input plan_t plan, input logic [3:0] n);
    place_t p;
    word_place = {2'(Frames), 2'd0};
    for (int f = 0; f < Frames; f++) begin
      for (int b = 0; b < 3; b++) begin
        p = {2'(f), 2'(b)};
        if (has_word(plan, p) && words_before(plan, p) == n) word_place = p;
      end
    end
  endfunction

  function automatic logic [1:0] verdict_frame(input plan_t plan, input logic [1:0] n);
    verdict_frame = 2'(Frames);
    for (int f = 0; f < Frames; f++) begin
      if (plan.desc[f].verdict && verdicts_before(plan, 2'(f)) == n) verdict_frame = 2'(f);
    end
  endfunction

  // How a frame must leave.
  function automatic tls_status_e status_of(input plan_t plan, input logic [1:0] f);
    if (plan.desc[f].verdict && !plan.ok[f]) status_of = TlsAuthFail;
    else if (plan.desc[f].lost) status_of = TlsResync;
    else if (plan.desc[f].markable) status_of = TlsDecrypted;
    else status_of = TlsNone;
  endfunction

  function automatic pkt_meta_t meta_of(input plan_t plan, input logic [1:0] f);
    meta_of            = plan.desc[f].meta;
    meta_of.tls_status = status_of(plan, f);
  endfunction

endpackage

`default_nettype wire
