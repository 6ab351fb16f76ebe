// SPDX-License-Identifier: BSD-2-Clause
//
// Where the bytes of the slot that is due are in the ring, and whether they are written.
//
// Contract: load_i: a piece begins at plan_i's place. move_i: the slot's n_i text bytes are taken, the next
// slot begins behind them, carry_o beats further. there_o, from a register: the slot's two beats are
// written; the second is not needed if the first is the payload's last. It may come a cycle late, never early.

`default_nettype none

module cut_place
  import tls_rx_pkg::*;
  import track_pkg::*;
  import cut_pkg::*;
#(
  parameter int DataW = 128,
  localparam int PosW = $clog2(DataW / 8)
) (
  // Clock
  input  wire logic             clk_i,
  // Piece
  input  wire logic             load_i,
  input  wire plan_t            plan_i,
  // Slot
  input  wire logic             move_i,
  input  wire logic [6:0]       n_i,
  output      logic             carry_o,
  output      logic [PosW-1:0]  pos_o,
  output      logic [BeatW-1:0] beat_o,
  // Ring
  input  wire logic [BeatW-1:0] wr_abs_i,
  output      logic             there_o
);

  logic [PosW-1:0]  pos_q;
  logic [BeatW-1:0] beat_q, behind_q;  // its beat, beats with payload behind that
  logic             there_q, carry;
  logic [PosW:0]    pos_sum;

  assign pos_sum = {1'b0, pos_q} + (PosW + 1)'(n_i);
  assign carry   = pos_sum[PosW];

  function automatic logic there(input logic [BeatW-1:0] written, input logic [BeatW-1:0] behind);
    return !written[BeatW-1] && ((written[BeatW-2:1] != '0) || (written[0] && (behind == '0)));
  endfunction

  logic there_stay, there_move, there_load;

  assign there_stay = there(wr_abs_i - beat_q, behind_q);
  assign there_move = there(wr_abs_i - beat_q - 1'b1, behind_q - 1'b1);
  assign there_load = there(wr_abs_i - plan_i.beat, plan_i.behind);

  always_ff @(posedge clk_i) begin
    there_q <= there_stay;

    if (move_i) begin
      pos_q    <= pos_sum[PosW-1:0];
      beat_q   <= beat_q + BeatW'(carry);
      behind_q <= behind_q - BeatW'(carry);
      if (carry) there_q <= there_move;
    end

    if (load_i) begin
      pos_q    <= plan_i.pos[PosW-1:0];
      beat_q   <= plan_i.beat;
      behind_q <= plan_i.behind;
      there_q  <= there_load;
    end
  end

  assign carry_o = carry;
  assign pos_o   = pos_q;
  assign beat_o  = beat_q;
  assign there_o = there_q;

endmodule

`default_nettype wire
