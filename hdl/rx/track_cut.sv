// SPDX-License-Identifier: BSD-2-Clause
//
// Part B of the tracker: from packets and pieces, as the walk tells them, to slots with their bytes.
//
//  packets, pieces --> queues --> slot_cut --> slot_pipe --> slots
//                                    |            |
//                                    +--> ring ---+
//
// Contract: queues let the walk run ahead. A packet is taken without asking; pkt_room_o: there is room for
// one, and for one more that may be on its way. Slots flow without back-pressure; a packet
// begins only with gcm_ready_i (slot_cut says how). idle_o: nothing is inside.

`default_nettype none

module track_cut
  import tls_rx_pkg::*;
  import track_pkg::*;
  import cut_pkg::*;
#(
  parameter int DataW = 128,
  parameter int Depth = 16
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Packets, pieces
  input  wire logic             pkt_valid_i,
  output      logic             pkt_room_o,
  input  wire cut_pkt_t         pkt_i,
  input  wire logic             piece_valid_i,
  output      logic             piece_ready_o,
  input  wire piece_t           piece_i,
  // Control, status
  input  wire logic             gcm_ready_i,
  output      logic             idle_o,
  // Ring
  input  wire logic [BeatW-1:0] wr_abs_i,
  output      logic [BeatW-1:0] free_abs_o,
  output      logic             b_re_o,
  output      logic [BeatW-1:0] b_abs_o,
  input  wire logic [DataW-1:0] b_cur_i,
  input  wire logic [DataW-1:0] b_nxt_i,
  // Slots
  output      logic             slot_valid_o,
  output slot_t                 slot_o,
  output      logic [DataW-1:0] slot_data_o,
  output      logic [127:0]     slot_tag_o
);

  localparam int CountW = $clog2(Depth) + 1;

  // ---- Queues -------------------------------------------------------------------------------------

  logic     pkt_valid, pkt_ready, piece_valid, piece_ready, fits;
  cut_pkt_t pkt;
  piece_t   piece;
  logic [CountW-1:0] pkt_count, piece_count;

  sync_fifo #(
    .W     ($bits(cut_pkt_t)),
    .Depth (Depth)
  ) u_packets (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (pkt_valid_i),
    .wr_ready_o (fits),
    .wr_data_i  (pkt_i),
    .rd_valid_o (pkt_valid),
    .rd_ready_i (pkt_ready),
    .rd_data_o  (pkt),
    .count_o    (pkt_count)
  );

  assign pkt_room_o = (pkt_count < CountW'(Depth - 1));

  sync_fifo #(
    .W     ($bits(piece_t)),
    .Depth (Depth)
  ) u_pieces (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (piece_valid_i),
    .wr_ready_o (piece_ready_o),
    .wr_data_i  (piece_i),
    .rd_valid_o (piece_valid),
    .rd_ready_i (piece_ready),
    .rd_data_o  (piece),
    .count_o    (piece_count)
  );

  // ---- Cut ----------------------------------------------------------------------------------------

  logic        cut_idle, cut_valid, pipe_busy;
  slot_t       cut_slot;
  slot_place_t place;

  slot_cut #(
    .DataW (DataW)
  ) u_cut (
    .clk_i         (clk_i),
    .rst_i         (rst_i),
    .pkt_valid_i   (pkt_valid),
    .pkt_ready_o   (pkt_ready),
    .pkt_i         (pkt),
    .piece_valid_i (piece_valid),
    .piece_ready_o (piece_ready),
    .piece_i       (piece),
    .gcm_ready_i   (gcm_ready_i),
    .idle_o        (cut_idle),
    .wr_abs_i      (wr_abs_i),
    .free_abs_o    (free_abs_o),
    .b_re_o        (b_re_o),
    .b_abs_o       (b_abs_o),
    .slot_valid_o  (cut_valid),
    .slot_o        (cut_slot),
    .place_o       (place)
  );

  slot_pipe #(
    .DataW (DataW)
  ) u_pipe (
    .clk_i        (clk_i),
    .rst_i        (rst_i),
    .valid_i      (cut_valid),
    .slot_i       (cut_slot),
    .place_i      (place),
    .b_cur_i      (b_cur_i),
    .b_nxt_i      (b_nxt_i),
    .slot_valid_o (slot_valid_o),
    .slot_o       (slot_o),
    .slot_data_o  (slot_data_o),
    .slot_tag_o   (slot_tag_o),
    .busy_o       (pipe_busy)
  );

  assign idle_o = pkt_count == '0 && piece_count == '0 && cut_idle && !pipe_busy;

`ifndef SYNTHESIS
  always @(posedge clk_i) begin
    if (!rst_i && pkt_valid_i && !fits) $fatal(1, "%m: the cutter would miss a packet");
  end
`endif

endmodule

`default_nettype wire
