// SPDX-License-Identifier: BSD-2-Clause
//
// AES encryption, Lanes blocks a cycle under one key, a new key of either size every cycle.
//
// Contract: block_o belongs to the inputs of Latency = 15 cycles before, in order; there is no stall.
// The round keys are made beside the data, one a stage, so no key is set up and none is kept: each
// stage holds key and data of its last block until the next one overwrites them. Both key sizes end
// in stage 14; a block under a 128-bit key waits while the stages 1 to 4 would make four rounds more.
// A stage without a block does not toggle.
//
// Byte order: byte 0 of a block or key is its most significant byte. A 256-bit key fills key_i, a
// 128-bit key is key_i[127:0]. Lane l is bits [128*l +: 128].
// FIPS 197 appendix C.1: key 000102..0f, block 00112233..ff gives 69c4e0d86a7b0430d8cdb78070b4c55a.

`default_nettype none

module aes_pipe #(
  parameter int Lanes = 1
) (
  // Clock, reset
  input  wire logic                 clk_i,
  input  wire logic                 rst_i,
  // Blocks in
  input  wire logic                 valid_i,
  input  wire logic                 k256_i,
  input  wire logic [255:0]         key_i,
  input  wire logic [128*Lanes-1:0] block_i,
  // Blocks out
  output      logic                 valid_o,
  output      logic [128*Lanes-1:0] block_o
);

  localparam int Rounds = 14;

  // Index r: what leaves stage r. cur is the key of stage r + 1, prev the one before it.
  logic [Rounds:0]      valid_q, en;
  logic                 k256  [0:Rounds];
  logic [128*Lanes-1:0] state [0:Rounds];
  logic [127:0]         prev  [0:Rounds];
  logic [127:0]         cur   [0:Rounds];

  assign en      = {valid_q[Rounds-1:0], valid_i};
  assign valid_o = valid_q[Rounds];
  assign block_o = state[Rounds];

  always_ff @(posedge clk_i) begin
    valid_q <= en;
    if (rst_i) valid_q <= '0;
  end

  // Stage 0 adds round key 0.
  logic                 k256_q;
  logic [128*Lanes-1:0] state_q;
  logic [127:0]         prev_q, cur_q;
  logic [127:0]         key_high, key_low;

  assign {key_high, key_low} = key_i;

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      k256_q  <= k256_i;
      state_q <= block_i ^ {Lanes{k256_i ? key_high : key_low}};
      prev_q  <= key_high;
      cur_q   <= key_low;
    end
  end

  assign k256[0]  = k256_q;
  assign state[0] = state_q;
  assign prev[0]  = prev_q;
  assign cur[0]   = cur_q;

  // The wait of a block under a 128-bit key: a shift register without enable fits in one LUT a bit.
  logic [128*Lanes-1:0] wait_q, wait_q2, start_q;

  always_ff @(posedge clk_i) begin
    wait_q  <= state_q;
    wait_q2 <= wait_q;
    start_q <= wait_q2;
  end

  for (genvar r = 1; r <= Rounds; r++) begin : gen_round
    aes_stage #(
      .Lanes (Lanes),
      .Stage (r)
    ) u_stage (
      .clk_i   (clk_i),
      .en_i    (en[r]),
      .k256_i  (k256[r-1]),
      .prev_i  (prev[r-1]),
      .cur_i   (cur[r-1]),
      .state_i (state[r-1]),
      .start_i (start_q),
      .k256_o  (k256[r]),
      .prev_o  (prev[r]),
      .cur_o   (cur[r]),
      .state_o (state[r])
    );
  end

endmodule

`default_nettype wire
