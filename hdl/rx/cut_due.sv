// SPDX-License-Identifier: BSD-2-Clause
//
// The slot that is due of a piece: group by group through its text, then the tag if that did not join.
//
// Contract: load_i: a piece begins with first_i. move_i: the next slot takes what fits one group of the
// rest_o bytes left. ends_i: the piece is done, and what may still leave is its packet's end, a slot
// without anything. tag_due_i: the piece has tag bytes.

`default_nettype none

module cut_due
  import tls_rx_pkg::*;
  import cut_pkg::*;
#(
  parameter int DataW = 128
) (
  // Clock
  input  wire logic clk_i,
  // Piece
  input  wire logic load_i,
  input  wire due_t first_i,
  input  wire logic tag_due_i,
  // Slot
  input  wire logic move_i,
  input  wire logic ends_i,
  output due_t      due_o
);

  localparam logic [11:0] Lanes = 12'(DataW / 128);

  due_t        due_q;
  logic        tag, ends;
  logic [6:0]  n;
  logic [14:0] rest;

  slot_step u_step (
    .text_i    (due_q.rest),
    .room_i    (7'(DataW / 8)),
    .tag_due_i (tag_due_i),
    .n_o       (n),
    .rest_o    (rest),
    .tag_o     (tag),
    .ends_o    (ends)
  );

  always_ff @(posedge clk_i) begin
    if (move_i) begin
      due_q.head   <= 1'b0;
      due_q.text   <= (due_q.rest != '0);
      due_q.text_n <= n;
      due_q.from   <= '0;
      due_q.ctr    <= due_q.ctr + Lanes;
      due_q.tag    <= tag;
      due_q.ends   <= ends;
      due_q.rest   <= rest;
    end

    if (ends_i) begin
      due_q.crypto <= 1'b0;
      due_q.waits  <= 1'b0;
      due_q.head   <= 1'b0;
      due_q.text   <= 1'b0;
      due_q.tag    <= 1'b0;
    end

    if (load_i) due_q <= first_i;
  end

  assign due_o = due_q;

endmodule

`default_nettype wire
