// SPDX-License-Identifier: BSD-2-Clause
//
// Properties of pkt_hold: frames leave in order and with their length, an unmarked frame is bit-exact,
// a marked one has its keystream over exactly its payload's beats, and a frame is never a mix.
//
// The solver plans three frames (hold_plan_pkg) with any content, descriptors and verdicts; each of the
// four streams then comes when it likes, under the hold's contract. One byte of one beat of one
// frame, chosen by the solver too, is followed through the hold, which is four beats deep. The asserts h_*
// say what is where; they make the induction close, so the proof has no bound in time.

`default_nettype none

module pkt_hold_props
  import tls_rx_pkg::*;
  import hold_plan_pkg::*;
#(
  parameter int Byte = 0,  // the byte of the beat that is followed
  parameter logic [7:0] Beats = 8'h2d,  // of frames 0, 1, 2: two bits each, frame 0 lowest
  localparam int DataW = 128,
  localparam int Bytes = DataW / 8,
  localparam int Depth = 4
) (
  input wire logic             clk_i,
  input wire logic             rst_i,
  input wire plan_t            any_plan,  // sampled in the first cycle
  // Streams
  input wire logic             in_valid,
  input wire logic [DataW-1:0] in_data,
  input wire logic [Bytes-1:0] in_keep,
  input wire logic             desc_valid,
  input wire logic             word_valid,
  input wire logic [DataW-1:0] word,
  input wire logic             verdict_valid,
  input wire logic             out_ready
);

  // ---- Where each stream is ------------------------------------------------------------------------

  logic   begun_q = 1'b0;
  plan_t  plan_q, plan;
  place_t in_q, out_q, pop_q;  // next beat in, out, and out of the hold's store
  place_t word_at;
  logic [3:0] words_q;         // words that came
  logic [1:0] descs_q, verdicts_q, verdict_of;
  logic       in_ready, desc_ready, out_valid, in_fire, out_fire, pop_fire;

  always_comb begin
    plan       = plan_q;
    plan.beats = Beats;
  end

  assign word_at    = word_place(plan, words_q);
  assign verdict_of = verdict_frame(plan, verdicts_q);
  assign in_fire    = in_valid && in_ready;
  assign out_fire   = out_valid && out_ready;
  assign pop_fire   = dut.out_valid && dut.out_ready;

  always_ff @(posedge clk_i) begin
    begun_q <= 1'b1;
    if (!begun_q) plan_q <= any_plan;

    if (in_fire) in_q <= behind(plan, in_q);
    if (out_fire) out_q <= behind(plan, out_q);
    if (pop_fire) pop_q <= behind(plan, pop_q);
    descs_q    <= descs_q + 2'(desc_valid && desc_ready);
    words_q    <= words_q + 4'(word_valid);
    verdicts_q <= verdicts_q + 2'(verdict_valid);

    if (rst_i) begin
      in_q       <= '0;
      out_q      <= '0;
      pop_q      <= '0;
      descs_q    <= '0;
      words_q    <= '0;
      verdicts_q <= '0;
    end
  end

  logic [DataW-1:0] out_data;
  logic [Bytes-1:0] out_keep;
  logic [MetaW-1:0] out_user;
  logic             out_last;

  pkt_hold #(
    .DataW     (DataW),
    .HoldBytes (Depth * Bytes),
    .DescDepth (4)
  ) dut (
    .clk_i             (clk_i),
    .rst_i             (rst_i),
    .s_axis_frm_tdata  (in_data),
    .s_axis_frm_tkeep  (in_keep),
    .s_axis_frm_tvalid (in_valid),
    .s_axis_frm_tready (in_ready),
    .s_axis_frm_tlast  (ends_frame(plan, in_q)),
    .desc_valid_i      (desc_valid),
    .desc_ready_o      (desc_ready),
    .desc_i            (plan.desc[descs_q]),
    .beat_valid_i      (word_valid),
    .beat_i            (word),
    .verdict_valid_i   (verdict_valid),
    .verdict_ok_i      (plan.ok[verdict_of]),
    .m_axis_rx_tdata   (out_data),
    .m_axis_rx_tkeep   (out_keep),
    .m_axis_rx_tvalid  (out_valid),
    .m_axis_rx_tready  (out_ready),
    .m_axis_rx_tlast   (out_last),
    .m_axis_rx_tuser   (out_user)
  );

  // ---- The watched byte ------------------------------------------------------------------------------

  logic             seen_q, keyed_q, at_out, decrypted;
  logic [7:0]       byte_q, key_q, clear, out_byte;
  logic [Bytes-1:0] keep_q;

  always_ff @(posedge clk_i) begin
    if (in_fire && in_q == plan.watch) begin
      byte_q <= in_data[8*Byte +: 8];
      keep_q <= in_keep;
      seen_q <= 1'b1;
    end
    if (word_valid && word_at == plan.watch) begin
      key_q   <= word[8*Byte +: 8];
      keyed_q <= 1'b1;
    end
    if (rst_i) seen_q <= 1'b0;
    if (rst_i) keyed_q <= 1'b0;
  end

  assign at_out    = out_valid && (out_q == plan.watch);
  assign decrypted = (status_of(plan, plan.watch.frame) == TlsDecrypted);
  assign clear     = has_word(plan, plan.watch) ? byte_q ^ key_q : byte_q;
  assign out_byte  = out_data[8*Byte +: 8];

  logic plan_ok;

  assign plan_ok = frame_ok(plan, 2'd0) && frame_ok(plan, 2'd1) && frame_ok(plan, 2'd2) &&
                   (plan.beats[3] == '0) && (plan.desc[3] == '0) && !plan.ok[3] &&
                   is_place(plan, plan.watch) && (plan.watch.frame != 2'(Frames));

  always @* begin
    m_reset: assume (rst_i == !begun_q);

    if (begun_q) begin
      m_plan:     assume (plan_ok);
      m_keep:     assume (in_keep[0] && ((in_keep & (in_keep + 16'd1)) == '0));  // contiguous
      m_frames:   assume (!in_valid || in_q.frame != 2'(Frames));
      m_descs:    assume (!desc_valid || descs_q != 2'(Frames));
      m_verdicts: assume (!verdict_valid || verdict_of != 2'(Frames));
      m_words:    assume (!word_valid || word_at < in_q);  // a word comes after its beat

      a_frames: assert (!out_valid || out_q.frame != 2'(Frames));
      a_length: assert (!out_valid || out_last == ends_frame(plan, out_q));
      a_meta:   assert (!out_valid || out_user == meta_of(plan, out_q.frame));
      a_came:   assert (!at_out || seen_q);
      a_keep:   assert (!at_out || out_keep == keep_q);
      a_exact:  assert (!at_out || decrypted || out_byte == byte_q);
      a_keyed:  assert (!at_out || !decrypted || !has_word(plan, plan.watch) || keyed_q);
      a_clear:  assert (!at_out || !decrypted || out_byte == clear);
    end

    c_clear:  cover (begun_q && at_out && decrypted && keyed_q && out_q.frame == 2'd1);
    c_failed: cover (begun_q && at_out && out_user[1:0] == TlsAuthFail && keyed_q);
    c_third:  cover (begun_q && at_out && out_q == {2'd2, 2'd1});
  end

  // ---- What is where in the hold -----------------------------------------------------------------------

  logic [3:0] beats_in, beats_popped, words_popped, watch_beat, watch_word, fetched, fetched_words;
  logic [1:0] decided_frames;
  logic       rows_hold, descs_hold, oks_hold;

  assign beats_in       = beats_before(plan, in_q);
  assign beats_popped   = beats_before(plan, pop_q);
  assign words_popped   = words_before(plan, pop_q);
  assign watch_beat     = beats_before(plan, plan.watch);
  assign watch_word     = words_before(plan, plan.watch);
  assign fetched        = beats_popped + 4'(dut.u_store.u_frames.rd_valid_q);
  assign fetched_words  = words_popped + 4'(dut.u_store.u_keystream.rd_valid_q);
  assign decided_frames = pop_q.frame + 2'(dut.decided);

  // A row of the frame store: the last byte's number stands for tkeep.
  function automatic logic row_ok(input logic [DataW+4:0] row, input logic [3:0] number);
    row_ok = (row[DataW+4] == is_last(number)) &&
             (number != watch_beat ||
              (row[8*Byte +: 8] == byte_q && (~((16'hffff << row[DataW +: 4]) << 1)) == keep_q));
  endfunction

  function automatic logic is_last(input logic [3:0] number);
    is_last = 1'b0;
    for (int f = 0; f < Frames; f++) begin
      if (number + 4'd1 == beats_before(plan, {2'(f + 1), 2'd0})) is_last = 1'b1;
    end
  endfunction

  always_comb begin
    rows_hold = 1'b1;
    for (int k = 0; k < 9; k++) begin
      if (4'(k) >= fetched && 4'(k) < beats_in &&
          !row_ok(dut.u_store.u_frames.u_ram.mem[k % Depth], 4'(k))) rows_hold = 1'b0;
      if (4'(k) == watch_word && 4'(k) >= fetched_words && keyed_q &&
          dut.u_store.u_keystream.u_ram.mem[k % Depth][8*Byte +: 8] != key_q) rows_hold = 1'b0;
    end
    descs_hold = 1'b1;
    oks_hold   = 1'b1;
    for (int f = 0; f < Frames; f++) begin
      if (2'(f) < descs_q && 3'(f) >= dut.u_decide.u_descriptors.rd_ptr_q &&
          dut.u_decide.u_descriptors.u_ram.mem[f] != plan.desc[f]) descs_hold = 1'b0;
      if (2'(f) < verdicts_q && 4'(f) >= dut.u_decide.u_verdicts.rd_ptr_q &&
          dut.u_decide.u_verdicts.u_ram.mem[f] != plan.ok[verdict_frame(plan, 2'(f))]) begin
        oks_hold = 1'b0;
      end
    end
  end

  logic [DataW+Bytes+MetaW:0] skid;
  logic                       skid_ok;
  place_t                     skid_at;

  assign skid    = dut.u_out.skid_q;
  assign skid_at = behind(plan, out_q);
  assign skid_ok = (skid[DataW+Bytes] == ends_frame(plan, skid_at)) &&
                   (skid[DataW+Bytes+1 +: MetaW] == meta_of(plan, skid_at.frame)) &&
                   (skid_at != plan.watch ||
                    (skid[DataW +: Bytes] == keep_q && seen_q &&
                     skid[8*Byte +: 8] == (decrypted ? clear : byte_q) &&
                     (!decrypted || !has_word(plan, plan.watch) || keyed_q)));

  always @* begin
    if (begun_q) begin
      h_places: assert (is_place(plan, in_q) && is_place(plan, out_q) && is_place(plan, pop_q));
      h_in:     assert (dut.u_store.u_frames.wr_ptr_q == beats_in[2:0] &&
                        dut.u_store.u_frames.rd_ptr_q == fetched[2:0] &&
                        fetched <= beats_in && beats_in - beats_popped <= 4'(Depth) &&
                        {1'b0, dut.u_store.u_frames.count_q} == beats_in - beats_popped);
      h_rows:   assert (rows_hold);
      h_head:   assert (!dut.u_store.u_frames.rd_valid_q ||
                        row_ok(dut.u_store.u_frames.rd_data_o, beats_popped));
      h_seen:   assert (seen_q == (watch_beat < beats_in));

      h_words:  assert (dut.u_store.u_keystream.wr_ptr_q == words_q[2:0] &&
                        dut.u_store.u_keystream.rd_ptr_q == fetched_words[2:0] &&
                        fetched_words <= words_q && words_q <= words_before(plan, in_q) &&
                        {1'b0, dut.u_store.u_keystream.count_q} == words_q - words_popped);
      h_word:   assert (!dut.u_store.u_keystream.rd_valid_q || !keyed_q ||
                        words_popped != watch_word ||
                        dut.u_store.u_keystream.rd_data_o[8*Byte +: 8] == key_q);
      h_keyed:  assert (keyed_q == (has_word(plan, plan.watch) && watch_word < words_q));

      h_descs:  assert (dut.u_decide.u_descriptors.wr_ptr_q == {1'b0, descs_q} &&
                        dut.u_decide.u_descriptors.rd_ptr_q ==
                          3'(decided_frames) + 3'(dut.u_decide.u_descriptors.rd_valid_q) &&
                        dut.u_decide.u_descriptors.rd_ptr_q <= {1'b0, descs_q} &&
                        dut.u_decide.u_descriptors.count_q == 3'(descs_q) - 3'(decided_frames));
      h_desc:   assert (descs_hold && (!dut.u_decide.u_descriptors.rd_valid_q ||
                        dut.u_decide.u_descriptors.rd_data_o == plan.desc[decided_frames]));
      h_oks:    assert (dut.u_decide.u_verdicts.wr_ptr_q == {2'b00, verdicts_q} &&
                        dut.u_decide.u_verdicts.rd_ptr_q ==
                          4'(verdicts_before(plan, decided_frames)) +
                          4'(dut.u_decide.u_verdicts.rd_valid_q) &&
                        dut.u_decide.u_verdicts.rd_ptr_q <= {2'b00, verdicts_q} &&
                        dut.u_decide.u_verdicts.count_q ==
                          4'(verdicts_q) - 4'(verdicts_before(plan, decided_frames)));
      h_ok:     assert (oks_hold && verdicts_q <= verdicts_before(plan, 2'(Frames)) &&
                        (!dut.u_decide.u_verdicts.rd_valid_q ||
                         dut.u_decide.u_verdicts.rd_data_o ==
                         plan.ok[verdict_frame(plan, verdicts_before(plan, decided_frames))]));

      h_idx:     assert (dut.idx_q == {10'd0, pop_q.beat});
      h_decided: assert (!dut.decided ||
                         (pop_q.frame != 2'(Frames) && dut.ks == plan.desc[pop_q.frame].ks &&
                          dut.meta == meta_of(plan, pop_q.frame) &&
                          dut.decrypt == (status_of(plan, pop_q.frame) == TlsDecrypted)));
      h_reach:   assert (!dut.decided || !dut.ks ||
                         (dut.first == {10'd0, first_beat(plan, pop_q.frame)} &&
                          dut.last == {10'd0, last_beat(plan, pop_q.frame)}));
      h_started: assert (dut.decided || pop_q.beat == '0);
      h_out:     assert (beats_popped == beats_before(plan, out_q) + 4'(dut.u_out.out_valid_q) +
                                         4'(dut.u_out.skid_valid_q) &&
                         (dut.u_out.out_valid_q || !dut.u_out.skid_valid_q));
      h_skid:    assert (!dut.u_out.skid_valid_q || skid_ok);
    end
  end

endmodule

`default_nettype wire
