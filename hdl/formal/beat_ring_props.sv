// SPDX-License-Identifier: BSD-2-Clause
//
// Properties of beat_ring: every byte that a port shows is the byte that was written there, until its
// room is reused, and no room is reused that is still needed.
//
// One byte of one beat, both chosen by the solver, is followed. The assert h_row says where it is; it
// makes the induction close, so the proof has no bound in time.

`default_nettype none

module beat_ring_props
  import track_pkg::*;
#(
  parameter int DataW = 128,
  parameter int Depth = 8,
  localparam int Bytes = DataW / 8,
  localparam int PosW  = $clog2(Bytes),
  localparam int RowW  = $clog2(Depth / 2)
) (
  input wire logic             clk_i,
  input wire logic             rst_i,
  input wire logic [BeatW-1:0] any_beat,  // sampled in the first cycle
  input wire logic [PosW-1:0]  any_byte,
  input wire logic             in_valid,
  input wire logic [DataW-1:0] in_data,
  input wire logic [BeatW-1:0] free,
  input wire logic [BeatW-1:0] a_abs,
  input wire logic [PosW-1:0]  a_pos,
  input wire logic             b_re,
  input wire logic [BeatW-1:0] b_abs
);

  logic             in_ready;
  logic [BeatW-1:0] wr_abs;
  logic [103:0]     a_win;
  logic [DataW-1:0] a_beat, b_cur, b_nxt;
  logic [31:0]      a_beyond;

  beat_ring #(
    .DataW (DataW),
    .Depth (Depth)
  ) dut (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (in_valid),
    .wr_ready_o (in_ready),
    .wr_data_i  (in_data),
    .free_abs_i (free),
    .wr_abs_o   (wr_abs),
    .a_abs_i    (a_abs),
    .a_pos_i    (a_pos),
    .a_win_o    (a_win),
    .a_beat_o   (a_beat),
    .a_beyond_o (a_beyond),
    .b_re_i     (b_re),
    .b_abs_i    (b_abs),
    .b_cur_o    (b_cur),
    .b_nxt_o    (b_nxt)
  );

  // ---- The watched byte ------------------------------------------------------------------------------

  logic             begun_q = 1'b0, seen_q, stored, fire;
  logic [BeatW-1:0] beat_q, age, written_q, free_q;
  logic [PosW-1:0]  byte_q;
  logic [7:0]       data_q;

  assign fire   = in_valid && in_ready;
  assign age    = wr_abs - beat_q;  // 1: written last
  assign stored = seen_q && (age != '0) && (age <= BeatW'(Depth));

  always_ff @(posedge clk_i) begin
    begun_q <= 1'b1;
    free_q  <= free;
    if (!begun_q) beat_q <= any_beat;
    if (!begun_q) byte_q <= any_byte;
    if (fire && wr_abs == beat_q) begin
      data_q <= in_data[8*byte_q +: 8];
      seen_q <= 1'b1;
    end
    written_q <= rst_i ? '0 : wr_abs + BeatW'(fire);
    if (rst_i) seen_q <= 1'b0;
  end

  // ---- Port A: number of the watched byte from the position on ----------------------------------------

  logic [BeatW-1:0]      a_dist, b_dist;
  logic [BeatW+PosW-1:0] a_index;
  logic [103:0]          a_shifted;

  assign a_dist    = beat_q - a_abs;
  assign a_index   = {a_dist, byte_q} - (BeatW + PosW)'(a_pos);
  assign a_shifted = a_win >> {a_index[3:0], 3'b000};

  // ---- Port B: what it was asked for --------------------------------------------------------------------

  logic       b_at_cur_q, b_at_nxt_q;
  logic [7:0] b_data_q;

  assign b_dist = beat_q - b_abs;

  always_ff @(posedge clk_i) begin
    if (b_re) begin
      b_at_cur_q <= stored && (b_dist == '0);
      b_at_nxt_q <= stored && (b_dist == BeatW'(1));
      b_data_q   <= data_q;
    end
    if (rst_i) b_at_cur_q <= 1'b0;
    if (rst_i) b_at_nxt_q <= 1'b0;
  end

  // ---- Properties ------------------------------------------------------------------------------------------

  logic             room, needed;
  logic [BeatW-1:0] ahead, margin;
  logic [DataW-1:0] row;

  assign ahead  = wr_abs - free;
  assign room   = ahead[BeatW-1] || (ahead < BeatW'(Depth));
  assign margin = beat_q - free;
  assign needed = !margin[BeatW-1];
  assign row    = beat_q[0] ? dut.odd_mem[beat_q[RowW:1]] : dut.even_mem[beat_q[RowW:1]];

  always @* begin
    m_reset: assume (rst_i == !begun_q);

    if (begun_q) begin
      // What is needed no more is never needed again; `free` is less than 2^10 away.
      m_free: assume (free - free_q < BeatW'(1024) || wr_abs == '0);
      m_near: assume (ahead < BeatW'(1024) || ahead > BeatW'(3072));

      a_ready:  assert (in_ready == room);
      a_number: assert (wr_abs == written_q);
      a_window: assert (!stored || a_index > 12 || a_shifted[7:0] == data_q);
      a_this:   assert (!stored || a_dist != '0 || a_beat[8*byte_q +: 8] == data_q);
      a_behind: assert (!stored || a_dist != BeatW'(1) || byte_q > 3 ||
                        a_beyond[8*byte_q[1:0] +: 8] == data_q);
      a_cur:    assert (!b_at_cur_q || b_cur[8*byte_q +: 8] == b_data_q);
      a_nxt:    assert (!b_at_nxt_q || b_nxt[8*byte_q +: 8] == b_data_q);
      // A beat that may still be asked for is not overwritten by this write.
      a_room:   assert (!fire || !needed || !stored || age < BeatW'(Depth));

      h_row:    assert (!stored || row[8*byte_q +: 8] == data_q);
    end

    c_full:  cover (begun_q && !in_ready && stored && age == BeatW'(Depth));
    c_cross: cover (begun_q && stored && a_dist == BeatW'(1) && a_index == 12);
    c_next:  cover (begun_q && b_at_nxt_q && beat_q[0]);
  end

endmodule

`default_nettype wire
