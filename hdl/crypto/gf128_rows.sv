// SPDX-License-Identifier: BSD-2-Clause
//
// Partial products of 27 carry-less 16-bit products: a times three bits of b each, one LUT an output bit.
//
// Contract: combinational. Word p of a_i and b_i is bits [16*p +: 16], its rows are rows_o[91*p +: 91]:
// row r, bits [18*r +: 18], is a * b[3*r +: 3] and stands for its product with x^(3*r). Of the sixth row,
// a * b[15], bits 1 and 2 are in row 0, where they have room, and bit 0 is bit 90: no column of the
// sum in gf128_columns then has more than six inputs. The rest of it, a[15:3] and b[15], is added there.
//
// keep_hierarchy holds each output bit to one LUT: three ANDs and their XOR have six inputs.

`default_nettype none

(* keep_hierarchy *)
module gf128_rows (
  input  wire logic [431:0]  a_i,
  input  wire logic [431:0]  b_i,
  output      logic [2456:0] rows_o
);

  function automatic logic [17:0] times3(input logic [15:0] a, input logic [2:0] b);
    return (b[0] ? {2'b00, a} : 18'd0) ^ (b[1] ? {1'b0, a, 1'b0} : 18'd0)
         ^ (b[2] ? {a, 2'b00} : 18'd0);
  endfunction

  function automatic logic [90:0] word_rows(input logic [15:0] a, input logic [15:0] b);
    logic [2:0] sixth;
    sixth = b[15] ? a[2:0] : 3'd0;
    return {sixth[0], times3(a, b[14:12]), times3(a, b[11:9]), times3(a, b[8:6]),
            times3(a, b[5:3]), times3(a, b[2:0]) ^ {sixth[2:1], 16'd0}};
  endfunction

  function automatic logic [2456:0] rows(input logic [431:0] a, input logic [431:0] b);
    for (int p = 0; p < 27; p++) rows[91*p +: 91] = word_rows(a[16*p +: 16], b[16*p +: 16]);
  endfunction

  assign rows_o = rows(a_i, b_i);

endmodule

`default_nettype wire
