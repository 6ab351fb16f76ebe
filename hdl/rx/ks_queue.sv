// SPDX-License-Identifier: BSD-2-Clause
//
// Lets the keystream words of ks_align leave, one a cycle.
//
// Contract: made_i words come in a cycle (word_0_i, word_1_i, word_2_i in order) and leave behind those that wait,
// the first of all one cycle later. Those that wait and those that come are three at most, and
// three come only if none waits.

`default_nettype none

module ks_queue #(
  parameter int DataW = 128
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Words in
  input  wire logic [1:0]       made_i,
  input  wire logic [DataW-1:0] word_0_i,
  input  wire logic [DataW-1:0] word_1_i,
  input  wire logic [DataW-1:0] word_2_i,
  // Words out
  output      logic             beat_valid_o,
  output      logic [DataW-1:0] beat_o
);

  logic [1:0]       due, wait_q;       // with those that come; those that wait
  logic [DataW-1:0] first_q, second_q;

  assign due = wait_q + made_i;

  always_ff @(posedge clk_i) begin
    beat_valid_o <= (due != 2'd0);
    wait_q       <= (due == 2'd0) ? 2'd0 : due - 2'd1;
    beat_o       <= (wait_q == 2'd0) ? word_0_i : first_q;

    case (wait_q)
      2'd0: begin
        first_q  <= word_1_i;
        second_q <= word_2_i;
      end
      2'd1: begin
        first_q  <= word_0_i;
        second_q <= word_1_i;
      end
      default: begin
        first_q  <= second_q;
        second_q <= word_0_i;
      end
    endcase

    if (rst_i) begin
      beat_valid_o <= 1'b0;
      wait_q       <= '0;
    end
  end

`ifndef SYNTHESIS
  logic [2:0] checked;
  assign checked = {1'b0, made_i} + {1'b0, wait_q};

  always @(posedge clk_i) begin
    if (!rst_i && made_i != '0 && checked > 3'd3) begin
      $fatal(1, "%m: %0d words at once, some are lost", checked);
    end
  end
`endif

endmodule

`default_nettype wire
