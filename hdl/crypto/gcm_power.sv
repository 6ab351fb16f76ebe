// SPDX-License-Identifier: BSD-2-Clause
//
// Power unit: worth * H^exponent, by squaring H and multiplying where the exponent has a bit.
//
// Contract: start_i takes worth_i and exponent_i (not 0); h_i is needed one cycle later. done_o rises one
// cycle after as many as the exponent has bits (11 at most, for the longest record) and stays with
// result_o until take_i. One at a time: busy_o from start to take. flush_i overwrites H, when not busy.

`default_nettype none

module gcm_power (
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

  logic         load_q;     // first step: H comes from the key store
  logic         run_q, done_q;
  logic [10:0]  left_q;     // bits of the exponent still to be used, lowest first
  logic [127:0] result_q;
  logic [127:0] square_q;   // H^(2^step)
  logic [127:0] base, product, square;
  logic         last;

  assign base     = load_q ? h_i : square_q;
  assign last     = (left_q[10:1] == 10'd0);
  assign busy_o   = run_q || done_q;
  assign done_o   = done_q;
  assign result_o = result_q;

  gf128_mul u_mul (
    .a_i      (result_q),
    .b_i      (base),
    .result_o (product)
  );

  gf128_square u_square (
    .a_i      (base),
    .result_o (square)
  );

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      result_q <= worth_i;
      left_q   <= exponent_i;
      load_q   <= 1'b1;
      run_q    <= 1'b1;
    end else if (run_q) begin
      if (left_q[0]) result_q <= product;
      square_q <= square;
      left_q   <= left_q >> 1;
      load_q   <= 1'b0;
      if (last) begin
        run_q  <= 1'b0;
        done_q <= 1'b1;
      end
    end
    if (take_i) done_q <= 1'b0;
    if (flush_i) begin
      square_q <= '0;
      result_q <= '0;
    end
    if (rst_i) begin
      load_q <= 1'b0;
      run_q  <= 1'b0;
      done_q <= 1'b0;
    end
  end

endmodule

`default_nettype wire
