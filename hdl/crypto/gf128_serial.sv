// SPDX-License-Identifier: BSD-2-Clause
//
// Product of two elements of GCM's field, one bit a cycle: for work that is done once per key.
//
// Contract: start_i loads both operands; done_o pulses 128 cycles later with result_o, which holds.
// A start while one is running begins anew. Use gf128_mul where a result is due in one cycle. Bit order
// as there. A product of zeros overwrites every register.

`default_nettype none

module gf128_serial (
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

  localparam logic [127:0] R = {8'he1, 120'd0};  // x^128 = 1 + x + x^2 + x^7

  logic [127:0] a_q, b_q, sum_q;  // bits of a still to come, b * x^step, sum so far
  logic [7:0]   left_q;

  assign result_o = sum_q;

  always_ff @(posedge clk_i) begin
    done_o <= (left_q == 8'd1) && !start_i;
    if (start_i) begin
      a_q    <= a_i;
      b_q    <= b_i;
      sum_q  <= '0;
      left_q <= 8'd128;
    end else if (left_q != 8'd0) begin
      a_q    <= a_q << 1;
      b_q    <= (b_q >> 1) ^ (b_q[0] ? R : 128'd0);
      sum_q  <= sum_q ^ (a_q[127] ? b_q : 128'd0);
      left_q <= left_q - 8'd1;
    end
    if (rst_i) begin
      done_o <= 1'b0;
      left_q <= '0;
    end
  end

endmodule

`default_nettype wire
