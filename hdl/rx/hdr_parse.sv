// SPDX-License-Identifier: BSD-2-Clause
//
// Header parser: accepted beats in, one parse result for each frame out.
//
// Contract: watches accepted beats, no back-pressure; one result for each frame, in order, seven cycles
// after the beat that completes the frame's window; one a cycle if frames are that short.
// One pipeline stage a protocol layer, so frames follow each other without bubbles.

`default_nettype none

module hdr_parse import parse_pkg::*; #(
  parameter int DataW = 128,
  localparam int BeatBytes = DataW / 8,
  localparam int CountW = $clog2(BeatBytes) + 1
) (
  // Clock, reset
  input  wire logic                 clk_i,
  input  wire logic                 rst_i,
  // Accepted beats
  input  wire logic                 valid_i,
  input  wire logic [DataW-1:0]     data_i,
  input  wire logic [BeatBytes-1:0] keep_i,
  input  wire logic [CountW-1:0]    bytes_i,
  input  wire logic                 last_i,
  // Results
  output      logic                 valid_o,
  output      parse_t               parse_o
);

  logic                     win_valid, eth_valid, ip_valid, ext0_valid, ext1_valid;
  logic [WindowBytes*8-1:0] win;
  logic [7:0]               avail;
  parse_t                   eth, ip, ext0, ext1;
  logic [L3Bytes*8-1:0]     eth_win;
  logic [L4Bytes*8-1:0]     ip_win, ext0_win;
  logic [TcpBytes*8-1:0]    ext1_win;
  logic [19:0]              pseudo;

  hdr_window #(
    .DataW (DataW)
  ) u_window (
    .clk_i    (clk_i),
    .rst_i    (rst_i),
    .valid_i  (valid_i),
    .data_i   (data_i),
    .keep_i   (keep_i),
    .bytes_i  (bytes_i),
    .last_i   (last_i),
    .valid_o  (win_valid),
    .window_o (win),
    .avail_o  (avail)
  );

  parse_eth u_eth (
    .clk_i    (clk_i),
    .rst_i    (rst_i),
    .valid_i  (win_valid),
    .window_i (win),
    .avail_i  (avail),
    .valid_o  (eth_valid),
    .parse_o  (eth),
    .window_o (eth_win)
  );

  parse_ip u_ip (
    .clk_i    (clk_i),
    .rst_i    (rst_i),
    .valid_i  (eth_valid),
    .parse_i  (eth),
    .window_i (eth_win),
    .valid_o  (ip_valid),
    .parse_o  (ip),
    .window_o (ip_win)
  );

  // Two extension headers at most.
  parse_ext u_ext0 (
    .clk_i    (clk_i),
    .rst_i    (rst_i),
    .valid_i  (ip_valid),
    .parse_i  (ip),
    .window_i (ip_win),
    .valid_o  (ext0_valid),
    .parse_o  (ext0),
    .window_o (ext0_win)
  );

  parse_ext #(
    .OutBytes (TcpBytes)
  ) u_ext1 (
    .clk_i    (clk_i),
    .rst_i    (rst_i),
    .valid_i  (ext0_valid),
    .parse_i  (ext0),
    .window_i (ext0_win),
    .valid_o  (ext1_valid),
    .parse_o  (ext1),
    .window_o (ext1_win)
  );

  // Beside the two stages above.
  pseudo_sum u_pseudo (
    .clk_i (clk_i),
    .src_i (ip.src),
    .dst_i (ip.dst),
    .sum_o (pseudo)
  );

  parse_tcp u_tcp (
    .clk_i    (clk_i),
    .rst_i    (rst_i),
    .valid_i  (ext1_valid),
    .parse_i  (ext1),
    .window_i (ext1_win),
    .pseudo_i (pseudo),
    .valid_o  (valid_o),
    .parse_o  (parse_o)
  );

endmodule

`default_nettype wire
