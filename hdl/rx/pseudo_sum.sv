// SPDX-License-Identifier: BSD-2-Clause
//
// Sums the addresses and the protocol of the TCP pseudo-header (RFC 9293 section 3.1, RFC 8200
// section 8.1) in 16-bit words, beside parser stages 3 and 4. parse_tcp adds the length.
//
// Contract: one pair of addresses a cycle, latency two cycles. IPv4 addresses have 96 zero bits in
// front, which do not count; so both versions are summed alike.

`default_nettype none

module pseudo_sum import parse_pkg::*; (
  // Clock
  input  wire logic         clk_i,
  // Addresses
  input  wire logic [127:0] src_i,
  input  wire logic [127:0] dst_i,
  // Sum, not folded
  output      logic [19:0]  sum_o
);

  logic [18:0] src_d, dst_d, src_q, dst_q;

  always_comb begin
    src_d = '0;
    dst_d = '0;
    for (int i = 0; i < 8; i++) begin
      src_d = src_d + 19'(src_i[16*i +: 16]);
      dst_d = dst_d + 19'(dst_i[16*i +: 16]);
    end
  end

  always_ff @(posedge clk_i) begin
    src_q <= src_d;
    dst_q <= dst_d;
    sum_o <= 20'(src_q) + 20'(dst_q) + 20'(ProtoTcp);
  end

endmodule

`default_nettype wire
