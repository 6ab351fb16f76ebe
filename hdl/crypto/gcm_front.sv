// SPDX-License-Identifier: BSD-2-Clause
//
// Front of GHASH: makes of a slot the blocks to hash, and says in which lanes they are.
//
// Contract: takes a slot every cycle; one cycle later stands what GHASH needs of it.
//
// The lanes to hash are one run: the AAD block (lane 0 of a head), the text, the length block in the
// lane behind them. So the length block costs a cycle only when its lane would be in the next group.
// Of a message without AAD a block of zeros is hashed first: at the start of a sum that adds nothing.
//
// Byte order: slots have byte k in bits [8*k +: 8], blocks have their first byte most significant.
// This module and gcm_back are the only places that turn data from one into the other.

`default_nettype none

module gcm_front
  import tls_rx_pkg::*;
#(
  parameter int DataW = 128,
  localparam int Lanes = DataW / 128,
  localparam int LaneW = (Lanes > 1) ? $clog2(Lanes) : 1
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Slot in
  input  wire logic             slot_valid_i,
  input  wire slot_t            slot_i,
  input  wire logic [DataW-1:0] slot_data_i,
  input  wire logic [127:0]     slot_tag_i,
  // To GHASH
  output      logic             hash_valid_o,
  output      logic             hash_o,
  output      logic [LaneW-1:0] hash_first_o,
  output      logic [LaneW-1:0] hash_last_o,
  output      logic [DataW-1:0] hash_block_o,
  output      logic [127:0]     hash_add_o,
  output      logic             hash_end_o
);

  function automatic logic [127:0] bswap(input logic [127:0] d);
    return {d[7:0],     d[15:8],    d[23:16],   d[31:24],
            d[39:32],   d[47:40],   d[55:48],   d[63:56],
            d[71:64],   d[79:72],   d[87:80],   d[95:88],
            d[103:96],  d[111:104], d[119:112], d[127:120]};
  endfunction

  // ---- The run of lanes to hash -------------------------------------------------------------------

  logic             has_text;
  logic [LaneW-1:0] hash_first, hash_last;

  assign has_text = slot_i.text_bytes != 7'd0;

  if (Lanes > 1) begin : gen_run
    logic             behind;      // the length block stands behind another block
    logic [6:0]       last_byte;   // of the text in the group
    logic [LaneW-1:0] text_first, text_last;

    assign behind     = slot_i.length && (slot_i.head || has_text);
    assign last_byte  = {1'b0, slot_i.text_from} + slot_i.text_bytes - 7'd1;
    assign text_first = has_text ? LaneW'(slot_i.text_from >> 4) : '0;
    assign text_last  = has_text ? LaneW'(last_byte >> 4) : '0;
    assign hash_first = slot_i.head ? '0 : text_first;
    assign hash_last  = text_last + LaneW'(behind);
  end else begin : gen_one
    assign hash_first = 1'b0;
    assign hash_last  = 1'b0;
  end

  // ---- Blocks -------------------------------------------------------------------------------------

  logic [127:0]     length_block;  // SP 800-38D section 7.1, step 5: both lengths in bits
  logic [DataW-1:0] hash_block;

  assign length_block = {56'd0, slot_i.aad_len, 3'd0, 45'd0, slot_i.text_len, 3'd0};

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic length_here;

    // The length block's lane is empty, so it need not be cleared.
    assign length_here = slot_i.length && hash_last == LaneW'(l);
    assign hash_block[128*l +: 128] = bswap(slot_data_i[128*l +: 128])
                                    | (length_here ? length_block : 128'd0);
  end

  // ---- Operands -----------------------------------------------------------------------------------

  always_ff @(posedge clk_i) begin
    hash_valid_o <= slot_valid_i;
    if (slot_valid_i) begin
      hash_o       <= slot_i.head || has_text || slot_i.length;
      hash_first_o <= hash_first;
      hash_last_o  <= hash_last;
      hash_block_o <= hash_block;
      hash_add_o   <= slot_i.tag ? bswap(slot_tag_i) : 128'd0;
      hash_end_o   <= slot_i.piece_end;
    end
    if (rst_i) begin
      hash_valid_o <= 1'b0;
      hash_o       <= 1'b0;
    end
  end

`ifndef SYNTHESIS
  gcm_slot_check #(
    .DataW (DataW)
  ) u_check (
    .clk_i   (clk_i),
    .rst_i   (rst_i),
    .valid_i (slot_valid_i),
    .slot_i  (slot_i),
    .data_i  (slot_data_i)
  );
`endif

endmodule

`default_nettype wire
