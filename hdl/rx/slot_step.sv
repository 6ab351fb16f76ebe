// SPDX-License-Identifier: BSD-2-Clause
//
// What one slot takes of a piece: text up to the end of its group, and the tag if it is in reach.
//
// Contract: combinational. The tag joins when all text is in the slot and a lane is left behind it,
// because the length block needs that lane: it is hashed behind the last text block.

`default_nettype none

module slot_step (
  input  wire logic [14:0] text_i,     // text bytes of the piece that are not in a slot yet
  input  wire logic [6:0]  room_i,     // group bytes from the slot's first text byte on
  input  wire logic        tag_due_i,  // the piece has tag bytes
  output      logic [6:0]  n_o,        // text bytes of the slot
  output      logic [14:0] rest_o,     // text bytes behind it
  output      logic        tag_o,      // it has the tag bytes
  output      logic        ends_o      // nothing of the piece is left
);

  logic all;

  assign all    = (text_i <= 15'(room_i));
  assign n_o    = all ? text_i[6:0] : room_i;
  assign rest_o = all ? '0 : text_i - 15'(room_i);
  assign tag_o  = tag_due_i && (text_i + 15'd16 <= 15'(room_i));
  assign ends_o = all && (tag_o || !tag_due_i);

endmodule

`default_nettype wire
