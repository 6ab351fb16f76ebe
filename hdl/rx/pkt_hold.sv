// SPDX-License-Identifier: BSD-2-Clause
//
// Keeps each frame as it came, beside its keystream, until it is known which of the two leaves.
//
// Contract: frames leave in order, unchanged in length. A frame starts to leave when its descriptor
// is there and, if the descriptor asks for it, its verdict; beats may come long before the descriptor
// or long after it. From then on one beat a cycle, no bubble between frames that are ready, one-beat
// frames included. A frame leaves either as it came or with keystream over every byte of its
// payload: one select bit, set before its first beat leaves, decides for the whole frame.
// Frame beats and descriptors are back-pressured. Keystream words and verdicts are not: a word comes
// after its beat, a verdict at most DescDepth frames before its descriptor, and the queues are sized so.

`default_nettype none

module pkt_hold
  import tls_rx_pkg::*;
#(
  parameter int DataW     = 128,
  parameter int HoldBytes = 32768,
  parameter int DescDepth = 128
) (
  // Clock, reset
  input  wire logic               clk_i,
  input  wire logic               rst_i,
  // Frames in
  input  wire logic [DataW-1:0]   s_axis_frm_tdata,
  input  wire logic [DataW/8-1:0] s_axis_frm_tkeep,
  input  wire logic               s_axis_frm_tvalid,
  output      logic               s_axis_frm_tready,
  input  wire logic               s_axis_frm_tlast,
  // Descriptors in, one for each frame
  input  wire logic               desc_valid_i,
  output      logic               desc_ready_o,
  input  wire pkt_desc_t          desc_i,
  // Keystream in, one word for each beat that holds payload, and verdicts
  input  wire logic               beat_valid_i,
  input  wire logic [DataW-1:0]   beat_i,
  input  wire logic               verdict_valid_i,
  input  wire logic               verdict_ok_i,
  // Frames out
  output      logic [DataW-1:0]   m_axis_rx_tdata,
  output      logic [DataW/8-1:0] m_axis_rx_tkeep,
  output      logic               m_axis_rx_tvalid,
  input  wire logic               m_axis_rx_tready,
  output      logic               m_axis_rx_tlast,
  output      logic [MetaW-1:0]   m_axis_rx_tuser,
  // Statistics, once a frame
  output      hold_ev_t           ev_o
);

  localparam int BeatBytes = DataW / 8;
  localparam int Depth     = HoldBytes / BeatBytes;
  localparam int IdxW      = 16 - $clog2(BeatBytes);  // beat number within a frame

  // ---- Stores -----------------------------------------------------------------------------------

  logic                 head_valid, head_ready, head_last, word_valid, word_ready;
  logic [DataW-1:0]     head_data, word;
  logic [BeatBytes-1:0] head_keep;

  hold_store #(
    .DataW (DataW),
    .Depth (Depth)
  ) u_store (
    .clk_i, .rst_i,
    .s_axis_frm_tdata, .s_axis_frm_tkeep, .s_axis_frm_tvalid, .s_axis_frm_tready, .s_axis_frm_tlast,
    .word_valid_i      (beat_valid_i),
    .word_i            (beat_i),
    .m_axis_frm_tdata  (head_data),
    .m_axis_frm_tkeep  (head_keep),
    .m_axis_frm_tvalid (head_valid),
    .m_axis_frm_tready (head_ready),
    .m_axis_frm_tlast  (head_last),
    .word_valid_o      (word_valid),
    .word_ready_i      (word_ready),
    .word_o            (word)
  );

  // ---- Decision ---------------------------------------------------------------------------------

  logic            decided, ks, decrypt, frame_done;
  logic [IdxW-1:0] first, last;
  pkt_meta_t       meta;

  hold_decide #(
    .BeatBytes (BeatBytes),
    .DescDepth (DescDepth)
  ) u_decide (
    .clk_i, .rst_i,
    .desc_valid_i, .desc_ready_o, .desc_i,
    .verdict_valid_i, .verdict_ok_i,
    .decided_o (decided),
    .meta_o    (meta),
    .ks_o      (ks),
    .decrypt_o (decrypt),
    .first_o   (first),
    .last_o    (last),
    .done_i    (frame_done),
    .ev_o
  );

  // ---- Beats out --------------------------------------------------------------------------------

  logic [IdxW-1:0]  idx_q;  // wraps in an oversize frame, which has no keystream
  logic             out_valid, out_ready, has_word, complete;
  logic [DataW-1:0] out_data;

  assign has_word   = ks && (idx_q >= first) && (idx_q <= last);
  assign complete   = decided && (word_valid || !has_word);
  assign out_valid  = complete && head_valid;
  assign out_data   = head_data ^ ((decrypt && has_word) ? word : '0);
  assign head_ready = complete && out_ready;
  assign word_ready = decided && has_word && head_valid && out_ready;
  assign frame_done = out_valid && out_ready && head_last;

  always_ff @(posedge clk_i) begin
    if (out_valid && out_ready) idx_q <= head_last ? '0 : idx_q + 1'b1;
    if (rst_i) idx_q <= '0;
  end

  axis_register #(
    .DataW (DataW),
    .UserW (MetaW)
  ) u_out (
    .clk_i, .rst_i,
    .s_axis_tdata  (out_data),
    .s_axis_tkeep  (head_keep),
    .s_axis_tvalid (out_valid),
    .s_axis_tready (out_ready),
    .s_axis_tlast  (head_last),
    .s_axis_tuser  (meta),
    .m_axis_tdata  (m_axis_rx_tdata),
    .m_axis_tkeep  (m_axis_rx_tkeep),
    .m_axis_tvalid (m_axis_rx_tvalid),
    .m_axis_tready (m_axis_rx_tready),
    .m_axis_tlast  (m_axis_rx_tlast),
    .m_axis_tuser  (m_axis_rx_tuser)
  );

`ifndef SYNTHESIS
  initial if (Depth <= 16) $fatal(1, "%m: HoldBytes %0d is too small", HoldBytes);
  always @(posedge clk_i)
    if (!rst_i && frame_done && ks && idx_q < last) $fatal(1, "%m: frame ends in its payload");
`endif

endmodule

`default_nettype wire
