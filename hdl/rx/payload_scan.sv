// SPDX-License-Identifier: BSD-2-Clause
//
// Looks for TLS record headers in bytes [start, end) of a frame: five bytes that a header of either
// version could be, wholly inside, at any byte position.
//
// Contract: one beat a cycle, no back-pressure; start_i and end_i belong to the frame of the beat. The
// verdict comes with that of csum_range, six cycles after the frame's last beat, in order. A frame that is
// abandoned (no last_i before the next first_i) gives no verdict. start_i is at least 4.
//
// A header is found where its fifth byte is: the four before it may be in the beat before, so nothing
// has to be known of the next one.

`default_nettype none

module payload_scan import track_pkg::*; #(
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
  // Where to look
  input  wire logic [7:0]       start_i,
  input  wire logic [16:0]      end_i,
  // Verdict
  output      logic             valid_o,
  output      logic             clean_o    // nothing was found
);

  localparam int Stages = 6;               // as in csum_range
  localparam int CountW = $clog2(BeatBytes) + 1;
  localparam int Groups = BeatBytes / 16;

  logic [Stages-1:0]       valid_q, last_q;
  logic [3:0]              first_q;
  logic [DataW-1:0]        data_q;
  logic [8*CarryBytes-1:0] before_q;             // the last bytes of the beat before
  logic [8:0]              start_q;              // of the first fifth byte that counts
  logic [16:0]             base_q, end_q;
  logic [CountW-1:0]       from_q, to_q;         // fifth bytes that count in this beat
  logic [BeatBytes-1:0]    match_d, match_q, hits_d, hits_q;
  logic [Groups-1:0]       group_d, group_q;     // hits in 16 positions
  logic                    dirty_q;

  // Position of a frame offset in this beat, between 0 and BeatBytes.
  function automatic logic [CountW-1:0] clip(input logic [16:0] offset, input logic [16:0] base);
    logic [16:0] distance;
    distance = offset - base;
    if (offset <= base) return '0;
    if (distance >= 17'(BeatBytes)) return CountW'(BeatBytes);
    return distance[CountW-1:0];
  endfunction

  hdr_search #(
    .Positions  (BeatBytes),
    .AnyVersion (1'b1)
  ) u_search (
    .tls13_i (1'b0),
    .bytes_i ({data_q, before_q}),
    .match_o (match_d)
  );

  always_comb begin
    for (int i = 0; i < BeatBytes; i++)
      hits_d[i] = match_q[i] && CountW'(i) >= from_q && CountW'(i) < to_q;
  end

  always_comb begin
    for (int g = 0; g < Groups; g++) group_d[g] = |hits_q[16*g +: 16];
  end

  assign valid_o = valid_q[Stages-1] && last_q[Stages-1];

  always_ff @(posedge clk_i) begin
    valid_q <= {valid_q[Stages-2:0], valid_i};
    first_q <= {first_q[2:0], first_i};
    last_q  <= {last_q[Stages-2:0], last_i};

    data_q  <= data_i;
    start_q <= 9'(start_i) + 9'(CarryBytes);
    base_q  <= base_i;
    end_q   <= end_i;

    // Bytes of an older frame do not matter: no header starts before byte 4 of a frame.
    if (valid_q[0]) before_q <= data_q[DataW-1 -: 8*CarryBytes];
    match_q <= match_d;
    from_q  <= clip(17'(start_q), base_q);
    to_q    <= clip(end_q, base_q);

    hits_q  <= hits_d;
    group_q <= group_d;
    if (valid_q[3]) dirty_q <= (dirty_q && !first_q[3]) || (group_q != '0);
    clean_o <= !dirty_q;

    if (rst_i) valid_q <= '0;
  end

`ifndef SYNTHESIS
  initial if (DataW % 128 != 0) $fatal(1, "%m: DataW %0d is not a multiple of 128", DataW);
`endif

endmodule

`default_nettype wire
