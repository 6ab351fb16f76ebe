// SPDX-License-Identifier: BSD-2-Clause
//
// Back of the crypto core: gives a slot its keystream, and the sum unit E(J0).
//
// Contract: a slot leaves Delay + 1 cycles after it came, in order, if it has ks_en: ks_o holds keystream
// in the slot's own text bytes and zero everywhere else. The E(J0) of a head leaves in the cycle in
// which AES gives it, Delay cycles after the slot. aes_block_i is what AES gives in that cycle.
//
// Byte order: blocks have their first byte most significant, ks_o has byte k in bits [8*k +: 8].

`default_nettype none

module gcm_back
  import tls_rx_pkg::*;
#(
  parameter int DataW = 128,
  parameter int Delay = 17
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Slot in
  input  wire logic             slot_valid_i,
  input  wire slot_t            slot_i,
  // From AES
  input  wire logic [DataW-1:0] aes_block_i,
  // E(J0) to the sum unit
  output      logic             ej0_valid_o,
  output      logic [127:0]     ej0_o,
  // Keystream out
  output      logic             ks_valid_o,
  output      logic [DataW-1:0] ks_o,
  output      slot_t            ks_slot_o,
  // Status
  output      logic             busy_o
);

  localparam int Bytes = DataW / 8;
  localparam int Lanes = DataW / 128;

  // The keystream bytes that `keep` names, in slot order.
  function automatic logic [DataW-1:0] masked(input logic [DataW-1:0] block,
                                              input logic [Bytes-1:0] keep);
    masked = '0;
    for (int l = 0; l < Lanes; l++) begin
      for (int k = 0; k < 16; k++) begin
        if (keep[16*l + k]) masked[128*l + 8*k +: 8] = block[128*l + 120 - 8*k +: 8];
      end
    end
  endfunction

  // ---- Slots wait as long as AES takes ------------------------------------------------------------

  // A slot leaves the queue one cycle before its blocks come: the mask gets a cycle of its own.
  logic [Delay-1:0] age_q;
  logic             early, due, wait_valid, wait_room;
  slot_t            slot;

  assign early = age_q[Delay-2];
  assign due   = age_q[Delay-1];

  always_ff @(posedge clk_i) begin
    age_q <= {age_q[Delay-2:0], slot_valid_i};
    if (rst_i) age_q <= '0;
  end

  sync_fifo #(
    .W     ($bits(slot_t)),
    .Depth (2 ** $clog2(Delay))
  ) u_wait (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (slot_valid_i),
    .wr_ready_o (wait_room),
    .wr_data_i  (slot_i),
    .rd_valid_o (wait_valid),
    .rd_ready_i (early),
    .rd_data_o  (slot),
    .count_o    ()
  );

  logic [Bytes-1:0] from_on, behind, keep_q;
  slot_t            slot_q;

  // Bytes from the slot's first text byte on, less those behind its last.
  assign from_on = {Bytes{1'b1}} << slot.text_from;
  assign behind  = from_on << slot.text_bytes;

  always_ff @(posedge clk_i) begin
    if (early) begin
      slot_q <= slot;
      keep_q <= from_on & ~behind;
    end
  end

  // ---- Keystream ----------------------------------------------------------------------------------

  assign ej0_valid_o = due && slot_q.head;
  assign ej0_o       = aes_block_i[127:0];

  always_ff @(posedge clk_i) begin
    ks_valid_o <= due && slot_q.ks_en;
    if (due && slot_q.ks_en) begin
      ks_o      <= masked(aes_block_i, keep_q);
      ks_slot_o <= slot_q;
    end
    if (rst_i) ks_valid_o <= 1'b0;
  end

  assign busy_o = age_q != '0 || ks_valid_o;

`ifndef SYNTHESIS
  initial if (Delay < 4) $fatal(1, "%m: Delay %0d is shorter than the queue's", Delay);

  always @(posedge clk_i) begin
    if (!rst_i && slot_valid_i && !wait_room) $fatal(1, "%m: slot lost");
    if (!rst_i && early && !wait_valid) $fatal(1, "%m: no slot for a block");
  end
`else
  logic unused_room;
  assign unused_room = wait_room ^ wait_valid;
`endif

endmodule

`default_nettype wire
