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

  localparam int W      = 8 * Bytes;
  localparam int Stages = 3;

  logic [2*Stages-1:0] amount;

  assign amount = 6'(amount_i);

  // Stages by 1, 4, 16 bytes: none, one, two or three times that. Rotation by a constant is wiring.
  for (genvar s = 0; s < Stages; s++) begin : g_stage
    logic [1:0]        times;
    logic [W-1:0]      x, y;
    logic [3:0][W-1:0] turned;

    assign times = amount[2*s +: 2];
    if (s == 0) begin : g_first
      assign x = data_i;
    end else begin : g_next
      assign x = g_stage[s-1].y;
    end

    for (genvar n = 0; n < 4; n++) begin : g_turn
      localparam int By = 8 * ((n << 2 * s) % Bytes);
      if (By == 0) begin : g_none
        assign turned[n] = x;
      end else begin : g_some
        assign turned[n] = {x[By-1:0], x[W-1:By]};
      end
    end

    assign y = times[1] ? (times[0] ? turned[3] : turned[2]) : (times[0] ? turned[1] : turned[0]);
  end

  assign data_o = g_stage[Stages-1].y;

`ifndef SYNTHESIS
  initial if (Bytes < 2 || Bytes > 64 || Bytes != (1 << AmountW)) $fatal(1, "%m: Bytes %0d", Bytes);
`endif

endmodule

`default_nettype wire
