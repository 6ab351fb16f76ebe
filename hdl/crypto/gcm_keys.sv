// SPDX-License-Identifier: BSD-2-Clause
//
// Key store: the commands that fill and wipe the rows of gcm_key_rows, and the reads of them.
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
  input  wire logic [FlowW-1:0]     key_idx_i,
  input  wire logic                 key_256_i,
  input  wire logic [255:0]         key_i,
  output      logic                 key_done_o,
  // Read for a slot
  input  wire logic                 rd_valid_i,
  input  wire logic [FlowW-1:0]     rd_key_i,
  output      logic                 k256_o,
  output      logic [255:0]         key_o,
  output      logic [128*Lanes-1:0] power_o,
  // Read for the sum unit
  input  wire logic                 sum_re_i,
  input  wire logic [FlowW-1:0]     sum_key_i,
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

  logic                 is_write, start, read, store, h_valid, powers_done;
  logic [KeyW-1:0]      row;
  logic [127:0]         h_q;
  logic [128*Lanes-1:0] power;
  logic [1:0]           read_q;

  assign row      = key_idx_i[KeyW-1:0];
  assign is_write = (key_op_i == KeyWrite);
  assign start    = (state_q == StIdle) && key_valid_i && (key_op_i != SumWipe);
  assign read     = (state_q == StRead);
  assign store    = (state_q == StStore);
  assign h_valid  = (state_q == StAes) && aes_valid_i;

  assign zero_o     = read_q[0];
  assign flush_o    = read_q[1];
  assign sum_wipe_o = (state_q == StSum);
  assign key_done_o = store || sum_wipe_o;

  always_comb begin
    state_d = state_q;
    case (state_q)
      StIdle: begin
        if (start) state_d = StRead;
        else if (key_valid_i) state_d = StSum;
      end
      StRead:   state_d = StAes;                     // the key is there: read as for a slot
      StAes:    if (aes_valid_i) state_d = StPowers; // E(0) is on its way
      StPowers: if (powers_done) state_d = StStore;  // H is there; its powers are made
      StStore:  state_d = StIdle;                    // H and its powers are written
      StSum:    state_d = StIdle;                    // the sum unit overwrites a context's sum
      default:  state_d = StIdle;
    endcase
  end

  always_ff @(posedge clk_i) begin
    state_q <= state_d;
    read_q  <= {read_q[0], read};
    if (h_valid) h_q <= is_write ? aes_block_i : 128'd0;
    if (rst_i) begin
      state_q <= StIdle;
      read_q  <= '0;
    end
  end

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

  // A new key starts without powers, so a wipe leaves no gap in which the old ones could be read.
  gcm_key_rows #(
    .NumKeys (NumKeys),
    .Lanes   (Lanes)
  ) u_rows (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .row_i      (row),
    .key_we_i   (start),
    .k256_i     (is_write && key_256_i),
    .key_i      (is_write ? key_i : 256'd0),
    .power_we_i (start || store),
    .power_i    (store ? power : '0),
    .re_i       (rd_valid_i || read),
    .idx_i      (read ? row : rd_key_i[KeyW-1:0]),
    .k256_o     (k256_o),
    .key_o      (key_o),
    .power_o    (power_o),
    .sum_re_i   (sum_re_i || read),
    .sum_idx_i  (read ? row : sum_key_i[KeyW-1:0]),
    .sum_h_o    (sum_h_o)
  );

`ifndef SYNTHESIS
  initial if (NumKeys < 2 || NumKeys > (1 << FlowW)) $fatal(1, "%m: NumKeys %0d", NumKeys);

  always @(posedge clk_i) begin
    if (!rst_i && rd_valid_i && state_q != StIdle && state_q != StSum)
      $fatal(1, "%m: a slot during a key command would use a half-written key");
    if (!rst_i && ((start && (key_idx_i >> KeyW) != '0) || (rd_valid_i && (rd_key_i >> KeyW) != '0)
                   || (sum_re_i && (sum_key_i >> KeyW) != '0))) $fatal(1, "%m: no such key");
  end
`endif

endmodule

`default_nettype wire
