// SPDX-License-Identifier: BSD-2-Clause
//
// Finds the first byte position of a payload at which a record header may start, a beat a cycle.
//
// Contract: load_i sets the place of the look to the byte at_i (beat number, position) and forgets the
// beats inside. Then each cycle with scan_i and en_i in which the ring shows the beat of at_o (win_ready_i)
// takes one beat; two such cycles later valid_o shows what was found in it: hit_o, n_o bytes lie before
// it; else n_o bytes, all of the beat from the scan's start on. Without en_i nothing moves. How much of
// the payload is left is for the user to know: a hit may be behind its end.
// The place of the look is a register here, so that nothing stands between it and the ring's memory.

`default_nettype none

module hdr_scan
  import track_pkg::*;
#(
  parameter int DataW = 128,
  localparam int BeatBytes = DataW / 8,
  localparam int PosW      = $clog2(BeatBytes),
  localparam int AtW       = BeatW + PosW
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Control
  input  wire logic             tls13_i,
  input  wire logic             load_i,
  input  wire logic [AtW-1:0]   at_i,
  input  wire logic             scan_i,
  input  wire logic             en_i,
  // Ring
  output      logic [AtW-1:0]   at_o,
  input  wire logic             win_ready_i,
  input  wire logic [DataW-1:0] beat_i,
  input  wire logic [31:0]      beyond_i,   // first four bytes of the beat behind it
  // Result
  output      logic             valid_o,
  output      logic             hit_o,
  output      logic [PosW:0]    n_o
);

  logic [BeatW-1:0]     beat_q;
  logic [PosW-1:0]      pos_q, pos_q2;
  logic                 valid_q, take;
  logic [BeatBytes-1:0] match, match_q, lowest;
  logic [PosW:0]        first;

  assign at_o = {beat_q, pos_q};
  assign take = scan_i && win_ready_i;

  hdr_search #(
    .Positions (BeatBytes)
  ) u_search (
    .tls13_i (tls13_i),
    .bytes_i ({beyond_i, beat_i}),
    .match_o (match)
  );

  // The lowest position with a match alone, by the carry of a negation; its number.
  assign lowest = match_q & (~match_q + 1'b1);

  always_comb begin
    first = '0;
    for (int i = 0; i < BeatBytes; i++) begin
      if (lowest[i]) first = first | (PosW + 1)'(i);
    end
    if (match_q == '0) first = (PosW + 1)'(BeatBytes);
  end

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      valid_q <= take;
      match_q <= match & ({BeatBytes{1'b1}} << pos_q);
      pos_q2  <= pos_q;
      if (take) begin
        beat_q <= beat_q + 1'b1;
        pos_q  <= '0;
      end

      valid_o <= valid_q;
      hit_o   <= (match_q != '0);
      n_o     <= first - {1'b0, pos_q2};
    end

    if (load_i) begin
      {beat_q, pos_q} <= at_i;
      valid_q         <= 1'b0;
      valid_o         <= 1'b0;
    end

    if (rst_i) begin
      valid_q <= 1'b0;
      valid_o <= 1'b0;
    end
  end

endmodule

`default_nettype wire
