// SPDX-License-Identifier: BSD-2-Clause
//
// Remainder of a 255-bit product modulo GCM's polynomial x^128 + x^7 + x^2 + x + 1.
//
// Contract: combinational and linear, so sums of products may be reduced once. Product bit 254 is the
// coefficient of x^0, product bit 0 of x^254; result bit 127 is x^0 (SP 800-38D section 6.3).

`default_nettype none

module gf128_reduce (
  input  wire logic [254:0] product_i,
  output      logic [127:0] result_o
);

  logic [127:0] low, high;   // product = low + x^128 * high, both with x^0 at bit 127
  logic [134:0] fold;        // high * (1 + x + x^2 + x^7), x^0 at bit 134
  logic [6:0]   over;        // what of it is x^128 and above, x^128 at bit 6
  logic [13:0]  over_fold;   // over * (1 + x + x^2 + x^7), x^0 at bit 13

  assign low  = product_i[254:127];
  assign high = {product_i[126:0], 1'b0};
  assign fold = {high, 7'd0} ^ {1'b0, high, 6'd0} ^ {2'd0, high, 5'd0} ^ {7'd0, high};

  assign over      = fold[6:0];
  assign over_fold = {over, 7'd0} ^ {1'b0, over, 6'd0} ^ {2'd0, over, 5'd0} ^ {7'd0, over};

  assign result_o = low ^ fold[134:7] ^ {over_fold, 114'd0};

endmodule

`default_nettype wire
