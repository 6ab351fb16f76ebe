// SPDX-License-Identifier: BSD-2-Clause
//
// One step of a product that takes its first factor Digit bits at a time (Horner): acc * x^Digit + digit * b
// in GCM's field GF(2^128).
//
// Contract: combinational, for Digit <= 121. Digits come highest degree first, so from the low end of a
// block; after 128 / Digit steps from acc = 0, acc is the product. Bit order as in gf128_mul.

`default_nettype none

module gf128_digit #(
  parameter int Digit = 16
) (
  input  wire logic [127:0]       acc_i,
  input  wire logic [Digit-1:0]   digit_i,
  input  wire logic [127:0]       b_i,
  output      logic [127:0]       acc_o
);

  localparam int Rows = Digit / 3;

  logic [130*Rows+129:0] rows;   // the highest one is the rest of Digit / 3
  logic [Digit+129:0]    wide;   // x^0 at bit Digit + 127
  logic [Digit-1:0]      over;   // x^128 and above
  logic [127:0]          fold;   // x^128 = 1 + x + x^2 + x^7

  for (genvar r = 0; r < Rows; r++) begin : gen_row
    gf128_times3 u_row (
      .a_i       (b_i),
      .b_i       (digit_i[3*r +: 3]),
      .product_o (rows[130*r +: 130])
    );
  end

  if (Digit % 3 == 0) begin : gen_no_rest
    assign rows[130*Rows +: 130] = '0;
  end else if (Digit % 3 == 1) begin : gen_rest1
    assign rows[130*Rows +: 130] = digit_i[Digit-1] ? {2'b00, b_i} : 130'd0;
  end else begin : gen_rest2
    assign rows[130*Rows +: 130] = (digit_i[Digit-2] ? {2'b00, b_i} : 130'd0)
                                 ^ (digit_i[Digit-1] ? {1'b0, b_i, 1'b0} : 130'd0);
  end

  // acc * x^Digit ends one degree above the product, so the product is moved up by one bit.
  always_comb begin
    wide = (Digit + 130)'(acc_i);
    for (int r = 0; r <= Rows; r++) begin
      wide = wide ^ ((Digit + 130)'(rows[130*r +: 130]) << (3 * r + 1));
    end
  end

  assign over  = wide[Digit-1:0];
  assign fold  = {over, {(128 - Digit){1'b0}}};
  assign acc_o = wide[Digit +: 128] ^ fold ^ (fold >> 1) ^ (fold >> 2) ^ (fold >> 7);

endmodule

`default_nettype wire
