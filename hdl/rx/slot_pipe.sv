// SPDX-License-Identifier: BSD-2-Clause
//
// Gives a slot its data: the window's bytes, or the AAD block, shifted to their place in the group.
//
// Contract: slots in order, never stopped, two cycles later out. Bytes outside the slot are zero;
// SlotSkip carries none. busy_o: a slot is inside.

`default_nettype none

module slot_pipe
  import tls_rx_pkg::*;
#(
  parameter int DataW = 128,
  localparam int BeatBytes = DataW / 8,
  localparam int PosW      = $clog2(BeatBytes)
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Slot in, with what its data is made of
  input  wire logic             valid_i,
  input  wire slot_t            slot_i,
  input  wire logic [FlowW-1:0] flow_i,
  input  wire logic [FlowW-1:0] key_i,
  input  wire logic [DataW-1:0] win_i,
  input  wire logic [127:0]     aad_i,
  input  wire logic [PosW-1:0]  shift_i,
  // Slot out
  output      logic             slot_valid_o,
  output slot_t                 slot_o,
  output      logic [DataW-1:0] slot_data_o,
  output      logic             busy_o
);

  logic             valid_q;
  slot_t            slot_q, slot_d;
  logic [DataW-1:0] data_q, data_d;
  logic [PosW-1:0]  shift_q;
  logic [6:0]       bytes;
  logic [BeatBytes-1:0] keep;

  assign bytes = slot_i.ks_bytes;
  assign keep  = ~({BeatBytes{1'b1}} << bytes);

  always_comb begin
    data_d = '0;
    for (int i = 0; i < BeatBytes; i++) begin
      if (keep[i]) data_d[8*i +: 8] = win_i[8*i +: 8];
    end
  end

  always_comb begin
    slot_d      = slot_i;
    slot_d.flow = flow_i;
    slot_d.key  = key_i;
  end

  logic is_aad, is_skip;
  assign is_aad  = (slot_i.kind == SlotAad);
  assign is_skip = (slot_i.kind == SlotSkip);

  always_ff @(posedge clk_i) begin
    slot_q  <= slot_d;
    shift_q <= shift_i;
    if (is_aad) data_q <= DataW'(aad_i);
    else if (is_skip) data_q <= '0;
    else data_q <= data_d;
    valid_q <= valid_i;

    slot_o       <= slot_q;
    slot_data_o  <= data_q << {shift_q, 3'b000};
    slot_valid_o <= valid_q;

    if (rst_i) begin
      valid_q      <= 1'b0;
      slot_valid_o <= 1'b0;
    end
  end

  assign busy_o = valid_q || slot_valid_o;

endmodule

`default_nettype wire
