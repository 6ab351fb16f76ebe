// SPDX-License-Identifier: BSD-2-Clause
//
// Verifies one Internet checksum (RFC 1071): the sum over bytes [start, end) of a frame.
//
// Contract: one beat a cycle, no back-pressure; start_i, end_i and init_i belong to the frame of the
// beat. The verdict comes Latency cycles after the frame's last beat, in order. A frame that is
// abandoned (no last_i before the next first_i) gives no verdict. start_i must be even, frames at
// most 64 KiB.
//
// 16-bit words are summed without carries (RFC 1071 section 2: carries may be added at the end).

`default_nettype none

module csum_range #(
  parameter int DataW = 128,
  localparam int BeatBytes = DataW / 8
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Beats
  input  wire logic             valid_i,
  input  wire logic             first_i,
  input  wire logic             last_i,
  input  wire logic [16:0]      base_i,    // offset of the beat in the frame
  input  wire logic [DataW-1:0] data_i,
  // What to sum
  input  wire logic [16:0]      start_i,
  input  wire logic [16:0]      end_i,
  input  wire logic [19:0]      init_i,    // added to the sum: pseudo-header
  // Verdict
  output      logic             valid_o,
  output      logic             ok_o       // the sum, its checksum field included, is 0xffff
);

  localparam int Stages = 6;               // of valid and last; the last one is the verdict
  localparam int CountW = $clog2(BeatBytes) + 1;
  localparam int Groups = BeatBytes / 8;   // of four 16-bit words

  logic [Stages-1:0]    valid_q, last_q;
  logic [3:0]           first_q;
  logic [CountW-1:0]    from_d, to_d, from_q, to_q;   // bytes of the beat to sum
  logic [DataW-1:0]     data_q, masked_d, masked_q;
  logic [19:0]          init_q [4];
  logic [Groups*18-1:0] group_d, group_q;
  logic [20:0]          beat_d, beat_q;
  logic [31:0]          acc_q;
  logic [16:0]          fold_q;

  // Position of a frame offset in this beat, between 0 and BeatBytes.
  function automatic logic [CountW-1:0] clip(input logic [16:0] offset, input logic [16:0] base);
    logic [16:0] distance;
    distance = offset - base;
    if (offset <= base) return '0;
    if (distance >= 17'(BeatBytes)) return CountW'(BeatBytes);
    return distance[CountW-1:0];
  endfunction

  assign from_d = clip(start_i, base_i);
  assign to_d   = clip(end_i, base_i);

  always_comb begin
    for (int i = 0; i < BeatBytes; i++) begin
      masked_d[8*i +: 8] = 8'h00;
      if (CountW'(i) >= from_q && CountW'(i) < to_q) masked_d[8*i +: 8] = data_q[8*i +: 8];
    end
  end

  // The first byte of a word on the wire is its high one.
  always_comb begin
    group_d = '0;
    for (int g = 0; g < Groups; g++) begin
      for (int w = 0; w < 4; w++) begin
        group_d[18*g +: 18] = group_d[18*g +: 18]
          + 18'({masked_q[64*g + 16*w +: 8], masked_q[64*g + 16*w + 8 +: 8]});
      end
    end
  end

  always_comb begin
    beat_d = '0;
    for (int g = 0; g < Groups; g++) beat_d = beat_d + 21'(group_q[18*g +: 18]);
  end

  assign valid_o = valid_q[Stages-1] && last_q[Stages-1];

  always_ff @(posedge clk_i) begin
    valid_q <= {valid_q[Stages-2:0], valid_i};
    first_q <= {first_q[2:0], first_i};
    last_q  <= {last_q[Stages-2:0], last_i};

    data_q    <= data_i;
    from_q    <= from_d;
    to_q      <= to_d;
    init_q[0] <= init_i;
    masked_q  <= masked_d;
    init_q[1] <= init_q[0];
    group_q   <= group_d;
    init_q[2] <= init_q[1];
    beat_q    <= beat_d;
    init_q[3] <= init_q[2];
    if (valid_q[3]) acc_q <= (first_q[3] ? 32'(init_q[3]) : acc_q) + 32'(beat_q);
    fold_q    <= 17'(acc_q[31:16]) + 17'(acc_q[15:0]);

    if (rst_i) valid_q <= '0;
  end

  // fold_q may still hold one carry; adding it must give 0xffff.
  assign ok_o = (fold_q == 17'h0FFFF) || (fold_q == 17'h1FFFE);

`ifndef SYNTHESIS
  initial if (DataW % 64 != 0) $fatal(1, "%m: DataW %0d is not a multiple of 64", DataW);
`endif

endmodule

`default_nettype wire
