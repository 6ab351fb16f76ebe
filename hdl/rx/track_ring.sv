// SPDX-License-Identifier: BSD-2-Clause
//
// The frames on their way to the hold: each beat is written to the ring as it passes.
//
// Contract: a beat passes when the ring has room and m_axis_frm_tready. The walk looks at look_i (beat number,
// position) of the frame that ends before beat next_i: win_o, beat_o, beyond_o in the same cycle, as in
// beat_ring; win_ready_o: they are written, as far as the frame has them. The cutter reads by b_*, and
// needs no beat before free_abs_i. over_i: the frame from beat base_i on is oversize; once nothing before it
// is needed, it passes without waiting for free_abs_i, and over_ends_o says that its last beat does so.

`default_nettype none

module track_ring
  import track_pkg::*;
#(
  parameter int DataW = 128,
  localparam int PosW = $clog2(DataW / 8),
  localparam int AtW  = BeatW + PosW
) (
  // Clock, reset
  input  wire logic               clk_i,
  input  wire logic               rst_i,
  // Frame beats in
  input  wire logic [DataW-1:0]   s_axis_frm_tdata,
  input  wire logic [DataW/8-1:0] s_axis_frm_tkeep,
  input  wire logic               s_axis_frm_tvalid,
  output      logic               s_axis_frm_tready,
  input  wire logic               s_axis_frm_tlast,
  // Frame beats out
  output      logic [DataW-1:0]   m_axis_frm_tdata,
  output      logic [DataW/8-1:0] m_axis_frm_tkeep,
  output      logic               m_axis_frm_tvalid,
  input  wire logic               m_axis_frm_tready,
  output      logic               m_axis_frm_tlast,
  // Walk
  input  wire logic [BeatW-1:0]   base_i,
  input  wire logic [BeatW-1:0]   next_i,
  input  wire logic [AtW-1:0]     look_i,
  output      logic               win_ready_o,
  output      logic [103:0]       win_o,
  output      logic [DataW-1:0]   beat_o,
  output      logic [31:0]        beyond_o,
  // Oversize frame
  input  wire logic               over_i,
  output      logic               over_ends_o,
  output      logic [BeatW-1:0]   over_next_o,  // the beat behind it
  // Cutter
  input  wire logic [BeatW-1:0]   free_abs_i,
  output      logic [BeatW-1:0]   wr_abs_o,     // the next beat to be written
  input  wire logic               b_re_i,
  input  wire logic [BeatW-1:0]   b_abs_i,
  output      logic [DataW-1:0]   b_cur_o,
  output      logic [DataW-1:0]   b_nxt_o
);

  logic             wr_room, wr_fire, over_in_q, all_written_q;
  logic [BeatW-1:0] wr_abs, look_beat, to_end, to_win, from_base, not_freed;

  // ---- Beats pass ---------------------------------------------------------------------------------

  assign s_axis_frm_tready = wr_room && m_axis_frm_tready;
  assign m_axis_frm_tvalid = wr_room && s_axis_frm_tvalid;
  assign m_axis_frm_tdata  = s_axis_frm_tdata;
  assign m_axis_frm_tkeep  = s_axis_frm_tkeep;
  assign m_axis_frm_tlast  = s_axis_frm_tlast;
  assign wr_fire           = s_axis_frm_tvalid && s_axis_frm_tready;

  // An oversize frame goes through once nothing before it needs the ring; nobody reads it.
  assign from_base   = wr_abs - base_i;
  assign not_freed   = free_abs_i - base_i;
  assign over_ends_o = over_i && over_in_q && wr_fire && s_axis_frm_tlast;
  assign over_next_o = wr_abs + BeatW'(1);

  always_ff @(posedge clk_i) begin
    over_in_q <= over_i && (not_freed == '0) && (over_in_q || !from_base[BeatW-1]) && !over_ends_o;

    if (rst_i) over_in_q <= 1'b0;
  end

  // ---- What the walk looks at ---------------------------------------------------------------------

  // The walk looks at two beats, if the frame has them.
  assign look_beat   = look_i[AtW-1:PosW];
  assign to_win      = wr_abs - BeatW'(2) - look_beat;
  assign to_end      = wr_abs - next_i;
  assign win_ready_o = all_written_q || !to_win[BeatW-1];

  always_ff @(posedge clk_i) all_written_q <= !to_end[BeatW-1];

  beat_ring #(
    .DataW (DataW)
  ) u_ring (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (s_axis_frm_tvalid && m_axis_frm_tready),
    .wr_ready_o (wr_room),
    .wr_data_i  (s_axis_frm_tdata),
    .free_abs_i (over_in_q ? wr_abs : free_abs_i),
    .wr_abs_o   (wr_abs),
    .a_abs_i    (look_beat),
    .a_pos_i    (look_i[PosW-1:0]),
    .a_win_o    (win_o),
    .a_beat_o   (beat_o),
    .a_beyond_o (beyond_o),
    .b_abs_i    (b_abs_i),
    .b_re_i     (b_re_i),
    .b_cur_o    (b_cur_o),
    .b_nxt_o    (b_nxt_o)
  );

  assign wr_abs_o = wr_abs;

endmodule

`default_nettype wire
