// SPDX-License-Identifier: BSD-2-Clause
//
// Product of two elements of GCM's field, Digit bits a cycle: for work that is done once per key.
//
// Contract: start_i loads both operands; done_o pulses 128 / Digit cycles later with result_o, which holds.
// A start while one is running begins anew. Digit is a power of two. Bit order as in gf128_mul. A product
// of zeros overwrites every register.

`default_nettype none

module gf128_serial #(
  parameter int Digit = 1
) (
  // Clock, reset
  input  wire logic         clk_i,
  input  wire logic         rst_i,
  // Operands
  input  wire logic         start_i,
  input  wire logic [127:0] a_i,
  input  wire logic [127:0] b_i,
  // Result
  output      logic         done_o,
  output      logic [127:0] result_o
);

  localparam int Steps = 128 / Digit;
  localparam int StepW = $clog2(Steps + 1);

  logic [127:0]     a_q, b_q, sum_q, sum_d;  // digits of a still to come, b, sum so far
  logic [StepW-1:0] left_q;

  assign result_o = sum_q;

  gf128_digit #(
    .Digit (Digit)
  ) u_digit (
    .acc_i   (sum_q),
    .digit_i (a_q[Digit-1:0]),
    .b_i     (b_q),
    .acc_o   (sum_d)
  );

  always_ff @(posedge clk_i) begin
    done_o <= (left_q == StepW'(1)) && !start_i;
    if (start_i) begin
      a_q    <= a_i;
      b_q    <= b_i;
      sum_q  <= '0;
      left_q <= StepW'(Steps);
    end else if (left_q != '0) begin
      a_q    <= a_q >> Digit;
      sum_q  <= sum_d;
      left_q <= left_q - 1'b1;
    end
    if (rst_i) begin
      done_o <= 1'b0;
      left_q <= '0;
    end
  end

endmodule

`default_nettype wire
