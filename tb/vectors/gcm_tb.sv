// SPDX-License-Identifier: BSD-2-Clause
//
// gcm_core played from a file: Python writes the whole program before the run, reads both outputs after it.
//
// gcm.program is a row of words {op[7:0], gap[7:0], slot[239:0], tag[127:0], data[DataW-1:0]}, first bit first:
// OpEnd; OpKey: key {tag, data[127:0]} into row slot[11:0], 256 bits long if slot[12], once the core is idle;
// OpStart: first slot of a packet, once the core is ready; OpSlot: any other slot. `gap` idle cycles come first.
// gcm.keystream gets the keystream word of each slot that has one, gcm.verdicts a character 0 or 1 a packet.
// done: OpEnd was met, nothing is inside the core, both files are complete.

`default_nettype none
`timescale 1ns / 1ps

module gcm_tb
  import tls_rx_pkg::*;
#(
  parameter int DataW    = 128,
  parameter int NumRows  = 64,  // of keys and of sums
  parameter int SlotBits = 1    // of slot_t, as Python counts them
) ();

  localparam int WordBytes = 48 + DataW / 8;

  localparam logic [7:0] OpEnd   = 8'd0;
  localparam logic [7:0] OpKey   = 8'd1;
  localparam logic [7:0] OpStart = 8'd2;

  logic clk, rst, done;

  initial begin
    clk = 1'b0;
    rst = 1'b1;
    if ($bits(slot_t) != SlotBits) $fatal(1, "slot_t has %0d bits, expected %0d", $bits(slot_t), SlotBits);
  end
  always #2 clk = !clk;

  // ---- Program ----------------------------------------------------------------------------------

  logic [8*WordBytes-1:0] word;
  logic [239:0]           operand;
  logic [7:0]             op, gap;
  logic                   loaded, key_wait;
  integer                 program_fd, keystream_fd, verdicts_fd, got;

  logic             slot_valid, key_valid, key_256, key_done, ready, idle;
  slot_t            slot;
  logic [DataW-1:0] slot_data, ks;
  logic [127:0]     slot_tag;
  logic [FlowW-1:0] key_idx;
  logic [255:0]     key;
  logic             ks_valid, verdict_valid, verdict_ok;

  initial begin
    slot_valid = 1'b0;
    key_valid = 1'b0;
    key_wait = 1'b0;
    loaded = 1'b0;
    done = 1'b0;
    gap = 8'd0;
    op = OpEnd;
    program_fd = $fopen("gcm.program", "rb");
    keystream_fd = $fopen("gcm.keystream", "wb");
    verdicts_fd = $fopen("gcm.verdicts", "wb");
    if (program_fd == 0 || keystream_fd == 0 || verdicts_fd == 0) $fatal(1, "%m: cannot open the files");
  end

  // Reads are blocking statements of one process; what the core sees is assigned without blocking.
  /* verilator lint_off BLKSEQ */
  always @(posedge clk) begin
    slot_valid <= 1'b0;
    if (!rst && !done) begin
      if (key_wait) begin
        if (key_done) begin
          key_valid <= 1'b0;
          key_wait = 1'b0;
          gap = 8'd2;
          loaded = 1'b0;
        end
      end else if (!loaded && gap == 8'd0) begin
        got = $fread(word, program_fd);
        if (got != WordBytes) $fatal(1, "%m: short word in gcm.program");
        {op, gap, operand} = word[8*WordBytes-1 -: 256];
        loaded = 1'b1;
      end
      if (gap != 8'd0) begin
        gap = gap - 8'd1;
      end else if (loaded) begin
        case (op)
          OpEnd: begin
            if (idle && !slot_valid) begin
              $fflush(keystream_fd);
              $fflush(verdicts_fd);
              done <= 1'b1;
            end
          end
          OpKey: begin
            if (idle && !slot_valid && !key_wait) begin
              key_valid <= 1'b1;
              key_idx   <= operand[FlowW-1:0];
              key_256   <= operand[FlowW];
              key       <= {word[DataW +: 128], word[127:0]};
              key_wait  = 1'b1;
            end
          end
          default: begin
            if (op != OpStart || ready) begin
              slot_valid <= 1'b1;
              slot       <= operand[SlotBits-1:0];
              slot_tag   <= word[DataW +: 128];
              slot_data  <= word[DataW-1:0];
              loaded     = 1'b0;
            end
          end
        endcase
      end
    end
  end
  /* verilator lint_on BLKSEQ */

  // ---- Results ----------------------------------------------------------------------------------

  always @(posedge clk) begin
    if (!rst && ks_valid) $fwrite(keystream_fd, "%u", ks);
    if (!rst && verdict_valid) $fwrite(verdicts_fd, "%0d", verdict_ok);
  end

  gcm_core #(.DataW(DataW), .NumFlows(NumRows), .NumKeys(NumRows)) u_core (
    .clk_i(clk), .rst_i(rst),
    .slot_valid_i(slot_valid), .slot_i(slot), .slot_data_i(slot_data), .slot_tag_i(slot_tag),
    .ks_valid_o(ks_valid), .ks_o(ks), .ks_slot_o(),
    .verdict_valid_o(verdict_valid), .verdict_ok_o(verdict_ok),
    .key_valid_i(key_valid), .key_op_i(KeyWrite), .key_idx_i(key_idx), .key_256_i(key_256), .key_i(key),
    .key_done_o(key_done), .ready_o(ready), .idle_o(idle)
  );

endmodule

`default_nettype wire
