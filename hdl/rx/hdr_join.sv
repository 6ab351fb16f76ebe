// SPDX-License-Identifier: BSD-2-Clause
//
// Joins each frame's header with what was found in the frame: its checksums, and record headers.
//
// Contract: headers leave in order, each when its sums are there; an oversize frame has none. Sums
// come after their header and in the same order, so there are never more of them. room_o: a frame's
// next beat may be taken; one header may still be on its way then.

`default_nettype none

module hdr_join import tls_rx_pkg::*; #(
  parameter int HdrDepth = 64
) (
  // Clock, reset
  input  wire logic     clk_i,
  input  wire logic     rst_i,
  // Headers in
  input  wire logic     form_valid_i,
  input  wire pkt_hdr_t form_i,
  // Sums in
  input  wire logic     sum_valid_i,
  input  wire logic     l3_ok_i,
  input  wire logic     l4_ok_i,
  input  wire logic     clean_i,
  output      logic     room_o,
  // Headers out
  output      logic     hdr_valid_o,
  input  wire logic     hdr_ready_i,
  output      pkt_hdr_t hdr_o
);

  localparam int CountW = $clog2(HdrDepth) + 1;
  localparam logic [CountW-1:0] Limit = CountW'(HdrDepth - 1);

  pkt_hdr_t          form;
  logic [CountW-1:0] count;
  logic              form_valid, sums_valid, fire;
  logic              sum_l3, sum_l4, sum_clean, l3_ok, l4_ok, lookup, clean;

  sync_fifo #(
    .W     ($bits(pkt_hdr_t)),
    .Depth (HdrDepth)
  ) u_headers (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (form_valid_i),
    .wr_ready_o (),
    .wr_data_i  (form_i),
    .rd_valid_o (form_valid),
    .rd_ready_i (fire),
    .rd_data_o  (form),
    .count_o    (count)
  );

  sync_fifo #(
    .W     (3),
    .Depth (HdrDepth)
  ) u_sums (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (sum_valid_i),
    .wr_ready_o (),
    .wr_data_i  ({clean_i, l3_ok_i, l4_ok_i}),
    .rd_valid_o (sums_valid),
    .rd_ready_i (fire && !form.oversize),
    .rd_data_o  ({sum_clean, sum_l3, sum_l4}),
    .count_o    ()
  );

  assign room_o      = (count < Limit);
  assign hdr_valid_o = form_valid && (form.oversize || sums_valid);
  assign fire        = hdr_valid_o && hdr_ready_i;
  assign l3_ok       = form.meta.l3_ok && sum_l3;
  assign l4_ok       = form.meta.l4_ok && sum_l4;
  assign lookup      = form.lookup && l4_ok && (l3_ok || form.meta.is_ipv6);
  assign clean       = form.clean || sum_clean;

  always_comb begin
    hdr_o            = form;
    hdr_o.meta.l3_ok = l3_ok;
    hdr_o.meta.l4_ok = l4_ok;
    hdr_o.lookup     = lookup;
    hdr_o.clean      = clean;
  end

endmodule

`default_nettype wire
