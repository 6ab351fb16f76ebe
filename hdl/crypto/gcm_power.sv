// SPDX-License-Identifier: BSD-2-Clause
//
// Power unit: worth * H^exponent, by squaring H and multiplying where the exponent has a bit.
//
// Contract: start_i takes worth_i and exponent_i (not 0); h_i is needed one cycle later. A bit of the
// exponent takes one cycle if it is 0, 128 / Digit if it is 1; done_o rises two cycles after as many, and
// stays with result_o until take_i. The longest exponent, 11 bits, so takes 90 cycles with Digit = 16, 24
// with Digit = 64. One at a time: busy_o from start to take. flush_i overwrites H, when not busy.
//
// Digit is a power of two, 1 to 64. A packet needs one power at most, so 16 bits a lane keep pace.

`default_nettype none

module gcm_power #(
  parameter int Digit = 16
) (
  // Clock, reset
  input  wire logic         clk_i,
  input  wire logic         rst_i,
  // Request
  input  wire logic         start_i,
  input  wire logic [10:0]  exponent_i,
  input  wire logic [127:0] worth_i,
  input  wire logic [127:0] h_i,
  input  wire logic         flush_i,
  // Result
  output      logic         busy_o,
  output      logic         done_o,
  input  wire logic         take_i,
  output      logic [127:0] result_o
);

  localparam int Steps = 128 / Digit;
  localparam int StepW = $clog2(Steps);

  logic             load_q;     // first cycle: H comes from the key store
  logic             run_q, done_q;
  logic [10:0]      left_q;     // bits of the exponent still to be used, lowest first
  logic [StepW-1:0] step_q;     // digits of the running product that are used
  logic [127:0]     result_q;   // the worth so far; during a product, its digits still to come
  logic [127:0]     acc_q;      // the running product
  logic [127:0]     square_q;   // H^(2^bit)
  logic [127:0]     product, square;
  logic             multiply, last_step, next_bit, last_bit;

  assign multiply  = run_q && !load_q && left_q[0];
  assign last_step = (step_q == '1);
  assign next_bit  = run_q && !load_q && (!left_q[0] || last_step);
  assign last_bit  = (left_q[10:1] == 10'd0);
  assign busy_o    = run_q || done_q;
  assign done_o    = done_q;
  assign result_o  = result_q;

  gf128_digit #(
    .Digit (Digit)
  ) u_digit (
    .acc_i   (acc_q),
    .digit_i (result_q[Digit-1:0]),
    .b_i     (square_q),
    .acc_o   (product)
  );

  gf128_square u_square (
    .a_i      (square_q),
    .result_o (square)
  );

  always_ff @(posedge clk_i) begin
    if (start_i) result_q <= worth_i;
    else if (multiply) result_q <= last_step ? product : result_q >> Digit;

    if (multiply) begin
      acc_q  <= last_step ? 128'd0 : product;
      step_q <= step_q + 1'b1;
    end

    if (load_q) square_q <= h_i;
    else if (next_bit) square_q <= square;

    load_q <= start_i;
    if (start_i) begin
      left_q <= exponent_i;
      run_q  <= 1'b1;
    end else if (next_bit) begin
      left_q <= left_q >> 1;
      run_q  <= !last_bit;
      done_q <= last_bit;
    end
    if (take_i) done_q <= 1'b0;

    if (flush_i) begin
      result_q <= '0;
      square_q <= '0;
    end
    if (rst_i) begin
      load_q <= 1'b0;
      run_q  <= 1'b0;
      done_q <= 1'b0;
      step_q <= '0;
      acc_q  <= '0;
    end
  end

endmodule

`default_nettype wire
