// SPDX-License-Identifier: BSD-2-Clause
//
// First part of the parser: parses each frame's headers and lets its beats wait for the result.
//
// Contract: frames leave unchanged and in order, parse results beside them in the same order; one beat a
// cycle. A frame's result comes at the latest a few cycles after its last beat was taken in, and the
// beats that arrive until then fit in the beat FIFO. Results never outnumber its beats: each
// frame that has one has its last beat there, or still to come.

`default_nettype none

module frame_wait import parse_pkg::*; #(
  parameter int DataW = 128,
  localparam int BeatBytes = DataW / 8,
  localparam int CountW = $clog2(BeatBytes) + 1
) (
  // Clock, reset
  input  wire logic                 clk_i,
  input  wire logic                 rst_i,
  // Frames in; tuser at tlast: bad frame
  input  wire logic [DataW-1:0]     s_axis_rx_tdata,
  input  wire logic [BeatBytes-1:0] s_axis_rx_tkeep,
  input  wire logic                 s_axis_rx_tvalid,
  output      logic                 s_axis_rx_tready,
  input  wire logic                 s_axis_rx_tlast,
  input  wire logic                 s_axis_rx_tuser,
  // Frames out
  output      logic [DataW-1:0]     m_axis_frm_tdata,
  output      logic [BeatBytes-1:0] m_axis_frm_tkeep,
  output      logic                 m_axis_frm_tvalid,
  input  wire logic                 m_axis_frm_tready,
  output      logic                 m_axis_frm_tlast,
  output      logic                 m_axis_frm_tuser,
  output      logic [CountW-1:0]    bytes_o,            // of this beat
  // Parse results out
  output      logic                 res_valid_o,
  input  wire logic                 res_ready_i,
  output      parse_t               res_o
);

  localparam int BeatW = DataW + BeatBytes + 2 + CountW;
  // The longest window (8 beats), the parser's stages and both FIFOs' latency, with room to spare.
  localparam int Depth = 32;

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

  sync_fifo #(
    .W     (BeatW),
    .Depth (Depth)
  ) u_beats (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (s_axis_rx_tvalid),
    .wr_ready_o (s_axis_rx_tready),
    .wr_data_i  ({in_bytes, s_axis_rx_tuser, s_axis_rx_tlast, s_axis_rx_tkeep, s_axis_rx_tdata}),
    .rd_valid_o (m_axis_frm_tvalid),
    .rd_ready_i (m_axis_frm_tready),
    .rd_data_o  ({bytes_o, m_axis_frm_tuser, m_axis_frm_tlast, m_axis_frm_tkeep, m_axis_frm_tdata}),
    .count_o    ()
  );

  logic   parse_valid;
  parse_t parse;

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

  sync_fifo #(
    .W     ($bits(parse_t)),
    .Depth (Depth)
  ) u_results (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (parse_valid),
    .wr_ready_o (),
    .wr_data_i  (parse),
    .rd_valid_o (res_valid_o),
    .rd_ready_i (res_ready_i),
    .rd_data_o  (res_o),
    .count_o    ()
  );

`ifndef SYNTHESIS
  // Only the last beat may be partial, else offsets in the frame would not be what they seem.
  always @(posedge clk_i)
    if (!rst_i && in_fire && !s_axis_rx_tlast && !(&s_axis_rx_tkeep))
      $error("%m: partial beat inside a frame: header offsets are wrong from here on");
`endif

endmodule

`default_nettype wire
