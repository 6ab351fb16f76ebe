// SPDX-License-Identifier: BSD-2-Clause
//
// The last beats that were received, with random access for the walk (port A) and the cutter (port B).
//
// Contract: beats are numbered in the order of their writes, modulo 2^12; wr_abs_o is the number of the
// next one. A beat is written while it is less than Depth ahead of free_abs_i, which may run ahead of
// wr_abs_o. Reading a beat gives its bytes from the cycle after its write until its room is
// reused, which is Depth beats later; before that anything. Port A shows its bytes in the same cycle,
// port B one cycle later, and keeps them until the next b_re_i. Even and odd beats are two memories (distributed
// RAM), so that a beat and the next one are read at once.

`default_nettype none

module beat_ring
  import track_pkg::*;
#(
  parameter int DataW = 128,
  parameter int Depth = 32,
  localparam int PosW = $clog2(DataW / 8)
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Beats in
  input  wire logic             wr_valid_i,
  output      logic             wr_ready_o,
  input  wire logic [DataW-1:0] wr_data_i,
  // Status
  input  wire logic [BeatW-1:0] free_abs_i,  // beats before it are not needed any more
  output      logic [BeatW-1:0] wr_abs_o,
  // Port A
  input  wire logic [BeatW-1:0] a_abs_i,
  input  wire logic [PosW-1:0]  a_pos_i,
  output      logic [103:0]     a_win_o,     // bytes from the position on
  output      logic [DataW-1:0] a_beat_o,    // the beat of the position
  output      logic [31:0]      a_beyond_o,  // first four bytes of the beat behind it
  // Port B
  input  wire logic             b_re_i,
  input  wire logic [BeatW-1:0] b_abs_i,
  output      logic [DataW-1:0] b_cur_o,     // that beat
  output      logic [DataW-1:0] b_nxt_o      // and the next one
);

  localparam int BeatBytes = DataW / 8;
  localparam int Rows      = Depth / 2;
  localparam int RowW      = $clog2(Rows);

  logic [DataW-1:0] even_mem [0:Rows-1];
  logic [DataW-1:0] odd_mem [0:Rows-1];
  logic [BeatW-1:0] wr_abs_q, ahead;
  logic             wr_fire;

  // ---- Write ------------------------------------------------------------------------------------

  assign ahead      = wr_abs_q - free_abs_i;
  assign wr_ready_o = ahead[BeatW-1] || (ahead < BeatW'(Depth));
  assign wr_fire    = wr_valid_i && wr_ready_o;
  assign wr_abs_o   = wr_abs_q;

  always_ff @(posedge clk_i) begin
    if (wr_fire && !wr_abs_q[0]) even_mem[wr_abs_q[RowW:1]] <= wr_data_i;
    if (wr_fire && wr_abs_q[0]) odd_mem[wr_abs_q[RowW:1]] <= wr_data_i;
    if (wr_fire) wr_abs_q <= wr_abs_q + 1'b1;

    if (rst_i) wr_abs_q <= '0;
  end

  // ---- Read -------------------------------------------------------------------------------------

  logic [RowW-1:0]  a_even_row, b_even_row;
  logic [DataW-1:0] a_even, a_odd, b_even, b_odd, a_bytes, a_turned;

  // Row of the even one of a beat and the next: half of the number, rounded up. A bit of it flips if all
  // bits below are ones: a table for each bit is faster than a carry.
  for (genvar k = 0; k < RowW; k++) begin : g_row
    assign a_even_row[k] = a_abs_i[k + 1] ^ (&a_abs_i[k:0]);
    assign b_even_row[k] = b_abs_i[k + 1] ^ (&b_abs_i[k:0]);
  end

  assign a_even     = even_mem[a_even_row];
  assign a_odd      = odd_mem[a_abs_i[RowW:1]];
  assign a_beat_o   = a_abs_i[0] ? a_odd : a_even;
  assign a_beyond_o = a_abs_i[0] ? a_even[31:0] : a_odd[31:0];

  // Bytes before the position are of the next beat: a beat's worth, rotated.
  logic [BeatBytes-1:0] a_here;

  assign a_here = {BeatBytes{1'b1}} << a_pos_i;
  for (genvar k = 0; k < BeatBytes; k++) begin : g_byte
    assign a_bytes[8*k +: 8] = (a_here[k] == a_abs_i[0]) ? a_odd[8*k +: 8] : a_even[8*k +: 8];
  end

  byte_rotate #(
    .Bytes (BeatBytes)
  ) u_win (
    .data_i   (a_bytes),
    .amount_i (a_pos_i),
    .data_o   (a_turned)
  );

  assign a_win_o = a_turned[103:0];

  assign b_even     = even_mem[b_even_row];
  assign b_odd      = odd_mem[b_abs_i[RowW:1]];

  always_ff @(posedge clk_i) begin
    if (b_re_i) b_cur_o <= b_abs_i[0] ? b_odd : b_even;
    if (b_re_i) b_nxt_o <= b_abs_i[0] ? b_even : b_odd;
  end

`ifndef SYNTHESIS
  initial if (Depth < 4 || Depth != 2 * (1 << RowW)) $fatal(1, "%m: Depth %0d", Depth);
`endif

endmodule

`default_nettype wire
