// SPDX-License-Identifier: BSD-2-Clause
//
// Parser stages 3 and 4: skips one IPv6 extension header, if the window starts with one.
//
// Contract: one window a cycle, latency one cycle, no back-pressure. An extension header may lead
// out of the window: then nothing behind it can be used, and `off` says so.
//
//  RFC 8200 sections 4.3, 4.4, 4.6
//   0        1         2               3
//  +--------+---------+---------------+-------------+
//  |  Next  | Length  |  (type)       | Routing:    |   Length in units of 8 bytes,
//  | Header |         |               | segs. left  |   less the first 8
//  +--------+---------+---------------+-------------+

`default_nettype none

module parse_ext import parse_pkg::*; #(
  parameter int OutBytes = L4Bytes   // bytes of the window that are needed behind this stage
) (
  // Clock, reset
  input  wire logic                  clk_i,
  input  wire logic                  rst_i,
  // Result so far, window from the header at parse_i.off on
  input  wire logic                  valid_i,
  input  wire parse_t                parse_i,
  input  wire logic [L4Bytes*8-1:0]  window_i,
  // Result, window from the next header on
  output      logic                  valid_o,
  output      parse_t                parse_o,
  output      logic [OutBytes*8-1:0] window_o
);

  logic [7:0]  next, length, segs_left;
  logic [12:0] first8;
  logic        skip, routing;
  logic [8:0]  steps;      // to move, in 8 bytes

  assign next      = window_i[7:0];
  assign length    = window_i[15:8];
  assign segs_left = window_i[31:24];

  assign first8  = parse_i.off + 13'd8;
  assign routing = (parse_i.proto == ProtoRoute);
  assign skip    = parse_i.is_ipv6 && first8 <= 13'(parse_i.avail) && 17'(first8) <= parse_i.ip_end
                   && (routing || parse_i.proto == ProtoHop || parse_i.proto == ProtoDest);
  assign steps   = skip ? 9'(length) + 9'd1 : '0;

  always_ff @(posedge clk_i) begin
    valid_o  <= valid_i;
    // A move of 16 steps or more leaves the window; the bounds on `off` catch it in parse_tcp.
    window_o <= (OutBytes*8)'(window_i >> {steps[3:0], 6'd0});

    parse_o     <= parse_i;
    parse_o.off <= parse_i.off + {1'b0, steps, 3'd0};
    if (skip) begin
      parse_o.proto     <= next;
      parse_o.segs_left <= parse_i.segs_left || (routing && segs_left != '0);
    end

    if (rst_i) valid_o <= 1'b0;
  end

endmodule

`default_nettype wire
