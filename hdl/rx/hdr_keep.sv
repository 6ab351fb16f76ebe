// SPDX-License-Identifier: BSD-2-Clause
//
// Scan of the byte positions that were kept: does a record header start at one of them?
//
// Contract: two cycles. bytes_i are the kept bytes (cnt_i of them, at most four) and the payload's bytes
// behind them, remain_i in all. hit_o: a header starts at a kept position and is complete. Then
// drop_o of the bytes are before it, and cnt_o kept ones from there on. Without a hit cnt_o is what
// the scan carries on: nothing if the payload goes on behind (its own positions are next), else the
// last up to four bytes, behind drop_o others; all_o says that the payload's bytes are among them.

`default_nettype none

module hdr_keep
  import track_pkg::*;
(
  input  wire logic        clk_i,
  input  wire logic        tls13_i,
  input  wire logic [63:0] bytes_i,
  input  wire logic [3:0]  cnt_i,
  input  wire logic [15:0] remain_i,
  output      logic        hit_o,
  output      logic        all_o,
  output      logic [1:0]  drop_o,
  output      logic [3:0]  cnt_o
);

  localparam logic [3:0] Carry = 4'(CarryBytes);

  logic [CarryBytes-1:0] match, match_q, hits;
  logic [3:0]            total, total_q;  // bytes that can be looked at: kept and at most four more
  logic [1:0]            first;
  logic                  few, few_q;

  hdr_search #(
    .Positions (CarryBytes)
  ) u_carry (
    .tls13_i (tls13_i),
    .bytes_i (bytes_i),
    .match_o (match)
  );

  assign few   = (remain_i[15:2] == '0);
  assign total = cnt_i + (few ? {2'b00, remain_i[1:0]} : Carry);

  always_ff @(posedge clk_i) begin
    match_q <= match;
    few_q   <= few;
    total_q <= total;
  end

  // A position of the payload itself never fits: of it only four bytes count.
  for (genvar i = 0; i < CarryBytes; i++) begin : g_hit
    assign hits[i] = match_q[i] && (4'(i) + HdrBytes <= total_q);
  end

  function automatic logic [1:0] lowest(input logic [CarryBytes-1:0] x);
    lowest = '0;
    for (int i = CarryBytes - 1; i >= 0; i--) begin
      if (x[i]) lowest = 2'(i);
    end
  endfunction

  assign first = lowest(hits);

  always_ff @(posedge clk_i) begin
    hit_o <= (hits != '0);
    all_o <= few_q && (hits == '0);

    if (hits != '0) begin
      drop_o <= first;
      cnt_o  <= cnt_i - {2'b00, first};
    end else if (!few_q) begin
      drop_o <= 2'd0;
      cnt_o  <= 4'd0;
    end else if (total_q > Carry) begin
      drop_o <= 2'(total_q - Carry);
      cnt_o  <= Carry;
    end else begin
      drop_o <= 2'd0;
      cnt_o  <= total_q;
    end
  end

endmodule

`default_nettype wire
