// SPDX-License-Identifier: BSD-2-Clause
//
// Carry-less product of two 128-bit polynomials over GF(2), not reduced: 255 bits.
//
// Contract: combinational. Bit k of product_o is the XOR of all a[i] & b[j] with i + j = k. For GCM,
// where bit 127 is the coefficient of x^0, product bit 254 is x^0 and bit 0 is x^254.
//
// Three bits of b select one of the eight multiples of a, so an output bit of a window depends on three
// bits of each operand: one 6-input LUT. Six windows make a group, eight groups the product. The flat
// XOR tree is 5 LUT levels deep (Yosys, xcup, 8767 LUTs), because this product is the loop of GHASH.
// One Karatsuba step saves a quarter of the LUTs and costs two levels.

`default_nettype none

module gf128_product (
  input  wire logic [127:0] a_i,
  input  wire logic [127:0] b_i,
  output      logic [254:0] product_o
);

  localparam int Groups = 8;
  localparam int GroupW = 18;  // bits of b in a group: six windows of three

  logic [129:0]               multiple [0:7];
  logic [Groups*GroupW-1:0]   b;
  logic [144:0]               group;
  logic [Groups*GroupW+126:0] sum;

  always_comb begin
    b = {16'd0, b_i};
    multiple[0] = '0;
    multiple[1] = {2'b00, a_i};
    multiple[2] = {1'b0, a_i, 1'b0};
    multiple[3] = multiple[1] ^ multiple[2];
    multiple[4] = {a_i, 2'b00};
    multiple[5] = multiple[4] ^ multiple[1];
    multiple[6] = multiple[4] ^ multiple[2];
    multiple[7] = multiple[4] ^ multiple[3];
    sum = '0;
    for (int g = 0; g < Groups; g++) begin
      group = {15'd0, multiple[b[GroupW*g +: 3]]}
            ^ {12'd0, multiple[b[GroupW*g + 3 +: 3]], 3'd0}
            ^ {9'd0, multiple[b[GroupW*g + 6 +: 3]], 6'd0}
            ^ {6'd0, multiple[b[GroupW*g + 9 +: 3]], 9'd0}
            ^ {3'd0, multiple[b[GroupW*g + 12 +: 3]], 12'd0}
            ^ {multiple[b[GroupW*g + 15 +: 3]], 15'd0};
      sum = sum ^ ({126'd0, group} << (GroupW * g));
    end
  end

  assign product_o = sum[254:0];

endmodule

`default_nettype wire
