// SPDX-License-Identifier: BSD-2-Clause
//
// AXI4-Stream FIFO in block RAM: a sync_fifo whose word is one beat.
//
// Contract: beats leave unchanged and in order, one a cycle, latency two cycles. It forwards beats,
// not frames: it knows nothing of where a frame ends. count_o is the number of beats inside.

`default_nettype none

module axis_fifo #(
  parameter int DataW = 128,
  parameter int UserW = 1,
  parameter int Depth = 16
) (
  // Clock, reset
  input  wire logic                     clk_i,
  input  wire logic                     rst_i,
  // Stream in
  input  wire logic [DataW-1:0]         s_axis_tdata,
  input  wire logic [DataW/8-1:0]       s_axis_tkeep,
  input  wire logic                     s_axis_tvalid,
  output      logic                     s_axis_tready,
  input  wire logic                     s_axis_tlast,
  input  wire logic [UserW-1:0]         s_axis_tuser,
  // Stream out
  output      logic [DataW-1:0]         m_axis_tdata,
  output      logic [DataW/8-1:0]       m_axis_tkeep,
  output      logic                     m_axis_tvalid,
  input  wire logic                     m_axis_tready,
  output      logic                     m_axis_tlast,
  output      logic [UserW-1:0]         m_axis_tuser,
  // Status
  output      logic [$clog2(Depth):0]   count_o
);

  localparam int BeatW = DataW + DataW / 8 + 1 + UserW;

  logic [BeatW-1:0] s_beat, m_beat;

  assign s_beat = {s_axis_tuser, s_axis_tlast, s_axis_tkeep, s_axis_tdata};
  assign {m_axis_tuser, m_axis_tlast, m_axis_tkeep, m_axis_tdata} = m_beat;

  sync_fifo #(
    .W     (BeatW),
    .Depth (Depth)
  ) u_fifo (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (s_axis_tvalid),
    .wr_ready_o (s_axis_tready),
    .wr_data_i  (s_beat),
    .rd_valid_o (m_axis_tvalid),
    .rd_ready_i (m_axis_tready),
    .rd_data_o  (m_beat),
    .count_o    (count_o)
  );

endmodule

`default_nettype wire
