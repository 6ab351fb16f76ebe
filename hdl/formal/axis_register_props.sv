// SPDX-License-Identifier: BSD-2-Clause
//
// Properties of axis_register: nothing is lost, made up, doubled or reordered, and the output keeps
// AXI4-Stream's rules, for every input, every back-pressure and every reset.
//
// The reference is a queue of two beats. The asserts h_* tie the register's state to it; they make
// the induction close and are themselves proved.

`default_nettype none

module axis_register_props #(
  parameter int DataW = 128,
  parameter int UserW = 1,
  localparam int BeatW = DataW + DataW / 8 + 1 + UserW
) (
  input wire logic             clk_i,
  input wire logic             rst_i,
  input wire logic [BeatW-1:0] in_beat,
  input wire logic             in_valid,
  input wire logic             out_ready
);

  logic [BeatW-1:0] out_beat;
  logic             in_ready, out_valid;

  axis_register #(
    .DataW (DataW),
    .UserW (UserW)
  ) dut (
    .clk_i         (clk_i),
    .rst_i         (rst_i),
    .s_axis_tdata  (in_beat[DataW-1:0]),
    .s_axis_tkeep  (in_beat[DataW +: DataW/8]),
    .s_axis_tvalid (in_valid),
    .s_axis_tready (in_ready),
    .s_axis_tlast  (in_beat[DataW + DataW/8]),
    .s_axis_tuser  (in_beat[BeatW-1 -: UserW]),
    .m_axis_tdata  (out_beat[DataW-1:0]),
    .m_axis_tkeep  (out_beat[DataW +: DataW/8]),
    .m_axis_tvalid (out_valid),
    .m_axis_tready (out_ready),
    .m_axis_tlast  (out_beat[DataW + DataW/8]),
    .m_axis_tuser  (out_beat[BeatW-1 -: UserW])
  );

  // ---- Reference: a queue of two beats ---------------------------------------------------------

  logic [BeatW-1:0] first_q, second_q;
  logic [1:0]       count_q;
  logic             in_fire, out_fire;

  assign in_fire  = in_valid && in_ready;
  assign out_fire = out_valid && out_ready;

  always_ff @(posedge clk_i) begin
    if (in_fire && count_q == 2'(out_fire)) first_q <= in_beat;
    else if (out_fire) first_q <= second_q;
    if (in_fire && count_q == 2'd1 + 2'(out_fire)) second_q <= in_beat;
    count_q <= count_q + 2'(in_fire) - 2'(out_fire);
    if (rst_i) count_q <= '0;
  end

  // ---- Properties ------------------------------------------------------------------------------

  logic             begun_q = 1'b0, stalled_q = 1'b0;
  logic [BeatW-1:0] shown_q;

  always_ff @(posedge clk_i) begin
    begun_q   <= 1'b1;
    stalled_q <= out_valid && !out_ready && !rst_i;
    shown_q   <= out_beat;
  end

  always @(posedge clk_i) begin
    m_reset: assume (begun_q || rst_i);

    if (begun_q) begin
      a_valid_kept:  assert (!stalled_q || out_valid);
      a_beat_kept:   assert (!stalled_q || out_beat == shown_q);
      a_not_made_up: assert (!out_valid || count_q != '0);
      a_not_lost:    assert (out_valid || count_q == '0);
      a_order:       assert (!out_valid || out_beat == first_q);
      a_ready:       assert (in_ready == (count_q != 2'd2));

      h_count: assert (count_q <= 2'd2);
      h_out:   assert (dut.out_valid_q == (count_q != '0));
      h_skid:  assert (count_q != 2'd2 || dut.skid_q == second_q);
    end

    c_full:    cover (begun_q && count_q == 2'd2 && out_ready && !rst_i);
    c_through: cover (begun_q && count_q == 2'd1 && in_fire && out_fire);
  end

endmodule

`default_nettype wire
