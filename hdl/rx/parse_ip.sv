// SPDX-License-Identifier: BSD-2-Clause
//
// Parser stage 2: IPv4 header with options, or the fixed header of IPv6; moves the window behind it.
//
// Contract: one window a cycle, latency one cycle, no back-pressure. Whether the packet fits in its
// frame (ip_end) can only be judged at the frame's end. The IPv4 header checksum is summed elsewhere.
//
//  RFC 791 section 3.1                                RFC 8200 section 3
//   0   4   8         16       24       31             0   4        12      16       24      31
//  +---+---+---------+------------------+             +---+--------+-------+----------------+
//  |Ver|IHL|   ToS   |   Total Length   |  0          |Ver|  class |    flow label          |  0
//  +---+---+---------+---+--------------+             +---+--------+-------+-------+--------+
//  |  Identification |Flg| Frag. Offset |  4          |  Payload Length    | Next  |Hop Lim.|  4
//  +-------+---------+---+--------------+             +--------------------+-------+--------+
//  |  TTL  | Protocol|  Header Checksum |  8          |        Source (16 bytes)            |  8
//  +-------+---------+------------------+             +-------------------------------------+
//  |              Source                | 12          |      Destination (16 bytes)         | 24
//  +------------------------------------+             +-------------------------------------+
//  |            Destination             | 16
//  +------------------------------------+  20: options, IHL * 4 bytes in all

`default_nettype none

module parse_ip import parse_pkg::*; (
  // Clock, reset
  input  wire logic                 clk_i,
  input  wire logic                 rst_i,
  // Result so far, window from the layer 3 header on
  input  wire logic                 valid_i,
  input  wire parse_t               parse_i,
  input  wire logic [L3Bytes*8-1:0] window_i,
  // Result, window from behind the IP header
  output      logic                 valid_o,
  output      parse_t               parse_o,
  output      logic [L4Bytes*8-1:0] window_o
);

  localparam logic [3:0] MinIhl = 4'd5;

  logic [3:0]   version, ihl;
  logic [15:0]  total_len, payload_len;
  logic [13:0]  frag;
  logic [7:0]   proto4, next6;
  logic [127:0] src4, dst4, src6, dst6;
  logic [7:0]   hlen4, l3_end;
  logic         ipv4, ipv6;
  logic [3:0]   skip;       // words to skip behind the first 20 bytes

  assign version     = window_i[7:4];
  assign ihl         = window_i[3:0];
  assign total_len   = be16(window_i[2*8 +: 16]);
  // More Fragments and the offset; the reserved and the Don't Fragment bit do not matter.
  assign frag        = {window_i[6*8 +: 6], window_i[7*8 +: 8]};
  assign proto4      = window_i[9*8 +: 8];
  assign src4        = 128'(be32(window_i[12*8 +: 32]));
  assign dst4        = 128'(be32(window_i[16*8 +: 32]));
  assign payload_len = be16(window_i[4*8 +: 16]);
  assign next6       = window_i[6*8 +: 8];
  assign src6        = be128(window_i[8*8 +: 128]);
  assign dst6        = be128(window_i[24*8 +: 128]);

  assign hlen4  = {2'b00, ihl, 2'b00};
  assign l3_end = parse_i.l3_off + (parse_i.ether_ipv6 ? 8'd40 : hlen4);
  assign ipv4   = parse_i.ether_ipv4 && version == 4'd4 && ihl >= MinIhl
                  && l3_end <= parse_i.avail && total_len >= 16'(hlen4);
  assign ipv6   = parse_i.ether_ipv6 && version == 4'd6 && l3_end <= parse_i.avail;
  assign skip   = parse_i.ether_ipv6 ? 4'd5 : ihl - MinIhl;

  always_ff @(posedge clk_i) begin
    valid_o  <= valid_i;
    window_o <= (L4Bytes*8)'(window_i[L3Bytes*8-1:20*8] >> {skip, 5'd0});

    parse_o         <= parse_i;
    parse_o.is_ipv4 <= ipv4;
    parse_o.is_ipv6 <= ipv6;
    parse_o.is_frag <= ipv4 && frag != '0;
    parse_o.l3_end  <= l3_end;
    parse_o.off     <= 13'(l3_end);
    if (parse_i.ether_ipv6) begin
      parse_o.ip_end <= 17'(parse_i.l3_off) + 17'd40 + 17'(payload_len);
      parse_o.proto  <= next6;
      parse_o.src    <= src6;
      parse_o.dst    <= dst6;
    end else begin
      parse_o.ip_end <= 17'(parse_i.l3_off) + 17'(total_len);
      parse_o.proto  <= proto4;
      parse_o.src    <= src4;
      parse_o.dst    <= dst4;
    end

    if (rst_i) valid_o <= 1'b0;
  end

endmodule

`default_nettype wire
