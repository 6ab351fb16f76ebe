// SPDX-License-Identifier: BSD-2-Clause
//
// Not for synthesis: stops the simulation at a slot that the crypto core cannot take for what it was meant to be.
//
// Contract: looks at every slot, changes nothing. What it finds would otherwise show only as a bad tag
// many packets later.

`default_nettype none

module gcm_slot_check
  import tls_rx_pkg::*;
#(
  parameter int DataW = 128
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Slot
  input  wire logic             valid_i,
  input  wire slot_t            slot_i,
  input  wire logic [DataW-1:0] data_i
);

  localparam int Bytes = DataW / 8;
  localparam int Lanes = DataW / 128;

  int   text_first, text_end, length_lane;
  logic has_text;
  logic crypto;   // the slot is part of a piece
  logic open_q;   // slots of the piece came before this one

  assign text_first = 32'(slot_i.text_from);
  assign text_end   = text_first + 32'(slot_i.text_bytes);
  assign has_text   = slot_i.text_bytes != '0;
  assign crypto     = slot_i.head || has_text || slot_i.length || slot_i.tag;

  // The lane behind the last hashed one; a head without text fills lane 0.
  assign length_lane = has_text ? (text_end + 15) / 16 : 32'(slot_i.head);

  always_ff @(posedge clk_i) begin
    if (valid_i) open_q <= (open_q || crypto) && !slot_i.piece_end;
    if (rst_i) open_q <= 1'b0;
  end

  always @(posedge clk_i) begin
    if (!rst_i && valid_i) begin
      if (has_text && text_end > Bytes)
        $fatal(1, "%m: text reaches past its group, blocks would be left out");
      if (slot_i.length && length_lane >= Lanes)
        $fatal(1, "%m: the length block has no lane, the tag would fail");
      if (slot_i.head && open_q)
        $fatal(1, "%m: a record starts inside a piece, the piece before it would be lost");
      if (slot_i.head && (slot_i.ctr != 32'd1 || slot_i.aad_len > 5'd16))
        $fatal(1, "%m: a head's counter is 1 and its AAD one block, E(J0) or the sum would be wrong");
      if (slot_i.head && has_text && slot_i.text_from != 6'd16)
        $fatal(1, "%m: a record's text starts in lane 1, its counters would be wrong");
      if ((slot_i.tag || slot_i.length) && !slot_i.piece_end)
        $fatal(1, "%m: tag bytes inside a piece would be lost");
      if (slot_i.pkt_end && !slot_i.piece_end && (open_q || crypto))
        $fatal(1, "%m: the packet ends inside a piece, its worth would join the next one");
      for (int k = 0; k < Bytes; k++) begin
        if (data_i[8*k +: 8] != 8'd0 && (k < text_first || k >= text_end)
            && !(slot_i.head && k < 32'(slot_i.aad_len)))
          $fatal(1, "%m: byte %0d is neither text nor AAD, it would be hashed", k);
      end
    end
  end

endmodule

`default_nettype wire
