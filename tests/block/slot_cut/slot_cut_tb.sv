// SPDX-License-Identifier: BSD-2-Clause
//
// The cutter with its ring, its data path and ks_align. The keystream that ks_align shifts is the
// slots' own text: so its words must be the frames' beats with all but the text blanked.

`default_nettype none

module slot_cut_tb
  import tls_rx_pkg::*;
  import track_pkg::*;
  import cut_pkg::*;
#(
  parameter int DataW = 128,
  parameter int Depth = 32,
  localparam int PosW = $clog2(DataW / 8)
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Beats
  input  wire logic             wr_valid_i,
  output      logic             wr_ready_o,
  input  wire logic [DataW-1:0] wr_data_i,
  output      logic [BeatW-1:0] wr_abs_o,
  output      logic [BeatW-1:0] free_abs_o,
  // Port A
  input  wire logic [BeatW-1:0] a_abs_i,
  input  wire logic [PosW-1:0]  a_pos_i,
  output      logic [103:0]     a_win_o,
  output      logic [DataW-1:0] a_beat_o,
  output      logic [31:0]      a_beyond_o,
  // Packets and pieces
  input  wire logic             pkt_valid_i,
  output      logic             pkt_ready_o,
  input  wire cut_pkt_t         pkt_i,
  input  wire logic             piece_valid_i,
  output      logic             piece_ready_o,
  input  wire piece_t           piece_i,
  input  wire logic             gcm_ready_i,
  output      logic             idle_o,
  // Slots
  output      logic             slot_valid_o,
  output slot_t                 slot_o,
  output      logic [DataW-1:0] slot_data_o,
  output      logic [127:0]     slot_tag_o,
  // Keystream words
  output      logic             word_valid_o,
  output      logic [DataW-1:0] word_o
);

  logic             b_re, cut_valid, cut_idle, pipe_busy;
  logic [BeatW-1:0] b_abs;
  logic [DataW-1:0] b_cur, b_nxt, text;
  slot_t            cut_slot;
  slot_place_t      place;

  beat_ring #(
    .DataW (DataW),
    .Depth (Depth)
  ) u_ring (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (wr_valid_i),
    .wr_ready_o (wr_ready_o),
    .wr_data_i  (wr_data_i),
    .free_abs_i (free_abs_o),
    .wr_abs_o   (wr_abs_o),
    .a_abs_i    (a_abs_i),
    .a_pos_i    (a_pos_i),
    .a_win_o    (a_win_o),
    .a_beat_o   (a_beat_o),
    .a_beyond_o (a_beyond_o),
    .b_re_i     (b_re),
    .b_abs_i    (b_abs),
    .b_cur_o    (b_cur),
    .b_nxt_o    (b_nxt)
  );

  slot_cut #(
    .DataW (DataW)
  ) u_cut (
    .clk_i         (clk_i),
    .rst_i         (rst_i),
    .pkt_valid_i   (pkt_valid_i),
    .pkt_ready_o   (pkt_ready_o),
    .pkt_i         (pkt_i),
    .piece_valid_i (piece_valid_i),
    .piece_ready_o (piece_ready_o),
    .piece_i       (piece_i),
    .gcm_ready_i   (gcm_ready_i),
    .idle_o        (cut_idle),
    .wr_abs_i      (wr_abs_o),
    .free_abs_o    (free_abs_o),
    .b_re_o        (b_re),
    .b_abs_o       (b_abs),
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
    .b_cur_i      (b_cur),
    .b_nxt_i      (b_nxt),
    .slot_valid_o (slot_valid_o),
    .slot_o       (slot_o),
    .slot_data_o  (slot_data_o),
    .slot_tag_o   (slot_tag_o),
    .busy_o       (pipe_busy)
  );

  assign idle_o = cut_idle && !pipe_busy;

  assign text = slot_o.head ? (slot_data_o >> 128) << 128 : slot_data_o;

  ks_align #(
    .DataW (DataW)
  ) u_align (
    .clk_i        (clk_i),
    .rst_i        (rst_i),
    .ks_valid_i   (slot_valid_o),
    .ks_i         (text),
    .ks_slot_i    (slot_o),
    .beat_valid_o (word_valid_o),
    .beat_o       (word_o)
  );

endmodule

`default_nettype wire
