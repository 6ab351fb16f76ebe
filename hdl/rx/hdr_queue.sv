// SPDX-License-Identifier: BSD-2-Clause
//
// Headers that wait for the tracker, so that no ready goes from it through the lookup to the parser.
//
// Contract: a sync_fifo of four. The flow key of a header has served: it is zero behind the queue.

`default_nettype none

module hdr_queue import tls_rx_pkg::*; (
  // Clock, reset
  input  wire logic     clk_i,
  input  wire logic     rst_i,
  // Headers in
  input  wire logic     hdr_valid_i,
  output      logic     hdr_ready_o,
  input  wire pkt_hdr_t hdr_i,
  // Headers out
  output      logic     hdr_valid_o,
  input  wire logic     hdr_ready_i,
  output      pkt_hdr_t hdr_o,
  // Status
  output      logic     empty_o
);

  localparam int Depth  = 4;
  localparam int CountW = $clog2(Depth) + 1;

  logic              oversize, clean;
  pkt_meta_t         meta;
  logic [CountW-1:0] count;

  sync_fifo #(
    .W     ($bits(pkt_meta_t) + 2),
    .Depth (Depth)
  ) u_fifo (
    .clk_i, .rst_i,
    .wr_valid_i (hdr_valid_i), .wr_ready_o (hdr_ready_o),
    .wr_data_i  ({hdr_i.oversize, hdr_i.clean, hdr_i.meta}),
    .rd_valid_o (hdr_valid_o), .rd_ready_i (hdr_ready_i),
    .rd_data_o  ({oversize, clean, meta}),
    .count_o    (count)
  );

  always_comb begin
    hdr_o          = '0;
    hdr_o.oversize = oversize;
    hdr_o.clean    = clean;
    hdr_o.meta     = meta;
  end

  assign empty_o = (count == '0);

endmodule

`default_nettype wire
