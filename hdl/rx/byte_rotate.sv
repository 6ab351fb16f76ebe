// SPDX-License-Identifier: BSD-2-Clause
//
// Rotates bytes down: byte k of the result is byte k + amount, modulo their number.
//
// Contract: combinational, three levels of four-to-one multiplexers for up to 64 bytes.

`default_nettype none

module byte_rotate #(
  parameter int Bytes = 16,  // a power of two, up to 64
  localparam int AmountW = $clog2(Bytes)
) (
  input  wire logic [8*Bytes-1:0] data_i,
  input  wire logic [AmountW-1:0] amount_i,
  output      logic [8*Bytes-1:0] data_o
);

  localparam int W = 8 * Bytes;

  logic [5:0]   amount;
  logic [W-1:0] by_1, by_4, by_16;

  assign amount = 6'(amount_i);

  // Rotation by a constant number of bytes is wiring.
  function automatic logic [W-1:0] turn(input logic [W-1:0] x, input int n);
    for (int k = 0; k < Bytes; k++) turn[8*k +: 8] = x[8*((k + n) % Bytes) +: 8];
  endfunction

  function automatic logic [W-1:0] pick(input logic [W-1:0] x, input logic [1:0] sel, input int n);
    case (sel)
      2'd0:    pick = x;
      2'd1:    pick = turn(x, n);
      2'd2:    pick = turn(x, 2 * n);
      default: pick = turn(x, 3 * n);
    endcase
  endfunction

  assign by_1   = pick(data_i, amount[1:0], 1);
  assign by_4   = pick(by_1, amount[3:2], 4);
  assign by_16  = pick(by_4, amount[5:4], 16);
  assign data_o = by_16;

`ifndef SYNTHESIS
  initial if (Bytes < 2 || Bytes > 64 || Bytes != (1 << AmountW)) $fatal(1, "%m: Bytes %0d", Bytes);
`endif

endmodule

`default_nettype wire
