// SPDX-License-Identifier: BSD-2-Clause
//
// Shifts keystream from its place in the record back to the beats of the frame.
//
// Contract: slots with ks_en come in at most one a cycle, never stopped; those without it are
// ignored. The slot's text bytes stand at text_from.. of ks_i, all other bytes of it are zero. One word
// leaves for each beat that holds payload, in order and without back-pressure; bytes without
// keystream are zero. A packet begins with an empty word for its first beat; ks_adv beats (up to two, with
// pkt_end one) are complete before the slot, which belongs to the one behind them; pkt_end says that
// nothing follows, ks_last that one more beat holds payload. Latency two cycles if no word waits: a word leaves in each
// cycle in which one is due. Those that wait and a slot's own must be three at most; the cutter, which
// sees the same slots in the same cycles some time before, takes care of that.

`default_nettype none

module ks_align
  import tls_rx_pkg::*;
#(
  parameter int DataW = 128
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Slots with their keystream
  input  wire logic             ks_valid_i,
  input  wire logic [DataW-1:0] ks_i,
  input  wire slot_t            ks_slot_i,
  // Words aligned to beats
  output      logic             beat_valid_o,
  output      logic [DataW-1:0] beat_o
);

  localparam int BeatBytes = DataW / 8;
  localparam int PosW      = $clog2(BeatBytes);  // a byte position in a beat

  // ---- Stage 1: rotate, so that each byte stands at its position in a beat ----------------------

  logic [PosW-1:0]      start, amount;
  logic [DataW-1:0]     rot, rot_q;
  logic [BeatBytes-1:0] own_q;  // bytes of the slot's own beat; the others are of the next one
  logic                 valid_q, end_q, last_q;
  logic [1:0]           adv_q;

  assign start  = ks_slot_i.ks_start[PosW-1:0];
  assign amount = ks_slot_i.text_from[PosW-1:0] - start;

  byte_rotate #(
    .Bytes (BeatBytes)
  ) u_rotate (
    .data_i   (ks_i),
    .amount_i (amount),
    .data_o   (rot)
  );

  always_ff @(posedge clk_i) begin
    rot_q   <= rot;
    own_q   <= {BeatBytes{1'b1}} << start;
    adv_q   <= ks_slot_i.ks_adv;
    end_q   <= ks_slot_i.pkt_end;
    last_q  <= ks_slot_i.ks_last;
    valid_q <= ks_valid_i && ks_slot_i.ks_en;

    if (rst_i) valid_q <= 1'b0;
  end

  // ---- Stage 2: collect -------------------------------------------------------------------------

  logic [DataW-1:0] word_q, spill_q;  // keystream of the present beat and of the one behind it
  logic [DataW-1:0] here, beyond, old_word, old_spill, word, spill;

  for (genvar k = 0; k < BeatBytes; k++) begin : g_byte
    assign here[8*k +: 8]   = own_q[k] ? rot_q[8*k +: 8] : 8'h00;
    assign beyond[8*k +: 8] = own_q[k] ? 8'h00 : rot_q[8*k +: 8];
  end

  always_comb begin
    case (adv_q)
      2'd0:    old_word = word_q;
      2'd1:    old_word = spill_q;
      default: old_word = '0;
    endcase
  end

  assign old_spill = (adv_q == 2'd0) ? spill_q : '0;
  assign word      = old_word | here;
  assign spill     = old_spill | beyond;

  always_ff @(posedge clk_i) begin
    if (valid_q) begin
      word_q  <= end_q ? '0 : word;
      spill_q <= end_q ? '0 : spill;
    end

    if (rst_i) begin
      word_q  <= '0;
      spill_q <= '0;
    end
  end

  // ---- Words out, one a cycle -------------------------------------------------------------------

  logic [1:0]       made;
  logic [DataW-1:0] made_0, made_1;

  // A slot's words in order: those that adv completes, then at the packet's end word and spill. The third
  // is always the spill.
  assign made   = valid_q ? adv_q + (end_q ? 2'd1 + {1'b0, last_q} : 2'd0) : 2'd0;
  assign made_0 = (adv_q == 2'd0) ? word : word_q;

  always_comb begin
    case (adv_q)
      2'd0:    made_1 = spill;
      2'd1:    made_1 = word;
      default: made_1 = spill_q;
    endcase
  end

  ks_queue #(
    .DataW (DataW)
  ) u_queue (
    .clk_i        (clk_i),
    .rst_i        (rst_i),
    .made_i       (made),
    .word_0_i     (made_0),
    .word_1_i     (made_1),
    .word_2_i     (spill),
    .beat_valid_o (beat_valid_o),
    .beat_o       (beat_o)
  );

`ifndef SYNTHESIS
  initial begin
    if (DataW != 128 && DataW != 256 && DataW != 512) $fatal(1, "%m: DataW %0d", DataW);
  end
  always @(posedge clk_i) begin
    if (!rst_i && valid_q && end_q && adv_q[1]) $fatal(1, "%m: a word is lost at a packet's end");
  end
`endif

endmodule

`default_nettype wire
