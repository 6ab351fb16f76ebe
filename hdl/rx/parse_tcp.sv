// SPDX-License-Identifier: BSD-2-Clause
//
// Parser stage 5: the fixed part of the TCP header and the bounds of the payload.
//
// Contract: one window a cycle, latency one cycle, no back-pressure. is_tcp promises that the header,
// options included, lies within the IP length; options need not be in the window.
//
//  RFC 9293 section 3.1
//   0                    16                  31
//  +--------------------+--------------------+
//  |    Source Port     |  Destination Port  |  0
//  +--------------------+--------------------+
//  |            Sequence Number              |  4
//  +-----------------------------------------+
//  |          Acknowledgment Number          |  8
//  +-------+-----+------+--------------------+
//  | DOffs |  0  |flags |       Window       | 12
//  +-------+-----+------+--------------------+
//  |      Checksum      |   Urgent Pointer   | 16
//  +--------------------+--------------------+

`default_nettype none

module parse_tcp import parse_pkg::*; (
  // Clock, reset
  input  wire logic                  clk_i,
  input  wire logic                  rst_i,
  // Result so far, window from the header at parse_i.off on
  input  wire logic                  valid_i,
  input  wire parse_t                parse_i,
  input  wire logic [TcpBytes*8-1:0] window_i,
  input  wire logic [19:0]           pseudo_i,   // addresses and protocol
  // Result
  output      logic                  valid_o,
  output      parse_t                parse_o
);

  localparam logic [3:0] MinDataOffset = 4'd5;

  logic [3:0]  data_offset;
  logic [12:0] fixed_end, payload_off;
  logic [15:0] l4_len, payload_len;
  logic        frag, tcp;

  assign data_offset = window_i[12*8+4 +: 4];
  assign fixed_end   = parse_i.off + 13'(TcpBytes);
  assign payload_off = parse_i.off + 13'({data_offset, 2'b00});
  assign l4_len      = 16'(parse_i.ip_end - 17'(parse_i.off));
  assign payload_len = 16'(parse_i.ip_end - 17'(payload_off));

  assign frag = parse_i.is_frag || (parse_i.is_ipv6 && parse_i.proto == ProtoFrag);
  assign tcp  = (parse_i.is_ipv4 || parse_i.is_ipv6) && !frag && parse_i.proto == ProtoTcp
                && data_offset >= MinDataOffset && fixed_end <= 13'(parse_i.avail)
                && 17'(payload_off) <= parse_i.ip_end;

  always_ff @(posedge clk_i) begin
    valid_o <= valid_i;

    parse_o             <= parse_i;
    parse_o.is_frag     <= frag;
    parse_o.is_tcp      <= tcp;
    parse_o.sport       <= be16(window_i[0 +: 16]);
    parse_o.dport       <= be16(window_i[2*8 +: 16]);
    parse_o.seq         <= be32(window_i[4*8 +: 32]);
    parse_o.flags       <= window_i[13*8 +: 8];
    parse_o.payload_off <= payload_off[7:0];
    parse_o.payload_len <= payload_len;
    parse_o.pseudo      <= pseudo_i + 20'(l4_len);

    if (rst_i) valid_o <= 1'b0;
  end

endmodule

`default_nettype wire
