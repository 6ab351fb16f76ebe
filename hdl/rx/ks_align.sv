// SPDX-License-Identifier: BSD-2-Clause
//
// Shifts keystream from its place in the record back to the beats of the frame.
//
// Contract: slots with ks_en come in at most one a cycle, never stopped; those without it are
// ignored. Keystream byte ks_from + i of a slot belongs to frame byte ks_start + i of the beat that
// the slots before it have reached. One word leaves for each beat that holds payload, in order and
// without back-pressure: when a slot reaches the beat's end, or at pkt_end if part of a beat is left;
// bytes outside the payload are zero. Latency five cycles. A slot that ends its packet across a
// beat's edge makes two words and takes two cycles; the queue in front absorbs that as long as
// each packet brings, over time, fewer slots than the cycles it takes (the tracker spends more on
// each packet than its slots).

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

  localparam int BeatBytes   = DataW / 8;
  localparam int WindowBytes = 2 * BeatBytes;
  localparam int PosW        = $clog2(BeatBytes);  // a byte position in a beat
  localparam int EndW        = PosW + 2;           // start + bytes, up to two beats
  localparam int JobW        = DataW + PosW + PosW + EndW + 2;
  localparam int Depth       = 16;
  localparam logic [EndW-1:0] BeatEnd = EndW'(BeatBytes);

  // ---- Queue: only what the shift needs of a slot ---------------------------------------------

  logic [EndW-1:0]  in_end;
  logic [PosW-1:0]  in_rot;
  logic [JobW-1:0]  in_job, job;
  logic             in_valid, in_ready, job_valid, job_ready, job_fire;
  logic [DataW-1:0] job_ks;
  logic [PosW-1:0]  job_rot, job_start;
  logic [EndW-1:0]  job_end;
  logic             job_any, job_last;

  assign in_valid = ks_valid_i && ks_slot_i.ks_en;
  assign in_end   = EndW'(ks_slot_i.ks_start) + EndW'(ks_slot_i.ks_bytes);
  assign in_rot   = ks_slot_i.ks_from[PosW-1:0] - ks_slot_i.ks_start[PosW-1:0];
  assign in_job   = {ks_slot_i.pkt_end, ks_slot_i.ks_bytes != '0, in_end,
                     ks_slot_i.ks_start[PosW-1:0], in_rot, ks_i};

  sync_fifo #(
    .W     (JobW),
    .Depth (Depth)
  ) u_queue (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (in_valid),
    .wr_ready_o (in_ready),
    .wr_data_i  (in_job),
    .rd_valid_o (job_valid),
    .rd_ready_i (job_ready),
    .rd_data_o  (job),
    .count_o    ()
  );

  assign {job_last, job_any, job_end, job_start, job_rot, job_ks} = job;

  // ---- Stage 1: rotate, so that each byte stands at its position in a beat ----------------------

  logic             gap_q;  // this cycle belongs to the second word of the slot before
  logic             rot_valid_q, rot_any_q, rot_last_q;
  logic [DataW-1:0] rot_q;
  logic [PosW-1:0]  rot_start_q;
  logic [EndW-1:0]  rot_end_q;

  assign job_ready = !gap_q;
  assign job_fire  = job_valid && job_ready;

  always_ff @(posedge clk_i) begin
    rot_q       <= DataW'({job_ks, job_ks} >> {job_rot, 3'b000});
    rot_start_q <= job_start;
    rot_end_q   <= job_end;
    rot_any_q   <= job_any;
    rot_last_q  <= job_last;
    rot_valid_q <= job_fire;
    gap_q       <= job_fire && job_last && job_any && (job_end > BeatEnd);

    if (rst_i) begin
      rot_valid_q <= 1'b0;
      gap_q       <= 1'b0;
    end
  end

  // ---- Stage 2: split at the beat's edge and collect --------------------------------------------

  logic [WindowBytes-1:0] in_slot;
  logic [DataW-1:0] here, next, word;
  logic [DataW-1:0] part_q;        // bytes of the beat that is not complete yet
  logic             part_valid_q;
  logic             flush_q;       // part_q is the packet's last word
  logic             full, spill, closes;

  // The slot's bytes in the window of two beats that starts with the present one.
  assign in_slot = ({WindowBytes{1'b1}} << rot_start_q) & ~({WindowBytes{1'b1}} << rot_end_q);

  for (genvar i = 0; i < BeatBytes; i++) begin : g_byte
    assign here[8*i +: 8] = in_slot[i] ? rot_q[8*i +: 8] : 8'h00;
    assign next[8*i +: 8] = in_slot[i + BeatBytes] ? rot_q[8*i +: 8] : 8'h00;
  end

  assign word   = part_q | (rot_any_q ? here : '0);
  assign full   = rot_any_q && (rot_end_q >= BeatEnd);
  assign spill  = rot_any_q && (rot_end_q > BeatEnd);
  assign closes = full || (rot_last_q && (rot_any_q || part_valid_q));

  always_ff @(posedge clk_i) begin
    beat_o       <= flush_q ? part_q : word;
    beat_valid_o <= flush_q || (rot_valid_q && closes);
    flush_q      <= rot_valid_q && spill && rot_last_q;

    if (flush_q) begin
      part_q       <= '0;
      part_valid_q <= 1'b0;
    end else if (rot_valid_q) begin
      if (closes) begin
        part_q       <= spill ? next : '0;
        part_valid_q <= spill;
      end else begin
        part_q       <= word;
        part_valid_q <= part_valid_q || rot_any_q;
      end
    end

    if (rst_i) begin
      beat_valid_o <= 1'b0;
      flush_q      <= 1'b0;
      part_q       <= '0;
      part_valid_q <= 1'b0;
    end
  end

`ifndef SYNTHESIS
  initial begin
    if (DataW != 128 && DataW != 256 && DataW != 512) $fatal(1, "%m: DataW %0d", DataW);
  end
  always @(posedge clk_i) begin
    if (!rst_i && in_valid && !in_ready) $fatal(1, "%m: queue full, keystream would be lost");
    if (!rst_i && in_valid && ks_slot_i.ks_bytes > 7'(BeatBytes)) begin
      $fatal(1, "%m: a slot covers more than a beat");
    end
  end
`endif

endmodule

`default_nettype wire
