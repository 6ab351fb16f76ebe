// SPDX-License-Identifier: BSD-2-Clause
//
// Parser stage 1: Ethernet header and up to two VLAN tags; moves the window to the layer 3 header.
//
// Contract: one window a cycle, latency one cycle, no back-pressure, never fails: what is not
// there is reported as not there.
//
//  IEEE 802.3 / 802.1Q, 802.1ad
//   0                   6                   12    14    16    18
//  +-------------------+-------------------+-----+-----+-----+----
//  |  destination MAC  |    source MAC     |TPID | TCI |EtherType ...
//  +-------------------+-------------------+-----+-----+-----+----
//  TPID, TCI (4 bytes) none, once or twice; the last 12 bits of TCI are the VLAN id

`default_nettype none

module parse_eth import parse_pkg::*; (
  // Clock, reset
  input  wire logic                     clk_i,
  input  wire logic                     rst_i,
  // Windows in
  input  wire logic                     valid_i,
  input  wire logic [WindowBytes*8-1:0] window_i,
  input  wire logic [7:0]               avail_i,
  // Result, window from the layer 3 header on
  output      logic                     valid_o,
  output      parse_t                   parse_o,
  output      logic [L3Bytes*8-1:0]     window_o
);

  logic [15:0]        type0, type1, type2, ether;
  logic [11:0]        vid;
  logic               tag0, tag1;
  logic [7:0]         l3_off;
  logic [L3Bytes*8-1:0] shifted;

  assign type0 = be16(window_i[12*8 +: 16]);
  assign vid   = {window_i[14*8 +: 4], window_i[15*8 +: 8]};
  assign type1 = be16(window_i[16*8 +: 16]);
  assign type2 = be16(window_i[20*8 +: 16]);

  // A tag whose four bytes are not all there is an unknown EtherType.
  assign tag0 = (type0 == EtherVlan || type0 == EtherQinq) && avail_i >= 8'd18;
  assign tag1 = tag0 && (type1 == EtherVlan || type1 == EtherQinq) && avail_i >= 8'd22;

  assign ether   = tag1 ? type2 : tag0 ? type1 : type0;
  assign l3_off  = tag1 ? 8'd22 : tag0 ? 8'd18 : 8'd14;
  assign shifted = tag1 ? (L3Bytes*8)'(window_i[WindowBytes*8-1:22*8])
                 : tag0 ? (L3Bytes*8)'(window_i[WindowBytes*8-1:18*8])
                        : window_i[WindowBytes*8-1:14*8];

  always_ff @(posedge clk_i) begin
    valid_o  <= valid_i;
    window_o <= shifted;

    parse_o            <= '0;
    parse_o.avail      <= avail_i;
    parse_o.vlan       <= tag0;
    parse_o.two_tags   <= tag1;
    parse_o.vid        <= tag0 ? vid : '0;
    parse_o.ether_ipv4 <= (ether == EtherIpv4);
    parse_o.ether_ipv6 <= (ether == EtherIpv6);
    parse_o.l3_off     <= l3_off;

    if (rst_i) valid_o <= 1'b0;
  end

endmodule

`default_nettype wire
