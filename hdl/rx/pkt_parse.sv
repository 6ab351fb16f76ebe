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
//  s_axis_rx --> frame_wait --+-- beats ---> frame_check --> frame store --> m_axis_frm
//                 (hdr_parse)  +-- results ----^  |
//                                                +------------ headers --> hdr_o
//
// Beats wait until their headers are known, so the checksums are summed over exact bounds in one pass.

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

  // ---- Headers -------------------------------------------------------------------------------------

  logic                 wait_valid, wait_ready, wait_last, wait_bad, res_valid, res_ready;
  logic [DataW-1:0]     wait_data;
  logic [BeatBytes-1:0] wait_keep;
  logic [CountW-1:0]    wait_bytes;
  parse_t               res;

  frame_wait #(
    .DataW (DataW)
  ) u_wait (
    .clk_i, .rst_i,
    .s_axis_rx_tdata, .s_axis_rx_tkeep, .s_axis_rx_tvalid, .s_axis_rx_tready,
    .s_axis_rx_tlast, .s_axis_rx_tuser,
    .m_axis_frm_tdata  (wait_data),
    .m_axis_frm_tkeep  (wait_keep),
    .m_axis_frm_tvalid (wait_valid),
    .m_axis_frm_tready (wait_ready),
    .m_axis_frm_tlast  (wait_last),
    .m_axis_frm_tuser  (wait_bad),
    .bytes_o           (wait_bytes),
    .res_valid_o       (res_valid),
    .res_ready_i       (res_ready),
    .res_o             (res)
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
    .clk_i, .rst_i,
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
    .hdr_valid_o, .hdr_ready_i, .hdr_o
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
`endif

endmodule

`default_nettype wire
