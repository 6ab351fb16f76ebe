// SPDX-License-Identifier: BSD-2-Clause
//
// Gives a slot its data and tag: bytes of two neighbouring beats, moved to their place.
//
// Contract: slots in order, never stopped, two cycles later out. b_cur_i and b_nxt_i are shown with the
// slot. The slot's bytes, text and tag behind it, are at most a beat's worth from place_i.pos on; b_nxt_i
// may be anything if they do not reach into it. Outside text, AAD and tag all is zero. busy_o: a slot is
// inside.

`default_nettype none

module slot_pipe
  import tls_rx_pkg::*;
  import cut_pkg::*;
#(
  parameter int DataW = 128
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Slot in
  input  wire logic             valid_i,
  input  wire slot_t            slot_i,
  input  wire slot_place_t      place_i,
  // Its beats
  input  wire logic [DataW-1:0] b_cur_i,
  input  wire logic [DataW-1:0] b_nxt_i,
  // Slot out
  output      logic             slot_valid_o,
  output slot_t                 slot_o,
  output      logic [DataW-1:0] slot_data_o,
  output      logic [127:0]     slot_tag_o,
  output      logic             busy_o
);

  localparam int BeatBytes = DataW / 8;
  localparam int PosW      = $clog2(BeatBytes);

  // ---- Stage 1: rotate --------------------------------------------------------------------------

  logic [5:0]           from;
  logic [6:0]           text_end;
  logic [4:0]           tag_end;
  logic [3:0]           tag_from;
  logic [BeatBytes-1:0] here, text_keep;
  logic [15:0]          tag_keep;
  logic [DataW-1:0]     bytes, text, tag;

  assign from     = slot_i.text_from;
  assign text_end = 7'(from) + slot_i.text_bytes;
  assign tag_from = place_i.tag_from;
  assign tag_end  = 5'(tag_from) + place_i.tag_n;

  assign here      = place_i.here[BeatBytes-1:0];
  assign text_keep = ({BeatBytes{1'b1}} << from) & ~({BeatBytes{1'b1}} << text_end);
  assign tag_keep  = (16'hffff << tag_from) & ~(16'hffff << tag_end);

  // Bytes before the position are of the next beat: a beat's worth, rotated.
  for (genvar k = 0; k < BeatBytes; k++) begin : g_byte
    assign bytes[8*k +: 8] = here[k] ? b_cur_i[8*k +: 8] : b_nxt_i[8*k +: 8];
  end

  byte_rotate #(
    .Bytes (BeatBytes)
  ) u_text (
    .data_i   (bytes),
    .amount_i (place_i.text_rot[PosW-1:0]),
    .data_o   (text)
  );

  byte_rotate #(
    .Bytes (BeatBytes)
  ) u_tag (
    .data_i   (bytes),
    .amount_i (place_i.tag_rot[PosW-1:0]),
    .data_o   (tag)
  );

  logic                 valid_q, head_q;
  slot_t                slot_q;
  logic [DataW-1:0]     text_q;
  logic [127:0]         tag_q, aad_q;
  logic [BeatBytes-1:0] text_keep_q;
  logic [15:0]          tag_keep_q;

  always_ff @(posedge clk_i) begin
    slot_q      <= slot_i;
    head_q      <= slot_i.head;
    text_q      <= text;
    tag_q       <= tag[127:0];
    aad_q       <= place_i.aad;
    text_keep_q <= text_keep;
    tag_keep_q  <= tag_keep;
    valid_q     <= valid_i;

    if (rst_i) valid_q <= 1'b0;
  end

  // ---- Stage 2: keep the slot's bytes, and put the AAD block before them --------------------------

  logic [DataW-1:0] data_d;
  logic [127:0]     tag_d;

  for (genvar k = 0; k < BeatBytes; k++) begin : g_data
    if (k < 16) begin : g_aad
      assign data_d[8*k +: 8] = head_q ? aad_q[8*k +: 8] : (text_keep_q[k] ? text_q[8*k +: 8] : '0);
      assign tag_d[8*k +: 8]  = tag_keep_q[k] ? tag_q[8*k +: 8] : '0;
    end else begin : g_text
      assign data_d[8*k +: 8] = text_keep_q[k] ? text_q[8*k +: 8] : '0;
    end
  end

  always_ff @(posedge clk_i) begin
    slot_o       <= slot_q;
    slot_data_o  <= data_d;
    slot_tag_o   <= tag_d;
    slot_valid_o <= valid_q;

    if (rst_i) slot_valid_o <= 1'b0;
  end

  assign busy_o = valid_q || slot_valid_o;

endmodule

`default_nettype wire
