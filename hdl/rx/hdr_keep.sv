// SPDX-License-Identifier: BSD-2-Clause
//
// The bytes kept of a header or by the scan: joined with the window's, and scanned.
//
// Contract: combinational. joined_o is the kept bytes (kept_cnt_i of them), then
// the window's. The scan looks at the kept positions
// only: carry_hit_o says that a header starts at one of them and is complete within remain_i more
// bytes. Then carry_o / carry_cnt_o are the kept bytes from that header on. Without a hit they are
// what the scan carries on: nothing if the packet goes on behind (the window's own positions are
// next), else the last up to four bytes; carry_all_o says that the window's bytes are among them.

`default_nettype none

module hdr_keep
  import track_pkg::*;
(
  input  wire logic         tls13_i,
  input  wire logic [103:0] kept_i,
  input  wire logic [3:0]   kept_cnt_i,
  input  wire logic [103:0] win_i,
  input  wire logic [15:0]  remain_i,
  output      logic [103:0] joined_o,
  output      logic         carry_hit_o,
  output      logic         carry_all_o,
  output      logic [39:0]  carry_o,
  output      logic [3:0]   carry_cnt_o
);

  localparam logic [15:0] Carry = 16'(CarryBytes);

  // ---- Join -------------------------------------------------------------------------------------

  logic [103:0] win_shifted, kept_mask;

  assign win_shifted = win_i << {kept_cnt_i, 3'b000};
  assign kept_mask   = ~({104{1'b1}} << {kept_cnt_i, 3'b000});
  assign joined_o    = (kept_i & kept_mask) | (win_shifted & ~kept_mask);

  // ---- Scan of the kept positions ---------------------------------------------------------------

  logic [CarryBytes-1:0] match, hits;
  logic [3:0]            total;  // bytes that can be looked at, saturated: kept and at most 4 more
  logic [1:0]            first, drop;

  hdr_search #(
    .Positions (CarryBytes)
  ) u_carry (
    .tls13_i (tls13_i),
    .bytes_i (joined_o[63:0]),
    .match_o (match)
  );

  assign carry_all_o = (remain_i < Carry) && !carry_hit_o;
  assign total       = kept_cnt_i + ((remain_i < Carry) ? remain_i[3:0] : 4'(CarryBytes));

  // A window position never fits: of the window only four bytes count.
  for (genvar i = 0; i < CarryBytes; i++) begin : g_hit
    assign hits[i] = match[i] && (4'(i) + HdrBytes <= total);
  end

  assign carry_hit_o = (hits != '0);

  function automatic logic [1:0] lowest(input logic [CarryBytes-1:0] x);
    lowest = '0;
    for (int i = CarryBytes - 1; i >= 0; i--) begin
      if (x[i]) lowest = 2'(i);
    end
  endfunction

  assign first = lowest(hits);

  always_comb begin
    if (carry_hit_o) begin
      drop        = first;
      carry_cnt_o = kept_cnt_i - {2'b00, first};
    end else if (!carry_all_o) begin
      drop        = 2'd0;
      carry_cnt_o = 4'd0;
    end else if (total > 4'(CarryBytes)) begin
      drop        = 2'(total - 4'(CarryBytes));
      carry_cnt_o = 4'(CarryBytes);
    end else begin
      drop        = 2'd0;
      carry_cnt_o = total;
    end
  end

  assign carry_o = 40'(joined_o >> {drop, 3'b000});

endmodule

`default_nettype wire
