// SPDX-License-Identifier: BSD-2-Clause
//
// Packet parser: stores each frame, parses its headers and verifies its checksums over the wire bytes.
//
// Contract: frames leave on m_axis_frm unchanged and in order. One header for each frame, in order,
// offered when the whole frame is in the frame store, or when it turned out longer than MaxFrame.
// Beats of a frame may be offered before its header is; take them after it. One beat a cycle for
// frames of any length; back-pressure at any time on any side, but headers must drain without
// waiting for frames whose header was not offered yet. What the header says: docs/engine.md.
//
//  s_axis_rx --+--> beat FIFO ------------> frame_check --> frame store --> m_axis_frm
//              +--> hdr_parse --> result FIFO --^  |
//                                                  +------> headers ------> hdr_o
//
// Beats wait in the beat FIFO until their headers are known, so the checksums are summed over exact
// bounds in one pass.

`default_nettype none

module pkt_parse import tls_rx_pkg::*, parse_pkg::*; #(
  parameter int DataW      = 128,
  parameter int FrameBytes = 32768,   // frame store
  parameter int MaxFrame   = 16384,   // longer frames are oversize
  parameter int HdrDepth   = 64       // headers that may wait
) (
  // Clock, reset
  input  wire logic               clk_i,
  input  wire logic               rst_i,
  // Frames in; tuser at tlast: bad frame
  input  wire logic [DataW-1:0]   s_axis_rx_tdata,
  input  wire logic [DataW/8-1:0] s_axis_rx_tkeep,
  input  wire logic               s_axis_rx_tvalid,
  output      logic               s_axis_rx_tready,
  input  wire logic               s_axis_rx_tlast,
  input  wire logic               s_axis_rx_tuser,
  // Headers out
  output      logic               hdr_valid_o,
  input  wire logic               hdr_ready_i,
  output      pkt_hdr_t           hdr_o,
  // Frames out
  output      logic [DataW-1:0]   m_axis_frm_tdata,
  output      logic [DataW/8-1:0] m_axis_frm_tkeep,
  output      logic               m_axis_frm_tvalid,
  input  wire logic               m_axis_frm_tready,
  output      logic               m_axis_frm_tlast
);

  localparam int BeatBytes = DataW / 8;
  localparam int CountW = $clog2(BeatBytes) + 1;
  localparam int BeatW = DataW + BeatBytes + 2 + CountW;
  // The longest window (8 beats), the parser's stages and both FIFOs' latency, with room to spare.
  localparam int WaitDepth = 32;

  // ---- Beats in ------------------------------------------------------------------------------------

  logic              in_fire;
  logic [CountW-1:0] in_bytes;

  assign in_fire = s_axis_rx_tvalid && s_axis_rx_tready;

  // tkeep is contiguous from byte 0: the number of bytes is where its ones end.
  always_comb begin
    in_bytes = '0;
    for (int i = 0; i < BeatBytes; i++) begin
      if (s_axis_rx_tkeep[i] && (i == BeatBytes - 1 || !s_axis_rx_tkeep[(i + 1) % BeatBytes]))
        in_bytes = in_bytes | CountW'(i + 1);
    end
  end

  logic                 wait_valid, wait_ready, wait_last, wait_bad;
  logic [DataW-1:0]     wait_data;
  logic [BeatBytes-1:0] wait_keep;
  logic [CountW-1:0]    wait_bytes;

  sync_fifo #(
    .W     (BeatW),
    .Depth (WaitDepth)
  ) u_beat_fifo (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (s_axis_rx_tvalid),
    .wr_ready_o (s_axis_rx_tready),
    .wr_data_i  ({in_bytes, s_axis_rx_tuser, s_axis_rx_tlast, s_axis_rx_tkeep, s_axis_rx_tdata}),
    .rd_valid_o (wait_valid),
    .rd_ready_i (wait_ready),
    .rd_data_o  ({wait_bytes, wait_bad, wait_last, wait_keep, wait_data}),
    .count_o    ()
  );

  // ---- Headers -------------------------------------------------------------------------------------

  logic   parse_valid, res_valid, res_ready;
  parse_t parse, res;

  hdr_parse #(
    .DataW (DataW)
  ) u_hdr_parse (
    .clk_i   (clk_i),
    .rst_i   (rst_i),
    .valid_i (in_fire),
    .data_i  (s_axis_rx_tdata),
    .keep_i  (s_axis_rx_tkeep),
    .bytes_i (in_bytes),
    .last_i  (s_axis_rx_tlast),
    .valid_o (parse_valid),
    .parse_o (parse)
  );

  // Every frame with a result here or on its way has its last beat in the beat FIFO or still to come,
  // so results never outnumber the FIFO's depth.
  sync_fifo #(
    .W     ($bits(parse_t)),
    .Depth (WaitDepth)
  ) u_res_fifo (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (parse_valid),
    .wr_ready_o (),
    .wr_data_i  (parse),
    .rd_valid_o (res_valid),
    .rd_ready_i (res_ready),
    .rd_data_o  (res),
    .count_o    ()
  );

  // ---- Frames --------------------------------------------------------------------------------------

  logic [DataW-1:0]     chk_data;
  logic [BeatBytes-1:0] chk_keep;
  logic                 chk_valid, chk_ready, chk_last;

  frame_check #(
    .DataW    (DataW),
    .MaxFrame (MaxFrame),
    .HdrDepth (HdrDepth)
  ) u_check (
    .clk_i             (clk_i),
    .rst_i             (rst_i),
    .s_axis_frm_tdata  (wait_data),
    .s_axis_frm_tkeep  (wait_keep),
    .s_axis_frm_tvalid (wait_valid),
    .s_axis_frm_tready (wait_ready),
    .s_axis_frm_tlast  (wait_last),
    .s_axis_frm_tuser  (wait_bad),
    .bytes_i           (wait_bytes),
    .res_valid_i       (res_valid),
    .res_ready_o       (res_ready),
    .res_i             (res),
    .m_axis_frm_tdata  (chk_data),
    .m_axis_frm_tkeep  (chk_keep),
    .m_axis_frm_tvalid (chk_valid),
    .m_axis_frm_tready (chk_ready),
    .m_axis_frm_tlast  (chk_last),
    .hdr_valid_o       (hdr_valid_o),
    .hdr_ready_i       (hdr_ready_i),
    .hdr_o             (hdr_o)
  );

  sync_fifo #(
    .W     (DataW + BeatBytes + 1),
    .Depth (FrameBytes / BeatBytes)
  ) u_store (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (chk_valid),
    .wr_ready_o (chk_ready),
    .wr_data_i  ({chk_last, chk_keep, chk_data}),
    .rd_valid_o (m_axis_frm_tvalid),
    .rd_ready_i (m_axis_frm_tready),
    .rd_data_o  ({m_axis_frm_tlast, m_axis_frm_tkeep, m_axis_frm_tdata}),
    .count_o    ()
  );

`ifndef SYNTHESIS
  initial begin
    if (DataW != 128 && DataW != 256 && DataW != 512) $fatal(1, "%m: DataW %0d", DataW);
    if (MaxFrame % BeatBytes != 0 || MaxFrame > 65536 - BeatBytes)
      $fatal(1, "%m: MaxFrame %0d is not a number of whole beats below 64 KiB", MaxFrame);
    if (FrameBytes < MaxFrame + 2 * BeatBytes)
      $fatal(1, "%m: a frame of %0d bytes would never fit in a store of %0d", MaxFrame, FrameBytes);
    if (HdrDepth < 16) $fatal(1, "%m: HdrDepth %0d does not cover the checksum's latency", HdrDepth);
  end

  // Only the last beat may be partial, else offsets in the frame would not be what they seem.
  always @(posedge clk_i)
    if (!rst_i && in_fire && !s_axis_rx_tlast && !(&s_axis_rx_tkeep))
      $error("%m: partial beat inside a frame: header offsets are wrong from here on");
`endif

endmodule

`default_nettype wire
