// SPDX-License-Identifier: BSD-2-Clause
//
// Last stage of the parser: walks each frame once its headers are known, verifies its checksums and
// lengths, looks for record headers in its payload, and makes the frame's header result.
//
// Contract: frames and parse results in, in the same order. Beats pass to m_axis_frm unchanged in the
// cycle in which they are taken. One header for each frame, in order, a few cycles after its last beat
// was passed on, or after the first beat that makes it longer than MaxFrame. Stops taking beats when
// HdrDepth headers wait, so the header side must drain without the frame side.

`default_nettype none

module frame_check import tls_rx_pkg::*, parse_pkg::*; #(
  parameter int DataW    = 128,
  parameter int MaxFrame = 16384,
  parameter int HdrDepth = 64,
  localparam int BeatBytes = DataW / 8,
  localparam int CountW = $clog2(BeatBytes) + 1
) (
  // Clock, reset
  input  wire logic                 clk_i,
  input  wire logic                 rst_i,
  // Frames in
  input  wire logic [DataW-1:0]     s_axis_frm_tdata,
  input  wire logic [BeatBytes-1:0] s_axis_frm_tkeep,
  input  wire logic                 s_axis_frm_tvalid,
  output      logic                 s_axis_frm_tready,
  input  wire logic                 s_axis_frm_tlast,
  input  wire logic                 s_axis_frm_tuser,   // bad frame
  input  wire logic [CountW-1:0]    bytes_i,            // of this beat
  // Parse result of the frame at the input
  input  wire logic                 res_valid_i,
  output      logic                 res_ready_o,
  input  wire parse_t               res_i,
  // Frames out
  output      logic [DataW-1:0]     m_axis_frm_tdata,
  output      logic [BeatBytes-1:0] m_axis_frm_tkeep,
  output      logic                 m_axis_frm_tvalid,
  input  wire logic                 m_axis_frm_tready,
  output      logic                 m_axis_frm_tlast,
  // Headers out
  output      logic                 hdr_valid_o,
  input  wire logic                 hdr_ready_i,
  output      pkt_hdr_t             hdr_o
);

  // ---- Walk ----------------------------------------------------------------------------------------

  logic        take, room, over_now, frame_end;
  logic        over_q;         // this frame is oversize and was reported
  logic [16:0] base_q, length; // bytes of the frame before and including this beat

  assign s_axis_frm_tready = res_valid_i && room && m_axis_frm_tready;
  assign m_axis_frm_tvalid = s_axis_frm_tvalid && res_valid_i && room;
  assign take              = s_axis_frm_tvalid && s_axis_frm_tready;
  assign m_axis_frm_tdata  = s_axis_frm_tdata;
  assign m_axis_frm_tkeep  = s_axis_frm_tkeep;
  assign m_axis_frm_tlast  = s_axis_frm_tlast;
  assign res_ready_o       = take && s_axis_frm_tlast;

  assign length    = base_q + 17'(bytes_i);
  assign over_now  = !over_q && length > 17'(MaxFrame);
  assign frame_end = s_axis_frm_tlast && !over_q && !over_now;

  always_ff @(posedge clk_i) begin
    if (take) begin
      over_q <= !s_axis_frm_tlast && (over_q || over_now);
      // An oversize frame may be of any length: its bytes are not counted any more.
      if (s_axis_frm_tlast) base_q <= '0;
      else if (!over_q) base_q <= length;
    end

    if (rst_i) begin
      over_q <= 1'b0;
      base_q <= '0;
    end
  end

  // ---- Header, but for the sums ---------------------------------------------------------------------

  logic     form_valid;
  pkt_hdr_t form_hdr;

  hdr_form u_form (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .valid_i    (take && (frame_end || over_now)),
    .oversize_i (over_now),
    .bad_i      (s_axis_frm_tuser),
    .length_i   (length),
    .res_i      (res_i),
    .valid_o    (form_valid),
    .hdr_o      (form_hdr)
  );

  // ---- Checksums and payload --------------------------------------------------------------------------

  logic sum_valid, l3_sum_ok, l4_sum_ok, scan_clean;

  frame_sums #(
    .DataW (DataW)
  ) u_sums (
    .clk_i   (clk_i),
    .rst_i   (rst_i),
    .valid_i (take),
    .last_i  (frame_end),
    .base_i  (base_q),
    .data_i  (s_axis_frm_tdata),
    .res_i   (res_i),
    .valid_o (sum_valid),
    .l3_ok_o (l3_sum_ok),
    .l4_ok_o (l4_sum_ok),
    .clean_o (scan_clean)
  );

  // ---- Join ------------------------------------------------------------------------------------------

  hdr_join #(
    .HdrDepth (HdrDepth)
  ) u_join (
    .clk_i        (clk_i),
    .rst_i        (rst_i),
    .form_valid_i (form_valid),
    .form_i       (form_hdr),
    .sum_valid_i  (sum_valid),
    .l3_ok_i      (l3_sum_ok),
    .l4_ok_i      (l4_sum_ok),
    .clean_i      (scan_clean),
    .room_o       (room),
    .hdr_valid_o  (hdr_valid_o),
    .hdr_ready_i  (hdr_ready_i),
    .hdr_o        (hdr_o)
  );

endmodule

`default_nettype wire
