// SPDX-License-Identifier: BSD-2-Clause
//
// Scan of one beat: the first byte position, from pos_i on, at which a record header may start.
//
// Contract: combinational. Positions stay where they are in the beat, so the search needs no
// shifter. hit_o: a header lies wholly in the remain_i bytes from pos_i on and starts in this beat;
// n_o bytes are before it. Else n_o bytes can be left behind: up to the beat's end, but never one
// of the last four, at which no header can be judged yet; when only those are left, carry_o says
// that all of them are to be kept.

`default_nettype none

module scan_beat
  import track_pkg::*;
#(
  parameter int DataW = 128,
  localparam int BeatBytes = DataW / 8,
  localparam int PosW      = $clog2(BeatBytes)
) (
  input  wire logic             tls13_i,
  input  wire logic [DataW-1:0] beat_i,
  input  wire logic [31:0]      beyond_i,
  input  wire logic [PosW-1:0]  pos_i,
  input  wire logic [15:0]      remain_i,
  output      logic             hit_o,
  output      logic             carry_o,
  output      logic [PosW:0]    n_o
);

  localparam logic [15:0] Carry = 16'(CarryBytes);

  logic [BeatBytes-1:0] match, from_pos, to_end, hits;
  logic [15:0]          decided, decided_end;
  logic [PosW:0]        beat_left, first;

  hdr_search #(
    .Positions (BeatBytes)
  ) u_search (
    .tls13_i (tls13_i),
    .bytes_i ({beyond_i, beat_i}),
    .match_o (match)
  );

  assign carry_o     = (remain_i <= Carry);
  assign decided     = remain_i - Carry;  // positions at which a whole header can lie
  assign decided_end = 16'(pos_i) + decided;
  assign beat_left   = (PosW + 1)'(BeatBytes) - {1'b0, pos_i};
  assign from_pos    = {BeatBytes{1'b1}} << pos_i;
  assign to_end      = (decided_end >= 16'(BeatBytes)) ? '1 : ~({BeatBytes{1'b1}} << decided_end);
  assign hits        = match & from_pos & to_end;
  assign hit_o       = (hits != '0) && !carry_o;

  function automatic logic [PosW:0] lowest(input logic [BeatBytes-1:0] x);
    lowest = '0;
    for (int i = BeatBytes - 1; i >= 0; i--) begin
      if (x[i]) lowest = (PosW + 1)'(i);
    end
  endfunction

  assign first = lowest(hits);

  always_comb begin
    if (carry_o) n_o = (PosW + 1)'(remain_i);
    else if (hit_o) n_o = first - {1'b0, pos_i};
    else if (decided < 16'(beat_left)) n_o = (PosW + 1)'(decided);
    else n_o = beat_left;
  end

endmodule

`default_nettype wire
