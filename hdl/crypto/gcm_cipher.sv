// SPDX-License-Identifier: BSD-2-Clause
//
// Cipher side of the crypto core: AES in counter mode for slots, and E(0) for a new key.
//
// Contract: takes a slot every cycle, without back-pressure. k256_i and key_i belong to the slot of the
// cycle before. Slots with ks_en leave on ks_* Delay + 1 = 17 cycles later, in order; E(J0) of a head
// stands on ej0_o Delay cycles later. zero_i, without slots, encrypts a block of zeros under the key of
// the next cycle: aes_valid_o with E(0) on ej0_o as late as an E(J0). busy_o: a slot is inside.
//
// Byte order: blocks have their first byte most significant, ks_o has byte k in bits [8*k +: 8].

`default_nettype none

module gcm_cipher
  import tls_rx_pkg::*;
#(
  parameter int DataW = 128
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Slot in
  input  wire logic             slot_valid_i,
  input  wire slot_t            slot_i,
  input  wire logic             zero_i,
  // Key of the slot before
  input  wire logic             k256_i,
  input  wire logic [255:0]     key_i,
  // E(0) and E(J0)
  output      logic             aes_valid_o,
  output      logic             ej0_valid_o,
  output      logic [127:0]     ej0_o,
  // Keystream out
  output      logic             ks_valid_o,
  output      logic [DataW-1:0] ks_o,
  output      slot_t            ks_slot_o,
  // Status
  output      logic             busy_o
);

  localparam int Lanes = DataW / 128;
  localparam int Delay = 16;  // one cycle to the block, fifteen of AES

  logic             valid_q;
  logic [DataW-1:0] block, block_q, result;

  // J0 is the nonce and a counter of 1; the text's counters go on from there.
  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    assign block[128*l +: 128] = {slot_i.nonce, slot_i.ctr + 32'(l)};
  end

  always_ff @(posedge clk_i) begin
    valid_q <= zero_i || (slot_valid_i && (slot_i.head || (slot_i.text_bytes != '0 && slot_i.ks_en)));
    if (zero_i) block_q <= '0;
    else if (slot_valid_i) block_q <= block;
    if (rst_i) valid_q <= 1'b0;
  end

  aes_pipe #(
    .Lanes (Lanes)
  ) u_aes (
    .clk_i   (clk_i),
    .rst_i   (rst_i),
    .valid_i (valid_q),
    .k256_i  (k256_i),
    .key_i   (key_i),
    .block_i (block_q),
    .valid_o (aes_valid_o),
    .block_o (result)
  );

  gcm_back #(
    .DataW (DataW),
    .Delay (Delay)
  ) u_back (
    .clk_i        (clk_i),
    .rst_i        (rst_i),
    .slot_valid_i (slot_valid_i),
    .slot_i       (slot_i),
    .aes_block_i  (result),
    .ej0_valid_o  (ej0_valid_o),
    .ej0_o        (ej0_o),
    .ks_valid_o   (ks_valid_o),
    .ks_o         (ks_o),
    .ks_slot_o    (ks_slot_o),
    .busy_o       (busy_o)
  );

endmodule

`default_nettype wire
