// SPDX-License-Identifier: BSD-2-Clause
//
// Stage Stage of aes_pipe: one round on all lanes, and beside it the round key of the next stage.
//
// Contract: outputs belong to the inputs of the cycle before in which en_i was set, and hold. cur_i is
// the key of this round, prev_i the one before; both move on with the data, so neighbouring stages
// may work under different keys. The last stage is 14. Stage 4 takes the blocks of 128-bit keys from
// start_i instead of making round 4; no other stage looks at start_i.

`default_nettype none

module aes_stage #(
  parameter int Lanes = 1,
  parameter int Stage = 1
) (
  // Clock
  input  wire logic                 clk_i,
  // Data and round keys in
  input  wire logic                 en_i,
  input  wire logic                 k256_i,
  input  wire logic [127:0]         prev_i,
  input  wire logic [127:0]         cur_i,
  input  wire logic [128*Lanes-1:0] state_i,
  input  wire logic [128*Lanes-1:0] start_i,
  // Data and round keys out
  output      logic                 k256_o,
  output      logic [127:0]         prev_o,
  output      logic [127:0]         cur_o,
  output      logic [128*Lanes-1:0] state_o
);

  logic [128*Lanes-1:0] round, state;

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    aes_round #(
      .Last (Stage == 14)
    ) u_round (
      .state_i     (state_i[128*l +: 128]),
      .round_key_i (cur_i),
      .state_o     (round[128*l +: 128])
    );
  end

  if (Stage == 4) begin : gen_start
    assign state = k256_i ? round : start_i;
  end else begin : gen_round
    logic unused_start;
    assign unused_start = ^start_i;
    assign state = round;
  end

  always_ff @(posedge clk_i) begin
    if (en_i) state_o <= state;
  end

  if (Stage < 14) begin : gen_key
    logic [127:0] next_key;

    aes_key_step #(
      .Stage (Stage)
    ) u_key_step (
      .k256_i (k256_i),
      .prev_i (prev_i),
      .cur_i  (cur_i),
      .next_o (next_key)
    );

    always_ff @(posedge clk_i) begin
      if (en_i) begin
        k256_o <= k256_i;
        prev_o <= cur_i;
        cur_o  <= next_key;
      end
    end
  end else begin : gen_last
    logic unused_key;
    assign unused_key = k256_i ^ (^prev_i);
    assign k256_o = 1'b0;
    assign prev_o = '0;
    assign cur_o  = '0;
  end

endmodule

`default_nettype wire
