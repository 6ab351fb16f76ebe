// SPDX-License-Identifier: BSD-2-Clause
//
// Collects the first 128 bytes of each frame.
//
// Contract: watches accepted beats (valid_i is a fire, there is no back-pressure) and gives one
// window for each frame, in order, one cycle after the beat that completes it: the beat with byte
// 127, or the frame's last. Bytes that are not in the frame are zero. One window a cycle if frames
// are that short.

`default_nettype none

module hdr_window import parse_pkg::*; #(
  parameter int DataW = 128,
  localparam int BeatBytes = DataW / 8,
  localparam int CountW = $clog2(BeatBytes) + 1
) (
  // Clock, reset
  input  wire logic                     clk_i,
  input  wire logic                     rst_i,
  // Accepted beats
  input  wire logic                     valid_i,
  input  wire logic [DataW-1:0]         data_i,
  input  wire logic [BeatBytes-1:0]     keep_i,
  input  wire logic [CountW-1:0]        bytes_i,   // bytes of this beat
  input  wire logic                     last_i,
  // Windows
  output      logic                     valid_o,
  output      logic [WindowBytes*8-1:0] window_o,
  output      logic [7:0]               avail_o    // bytes of the window that are in the frame
);

  localparam int Beats = WindowBytes / BeatBytes;
  localparam int IndexW = $clog2(Beats) + 1;
  localparam logic [IndexW-1:0] Full = IndexW'(Beats);

  logic [IndexW-1:0]        index_q;    // beats of this frame so far, at most Full
  logic [WindowBytes*8-1:0] window_q;
  logic [WindowBytes*8-1:0] window_d;
  logic [DataW-1:0]         masked;
  logic                     complete;

  assign complete = valid_i && (index_q != Full) && (last_i || index_q == Full - 1'b1);

  always_comb begin
    for (int i = 0; i < BeatBytes; i++) masked[8*i +: 8] = keep_i[i] ? data_i[8*i +: 8] : 8'h00;
  end

  // Beats before this one are in window_q; lanes behind it are still those of an older frame.
  always_comb begin
    for (int k = 0; k < Beats; k++) begin
      window_d[k*DataW +: DataW] = '0;
      if (IndexW'(k) == index_q) window_d[k*DataW +: DataW] = masked;
      else if (IndexW'(k) < index_q) window_d[k*DataW +: DataW] = window_q[k*DataW +: DataW];
    end
  end

  assign window_o = window_q;

  always_ff @(posedge clk_i) begin
    valid_o <= complete;
    if (valid_i && index_q != Full) begin
      window_q <= window_d;
      avail_o  <= 8'(index_q) * 8'(BeatBytes) + 8'(bytes_i);
    end

    if (valid_i) begin
      if (last_i) index_q <= '0;
      else if (index_q != Full) index_q <= index_q + 1'b1;
    end

    if (rst_i) begin
      valid_o <= 1'b0;
      index_q <= '0;
    end
  end

endmodule

`default_nettype wire
