// SPDX-License-Identifier: BSD-2-Clause
//
// Header result of a frame from its parse result and its true length; the sums are taken as good.
//
// Contract: one frame a cycle, latency one cycle, no back-pressure. oversize_i: the frame's end is not
// known, nothing is said of it. A layer that does not fit the frame leaves its fields 0, and so do the
// layers above it.

`default_nettype none

module hdr_form import tls_rx_pkg::*, parse_pkg::*; (
  // Clock, reset
  input  wire logic        clk_i,
  input  wire logic        rst_i,
  // A frame that has ended, or became oversize
  input  wire logic        valid_i,
  input  wire logic        oversize_i,
  input  wire logic        bad_i,
  input  wire logic [16:0] length_i,
  input  wire parse_t      res_i,
  // Header
  output      logic        valid_o,
  output      pkt_hdr_t    hdr_o
);

  // Registered so that the judgement of the lengths does not lengthen the path through the walk.
  logic        over_q, bad_q;
  logic [16:0] length_q;
  parse_t      res_q;

  always_ff @(posedge clk_i) begin
    valid_o  <= valid_i;
    over_q   <= oversize_i;
    bad_q    <= bad_i;
    length_q <= length_i;
    res_q    <= res_i;

    if (rst_i) valid_o <= 1'b0;
  end

  logic      l3_fits, tcp_fits;
  flow_key_t key;
  pkt_meta_t meta;

  // An IP header that claims more bytes than the frame has is not believed.
  assign l3_fits  = (res_q.is_ipv4 || res_q.is_ipv6) && res_q.ip_end <= length_q && !over_q;
  assign tcp_fits = l3_fits && res_q.is_tcp;

  assign key = {res_q.is_ipv6, res_q.vlan, res_q.vid, res_q.src, res_q.dst, res_q.sport, res_q.dport};

  // Field by field in the order of pkt_meta_t.
  assign meta = {
    3'd0,
    16'd0,
    over_q ? 16'hFFFF : length_q[15:0],
    tcp_fits ? res_q.seq : 32'd0,
    tcp_fits ? res_q.payload_len : 16'd0,
    tcp_fits ? 16'(res_q.payload_off) : 16'd0,
    tcp_fits ? 8'(res_q.off) : 8'd0,
    l3_fits ? res_q.l3_off : 8'd0,
    tcp_fits ? res_q.flags : 8'd0,
    l3_fits && res_q.is_ipv4,
    l3_fits && res_q.is_ipv6,
    tcp_fits,
    l3_fits && res_q.is_frag,
    res_q.vlan && !over_q,
    over_q ? 12'd0 : res_q.vid,
    l3_fits && res_q.is_ipv4,                 // l3_checked
    l3_fits && res_q.is_ipv4,                 // l3_ok, if the sum agrees
    tcp_fits && !res_q.segs_left,             // l4_checked
    tcp_fits && !res_q.segs_left,             // l4_ok, if the sum agrees
    bad_q && !over_q,
    1'b0,
    FlowW'(0),
    2'd0
  };

  // clean: there is nothing to look at; else it is for the scan to say.
  assign hdr_o = {over_q, tcp_fits && !bad_q && !res_q.two_tags, !tcp_fits, key, meta};

endmodule

`default_nettype wire
