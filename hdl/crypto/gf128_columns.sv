// SPDX-License-Identifier: BSD-2-Clause
//
// Sum of the partial products of gf128_rows: 27 carry-less products of 16-bit words, 31 bits each.
//
// Contract: combinational. rows_i belongs to a_i and b_i as gf128_rows says; product p is
// products_o[31*p +: 31]. At most six inputs a bit, one LUT, to which keep_hierarchy holds it.

`default_nettype none

(* keep_hierarchy *)
module gf128_columns (
  input  wire logic [431:0]  a_i,
  input  wire logic [431:0]  b_i,
  input  wire logic [2456:0] rows_i,
  output      logic [836:0]  products_o
);

  function automatic logic [30:0] column_sums(input logic [90:0] rows, input logic [12:0] sixth);
    return {sixth, rows[17:0]} ^ {10'd0, rows[35:18], 3'd0} ^ {7'd0, rows[53:36], 6'd0}
         ^ {4'd0, rows[71:54], 9'd0} ^ {1'b0, rows[89:72], 12'd0} ^ {15'd0, rows[90], 15'd0};
  endfunction

  function automatic logic [836:0] products(input logic [431:0] a, input logic [431:0] b,
                                            input logic [2456:0] rows);
    for (int p = 0; p < 27; p++) begin
      products[31*p +: 31] = column_sums(rows[91*p +: 91],
                                         b[16*p + 15] ? a[16*p + 3 +: 13] : 13'd0);
    end
  endfunction

  assign products_o = products(a_i, b_i, rows_i);

endmodule

`default_nettype wire
