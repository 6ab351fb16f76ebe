// SPDX-License-Identifier: BSD-2-Clause
//
// Types and helpers of the header parser's stages (parse_eth, parse_ip, parse_ext, parse_tcp).

`default_nettype none

package parse_pkg;

  // Headers are looked for in this many bytes from the start of a frame.
  localparam int WindowBytes = 128;
  // What is left of the window behind the shortest Ethernet header, then behind the shortest IP one.
  localparam int L3Bytes  = WindowBytes - 14;
  localparam int L4Bytes  = L3Bytes - 20;
  localparam int TcpBytes = 20;

  localparam logic [15:0] EtherIpv4  = 16'h0800;
  localparam logic [15:0] EtherIpv6  = 16'h86DD;
  localparam logic [15:0] EtherVlan  = 16'h8100;
  localparam logic [15:0] EtherQinq  = 16'h88A8;
  localparam logic [7:0]  ProtoHop   = 8'd0;
  localparam logic [7:0]  ProtoTcp   = 8'd6;
  localparam logic [7:0]  ProtoRoute = 8'd43;
  localparam logic [7:0]  ProtoFrag  = 8'd44;
  localparam logic [7:0]  ProtoDest  = 8'd60;

  // What is known of a frame so far; each stage adds its part. Offsets are bytes of the frame.
  typedef struct packed {
    logic [7:0]   avail;        // bytes of the window that are in the frame
    logic         vlan;
    logic         two_tags;
    logic [11:0]  vid;
    logic         ether_ipv4;   // EtherType behind the tags
    logic         ether_ipv6;
    logic [7:0]   l3_off;
    logic         is_ipv4;
    logic         is_ipv6;
    logic         is_frag;
    logic [7:0]   l3_end;       // behind the IPv4 header and its options
    logic [16:0]  ip_end;       // behind the last byte that the IP header claims
    logic [127:0] src;
    logic [127:0] dst;
    logic [7:0]   proto;        // of the header at off
    logic [12:0]  off;          // header reached by the walk
    logic         segs_left;    // a routing header still has stops: dst is not the final one
    logic [19:0]  pseudo;       // sum of the pseudo-header
    logic         is_tcp;
    logic [15:0]  sport;
    logic [15:0]  dport;
    logic [31:0]  seq;
    logic [7:0]   flags;
    logic [7:0]   payload_off;
    logic [15:0]  payload_len;
  } parse_t;

  // Header fields are big endian; the first byte on the wire is in the low bits of a beat.
  function automatic logic [15:0] be16(input logic [15:0] wire_bytes);
    return {wire_bytes[7:0], wire_bytes[15:8]};
  endfunction

  function automatic logic [31:0] be32(input logic [31:0] wire_bytes);
    return {be16(wire_bytes[15:0]), be16(wire_bytes[31:16])};
  endfunction

  function automatic logic [127:0] be128(input logic [127:0] wire_bytes);
    return {be32(wire_bytes[31:0]), be32(wire_bytes[63:32]),
            be32(wire_bytes[95:64]), be32(wire_bytes[127:96])};
  endfunction

endpackage

`default_nettype wire
