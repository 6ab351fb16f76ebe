// SPDX-License-Identifier: BSD-2-Clause
//
// Key store: key, key size and the powers H^1 .. H^Lanes of each key, and the commands that fill it.
//
// Contract: rd_valid_i reads a key every cycle; key_o, k256_o and power_o show it two cycles later and
// hold until the next read. sum_re_i reads H alone for the sum unit, one cycle later.
// A command runs only while no slot is inside (key_valid_i held until key_done_o, one cycle). It
// takes 21 cycles, with four lanes 150 (H^3 is made one bit a cycle), a SumWipe one.
//
// KeyWrite stores the key, sends a zero block through the AES pipeline (zero_o, with the key on key_o one
// cycle later) and stores H = E(0) and its powers. KeyWipe goes the same way with a key of zeros: so
// rows, read registers, the pipeline's round keys and flush_o's receivers are all overwritten.
//
// Byte order: first byte most significant; a 128-bit key is key_i[127:0]. Power k + 1 is lane k.

`default_nettype none

module gcm_keys
  import tls_rx_pkg::*;
#(
  parameter int NumKeys = 64,
  parameter int Lanes   = 1,
  localparam int KeyW   = $clog2(NumKeys)
) (
  // Clock, reset
  input  wire logic                 clk_i,
  input  wire logic                 rst_i,
  // Commands
  input  wire logic                 key_valid_i,
  input  wire key_op_e              key_op_i,
  input  wire logic [KeyW-1:0]      key_idx_i,
  input  wire logic                 key_256_i,
  input  wire logic [255:0]         key_i,
  output      logic                 key_done_o,
  // Read for a slot
  input  wire logic                 rd_valid_i,
  input  wire logic [KeyW-1:0]      rd_key_i,
  output      logic                 k256_o,
  output      logic [255:0]         key_o,
  output      logic [128*Lanes-1:0] power_o,
  // Read for the sum unit
  input  wire logic                 sum_re_i,
  input  wire logic [KeyW-1:0]      sum_key_i,
  output      logic [127:0]         sum_h_o,
  // Zero block through the AES pipeline, lane 0 of the result
  output      logic                 zero_o,
  input  wire logic                 aes_valid_i,
  input  wire logic [127:0]         aes_block_i,
  // Wiping of what others hold
  output      logic                 flush_o,
  output      logic                 sum_wipe_o
);

  typedef enum logic [2:0] {StIdle, StRead, StAes, StPowers, StStore, StSum} state_e;

  state_e state_q, state_d;

  logic             is_write, start, read, store, h_valid, powers_done;
  logic [KeyW-1:0]  rd_key, sum_key;
  logic [127:0]     h_q;
  logic             read_q, read_q2;

  assign is_write = (key_op_i == KeyWrite);
  assign start    = (state_q == StIdle) && key_valid_i && (key_op_i != SumWipe);
  assign read     = (state_q == StRead);
  assign store    = (state_q == StStore);
  assign h_valid  = (state_q == StAes) && aes_valid_i;

  assign zero_o     = read_q;
  assign flush_o    = read_q2;
  assign sum_wipe_o = (state_q == StSum);
  assign key_done_o = store || sum_wipe_o;

  always_comb begin
    state_d = state_q;
    case (state_q)
      StIdle: begin
        if (start) state_d = StRead;
        else if (key_valid_i) state_d = StSum;
      end
      // The key was written: read it back, as a slot would.
      StRead: state_d = StAes;
      // E(0) is on its way.
      StAes: if (aes_valid_i) state_d = StPowers;
      // H is there; its powers are made.
      StPowers: if (powers_done) state_d = StStore;
      // H and its powers are written.
      StStore: state_d = StIdle;
      // The sum unit overwrites the sum of a context.
      StSum: state_d = StIdle;
      default: state_d = StIdle;
    endcase
  end

  always_ff @(posedge clk_i) begin
    state_q <= state_d;
    read_q  <= read;
    read_q2 <= read_q;
    if (h_valid) h_q <= is_write ? aes_block_i : 128'd0;
    if (rst_i) begin
      state_q <= StIdle;
      read_q  <= 1'b0;
      read_q2 <= 1'b0;
    end
  end

  // ---- Powers of H --------------------------------------------------------------------------------

  logic [128*Lanes-1:0] power;

  gcm_powers #(
    .Lanes (Lanes)
  ) u_powers (
    .clk_i   (clk_i),
    .rst_i   (rst_i),
    .start_i (h_valid),
    .h_i     (h_q),
    .done_o  (powers_done),
    .power_o (power)
  );

  // ---- Store --------------------------------------------------------------------------------------

  logic                 row_we, key_re, sum_re, row_re_q;
  logic [256:0]         key_row;
  logic [128*Lanes-1:0] power_wdata, power_row;

  // A new key starts without powers, so a wipe leaves no gap in which the old ones could be read.
  assign row_we      = start || store;
  assign power_wdata = store ? power : '0;
  assign rd_key      = read ? key_idx_i : rd_key_i;
  assign sum_key     = read ? key_idx_i : sum_key_i;
  assign key_re      = rd_valid_i || read;
  assign sum_re      = sum_re_i || read;

  ram_block #(
    .W     (257),
    .Depth (NumKeys)
  ) u_key_ram (
    .clk_i   (clk_i),
    .we_i    (start),
    .waddr_i (key_idx_i),
    .wdata_i (is_write ? {key_256_i, key_i} : 257'd0),
    .re_i    (key_re),
    .raddr_i (rd_key),
    .rdata_o (key_row)
  );

  ram_block #(
    .W     (128 * Lanes),
    .Depth (NumKeys)
  ) u_power_ram (
    .clk_i   (clk_i),
    .we_i    (row_we),
    .waddr_i (key_idx_i),
    .wdata_i (power_wdata),
    .re_i    (key_re),
    .raddr_i (rd_key),
    .rdata_o (power_row)
  );

  ram_block #(
    .W     (128),
    .Depth (NumKeys)
  ) u_sum_ram (
    .clk_i   (clk_i),
    .we_i    (row_we),
    .waddr_i (key_idx_i),
    .wdata_i (power_wdata[127:0]),
    .re_i    (sum_re),
    .raddr_i (sum_key),
    .rdata_o (sum_h_o)
  );

  // A second register, so that the S-boxes of the first key step do not sit behind a block RAM.
  always_ff @(posedge clk_i) begin
    row_re_q <= key_re;
    if (row_re_q) begin
      {k256_o, key_o} <= key_row;
      power_o         <= power_row;
    end
    if (rst_i) row_re_q <= 1'b0;
  end

`ifndef SYNTHESIS
  initial if (NumKeys < 2 || NumKeys > (1 << FlowW)) $fatal(1, "%m: NumKeys %0d", NumKeys);

  always @(posedge clk_i) begin
    if (!rst_i && rd_valid_i && state_q != StIdle && state_q != StSum)
      $fatal(1, "%m: a slot during a key command would use a half-written key");
  end
`endif

endmodule

`default_nettype wire
