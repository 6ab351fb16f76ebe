// SPDX-License-Identifier: BSD-2-Clause
//
// Shifts keystream from its place in the record back to the beats of the frame.
//
// Contract: slots with ks_en come in at most one a cycle, never stopped; those without it are
// ignored. The slot's text bytes stand at text_from.. of ks_i, all other bytes of it are zero. One word
// leaves for each beat that holds payload, in order and without back-pressure; bytes without
// keystream are zero. A packet begins with an empty word for its first beat; ks_adv beats are
// complete before the slot, which belongs to the one behind them; pkt_end says that nothing follows,
// ks_last that one more beat holds payload. Latency four cycles. A word leaves in each cycle as long as
// words are due, so a slot waits in the queue only while packets brought more words than cycles: they
// hold no more words than beats, so those are at most the beats that the tracker's ring had stored.

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
  localparam int JobW      = DataW + 2 * PosW + 4;
  localparam int Depth     = 32;

  // ---- Queue: only what the shift needs of a slot ---------------------------------------------

  logic             in_valid, in_ready, job_valid, job_ready;
  logic [PosW-1:0]  in_start, in_rot, job_start, job_rot;
  logic [JobW-1:0]  job;
  logic [DataW-1:0] job_ks;
  logic [1:0]       job_adv;
  logic             job_end, job_last;

  assign in_valid = ks_valid_i && ks_slot_i.ks_en;
  assign in_start = ks_slot_i.ks_start[PosW-1:0];
  assign in_rot   = ks_slot_i.text_from[PosW-1:0] - in_start;

  sync_fifo #(
    .W     (JobW),
    .Depth (Depth)
  ) u_queue (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (in_valid),
    .wr_ready_o (in_ready),
    .wr_data_i  ({ks_slot_i.ks_adv, ks_slot_i.pkt_end, ks_slot_i.ks_last, in_start, in_rot, ks_i}),
    .rd_valid_o (job_valid),
    .rd_ready_i (job_ready),
    .rd_data_o  (job),
    .count_o    ()
  );

  assign {job_adv, job_end, job_last, job_start, job_rot, job_ks} = job;

  // ---- Stage 1: rotate, so that each byte stands at its position in a beat ----------------------

  logic [DataW-1:0]     rot, rot_q;
  logic [BeatBytes-1:0] own, here_q, beyond_q;  // bytes of the slot's own beat, and of the next one
  logic                 rot_valid_q, adv_q, end_q, last_q, rot_ready;
  logic [1:0]           passed_q;               // beats of the job's adv that are complete
  logic                 passes;                 // another one before the slot's turn

  byte_rotate #(
    .Bytes (BeatBytes)
  ) u_rotate (
    .data_i   (job_ks),
    .amount_i (job_rot),
    .data_o   (rot)
  );

  // Beats that a slot completes leave one a cycle, the last of them with the slot itself.
  assign own       = {BeatBytes{1'b1}} << job_start;
  assign passes    = job_adv[1] && (job_adv - passed_q != 2'd1);
  assign job_ready = (rot_ready || !rot_valid_q) && !passes;

  always_ff @(posedge clk_i) begin
    if (rot_ready || !rot_valid_q) begin
      rot_q       <= rot;
      here_q      <= passes ? '0 : own;
      beyond_q    <= passes ? '0 : ~own;
      adv_q       <= (job_adv != 2'd0);
      end_q       <= job_end && !passes;
      last_q      <= job_last;
      rot_valid_q <= job_valid;
      passed_q    <= (job_valid && passes) ? passed_q + 1'b1 : '0;
    end

    if (rst_i) begin
      rot_valid_q <= 1'b0;
      passed_q    <= '0;
    end
  end

  // ---- Stage 2: collect -------------------------------------------------------------------------

  logic [DataW-1:0] word_q, spill_q;  // keystream of the present beat and of the one behind it
  logic [DataW-1:0] here, beyond, word, spill;
  logic             fire;

  for (genvar k = 0; k < BeatBytes; k++) begin : g_byte
    assign here[8*k +: 8]   = here_q[k] ? rot_q[8*k +: 8] : 8'h00;
    assign beyond[8*k +: 8] = beyond_q[k] ? rot_q[8*k +: 8] : 8'h00;
  end

  assign fire  = rot_valid_q && rot_ready;
  assign word  = (adv_q ? spill_q : word_q) | here;
  assign spill = (adv_q ? '0 : spill_q) | beyond;

  always_ff @(posedge clk_i) begin
    if (fire) begin
      word_q  <= end_q ? '0 : word;
      spill_q <= end_q ? '0 : spill;
    end

    if (rst_i) begin
      word_q  <= '0;
      spill_q <= '0;
    end
  end

  // ---- Words out: at most three from a job, one a cycle ------------------------------------------

  logic [1:0]       wait_q, made;  // words that wait, words that the job makes
  logic [DataW-1:0] first_q, second_q;
  logic [DataW-1:0] made_0, made_1;

  // The job's words in order: the one that adv completes, the present one, the spill.
  assign made      = {1'b0, adv_q} + {1'b0, end_q} + {1'b0, end_q && last_q};
  assign made_0    = adv_q ? word_q : word;
  assign made_1    = adv_q ? word : spill;
  assign rot_ready = ({1'b0, wait_q} + {1'b0, made} <= 3'd3);

  logic [1:0] new_words, left;

  assign new_words = fire ? made : 2'd0;
  assign left      = wait_q + new_words;  // the one that leaves included

  always_ff @(posedge clk_i) begin
    beat_valid_o <= (left != 2'd0);
    wait_q       <= (left == 2'd0) ? 2'd0 : left - 2'd1;
    beat_o       <= (wait_q == 2'd0) ? made_0 : first_q;

    case (wait_q)
      2'd0: begin
        first_q  <= made_1;
        second_q <= spill;
      end
      2'd1: begin
        first_q  <= made_0;
        second_q <= made_1;
      end
      default: begin
        first_q  <= second_q;
        second_q <= made_0;
      end
    endcase

    if (rst_i) begin
      beat_valid_o <= 1'b0;
      wait_q       <= '0;
    end
  end

`ifndef SYNTHESIS
  initial begin
    if (DataW != 128 && DataW != 256 && DataW != 512) $fatal(1, "%m: DataW %0d", DataW);
  end
  always @(posedge clk_i) begin
    if (!rst_i && in_valid && !in_ready) $fatal(1, "%m: queue full, keystream would be lost");
  end
`endif

endmodule

`default_nettype wire
