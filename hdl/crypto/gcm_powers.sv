// SPDX-License-Identifier: BSD-2-Clause
//
// The powers H^1 .. H^Lanes of a key, once for each key: squares at once, H^3 one bit a cycle.
//
// Contract: start_i with h_i, which must hold until done_o; done_o is one cycle long: in the cycle after
// start_i, with four lanes 129 cycles after it. From then on power_o is good as long as h_i holds.
// Power k + 1 is lane k. Powers of zero overwrite every register.

`default_nettype none

module gcm_powers #(
  parameter int Lanes = 1
) (
  // Clock, reset
  input  wire logic                 clk_i,
  input  wire logic                 rst_i,
  // H
  input  wire logic                 start_i,
  input  wire logic [127:0]         h_i,
  // Powers
  output      logic                 done_o,
  output      logic [128*Lanes-1:0] power_o
);

  logic start_q;   // h_i holds from now on

  always_ff @(posedge clk_i) begin
    start_q <= start_i;
    if (rst_i) start_q <= 1'b0;
  end

  if (Lanes == 1) begin : gen_one
    assign power_o = h_i;
    assign done_o  = start_q;
  end else begin : gen_more
    logic [127:0] h2;

    gf128_square u_square (
      .a_i      (h_i),
      .result_o (h2)
    );

    if (Lanes == 2) begin : gen_two
      assign power_o = {h2, h_i};
      assign done_o  = start_q;
    end else begin : gen_four
      logic [127:0] h3, h4;

      gf128_serial u_cube (
        .clk_i    (clk_i),
        .rst_i    (rst_i),
        .start_i  (start_q),
        .a_i      (h_i),
        .b_i      (h2),
        .done_o   (done_o),
        .result_o (h3)
      );

      gf128_square u_fourth (
        .a_i      (h2),
        .result_o (h4)
      );

      assign power_o = {h4, h3, h2, h_i};
    end
  end

`ifndef SYNTHESIS
  initial if (Lanes != 1 && Lanes != 2 && Lanes != 4) $fatal(1, "%m: Lanes %0d", Lanes);
`endif

endmodule

`default_nettype wire
