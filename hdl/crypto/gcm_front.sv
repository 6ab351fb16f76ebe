// SPDX-License-Identifier: BSD-2-Clause
//
// Front of the crypto core: makes of a slot the blocks to encrypt, the blocks to hash and the job.
//
// Contract: takes a slot every cycle. Two cycles later, when the key store shows the slot's key: what
// AES and GHASH need. Four cycles later, beside the piece's worth from ghash: the job, for a slot
// that ends a piece or a packet. zero_i puts a block of zeros on all lanes one cycle later.
//
// Byte order: slots have byte k in bits [8*k +: 8], blocks have their first byte most significant.
// This module and gcm_back are the only places that turn one into the other.

`default_nettype none

module gcm_front
  import tls_rx_pkg::*;
  import gcm_pkg::*;
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
  input  wire logic             zero_i,
  // To AES
  output      logic             aes_valid_o,
  output      logic [DataW-1:0] aes_block_o,
  // To GHASH
  output      logic             hash_valid_o,
  output      logic             hash_o,
  output      logic [LaneW-1:0] hash_first_o,
  output      logic [LaneW-1:0] hash_last_o,
  output      logic [DataW-1:0] hash_block_o,
  output      logic [127:0]     hash_add_o,
  output      logic             hash_end_o,
  // To the sum unit
  output      logic             job_valid_o,
  output      gcm_job_t         job_o,
  // Status
  output      logic             busy_o
);

  function automatic logic [127:0] bswap(input logic [127:0] d);
    return {d[7:0],     d[15:8],    d[23:16],   d[31:24],
            d[39:32],   d[47:40],   d[55:48],   d[63:56],
            d[71:64],   d[79:72],   d[87:80],   d[95:88],
            d[103:96],  d[111:104], d[119:112], d[127:120]};
  endfunction

  // ---- Stage 1: the slot, registered ----------------------------------------------------------------

  logic             valid_q;
  slot_t            slot_q;
  logic [DataW-1:0] data_q;

  always_ff @(posedge clk_i) begin
    valid_q <= slot_valid_i;
    if (slot_valid_i) begin
      slot_q <= slot_i;
      data_q <= slot_data_i;
    end
    if (rst_i) valid_q <= 1'b0;
  end

  logic             is_aad, is_text, is_tag, is_length, has_text;
  logic [6:0]       last_byte;    // of the slot's bytes in the group
  logic [DataW-1:0] aes_block, swapped, hash_block;
  logic [127:0]     length_block; // SP 800-38D section 7.1, step 5
  logic [LaneW-1:0] text_first, text_last;

  assign is_aad    = (slot_q.kind == SlotAad);
  assign is_text   = (slot_q.kind == SlotText);
  assign is_tag    = (slot_q.kind == SlotTag);
  assign is_length = is_tag && slot_q.tag_first;
  assign has_text  = is_text && (slot_q.ks_bytes != 7'd0);

  // J0 is the nonce and a counter of 1; the text's counters go on from there.
  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic [31:0] ctr;
    assign ctr = is_aad ? 32'd1 : slot_q.ctr + 32'(l);
    assign aes_block[128*l +: 128] = {slot_q.nonce, ctr};
    assign swapped[128*l +: 128]   = bswap(data_q[128*l +: 128]);
  end

  assign length_block = {slot_q.aad13 ? 64'd104 : 64'd40, 45'd0, slot_q.text_len, 3'd0};
  assign hash_block   = is_length ? DataW'(length_block) : swapped;

  assign last_byte = {1'b0, slot_q.ks_from} + slot_q.ks_bytes - 7'd1;
  if (Lanes > 1) begin : gen_span
    assign text_first = slot_q.ks_from[4 +: LaneW];
    assign text_last  = last_byte[4 +: LaneW];
  end else begin : gen_one
    assign text_first = 1'b0;
    assign text_last  = 1'b0;
  end

  // ---- Stage 2: operands --------------------------------------------------------------------------

  gcm_job_t job_d;
  logic     job_valid_d, open_q;   // open: this piece had its SlotAad

  // In the order of gcm_job_t.
  assign job_d = {slot_q.piece_end, open_q || is_aad, slot_q.check, slot_q.pkt_end,
                  slot_q.flow, slot_q.key, slot_q.exponent};

  assign job_valid_d = slot_q.piece_end || slot_q.pkt_end;

  always_ff @(posedge clk_i) begin
    aes_valid_o  <= zero_i || (valid_q && (is_aad || (is_text && slot_q.ks_en)));
    hash_valid_o <= valid_q;
    if (zero_i) aes_block_o <= '0;
    else if (valid_q) aes_block_o <= aes_block;
    if (valid_q) begin
      hash_o       <= is_aad || has_text || is_length;
      hash_first_o <= is_text ? text_first : '0;
      hash_last_o  <= is_text ? text_last : '0;
      hash_block_o <= hash_block;
      hash_add_o   <= is_tag ? swapped[127:0] : 128'd0;
      hash_end_o   <= slot_q.piece_end;
      open_q       <= (open_q || is_aad) && !slot_q.piece_end;
    end
    if (rst_i) begin
      aes_valid_o  <= 1'b0;
      hash_valid_o <= 1'b0;
      hash_o       <= 1'b0;
      open_q       <= 1'b0;
    end
  end

  // ---- Stages 2 to 4: the job walks beside GHASH --------------------------------------------------

  logic     job_valid_q2, job_valid_q3;
  gcm_job_t job_q2, job_q3;

  always_ff @(posedge clk_i) begin
    job_valid_q2 <= valid_q && job_valid_d;
    job_valid_q3 <= job_valid_q2;
    job_valid_o  <= job_valid_q3;
    if (valid_q) job_q2 <= job_d;
    if (job_valid_q2) job_q3 <= job_q2;
    if (job_valid_q3) job_o <= job_q3;
    if (rst_i) begin
      job_valid_q2 <= 1'b0;
      job_valid_q3 <= 1'b0;
      job_valid_o  <= 1'b0;
    end
  end

  assign busy_o = slot_valid_i || valid_q || hash_valid_o
               || job_valid_q2 || job_valid_q3 || job_valid_o;

`ifndef SYNTHESIS
  always @(posedge clk_i) begin
    if (!rst_i && valid_q && has_text && last_byte >= 7'(DataW / 8))
      $fatal(1, "%m: the slot reaches past its group, blocks would be left out");
    if (!rst_i && valid_q && is_aad && open_q)
      $fatal(1, "%m: a record starts inside a piece, the piece before it would be lost");
  end
`endif

endmodule

`default_nettype wire
