// SPDX-License-Identifier: BSD-2-Clause
//
// Judges the five bytes at each of `Positions` byte positions: could a TLS record start here?
//
// Contract: combinational. match_o[i] belongs to bytes i..i+4 of bytes_i. The record header is
// type, 3, 3, length (16 bits, big endian); RFC 5246 6.2.1, RFC 8446 5.1. The limits of type and
// length are those of docs/engine.md. Whether all five bytes exist is for the user to know.
// AnyVersion: tls13_i does not count, what either version would take is taken.

`default_nettype none

module hdr_search
  import tls_rx_pkg::*;
#(
  parameter int Positions  = 16,
  parameter bit AnyVersion = 1'b0
) (
  input  wire logic                       tls13_i,
  input  wire logic [8*(Positions+4)-1:0] bytes_i,
  output      logic [Positions-1:0]       match_o
);

  logic        types13;  // 23 only
  logic [15:0] len_min, len_max;

  assign types13 = tls13_i && !AnyVersion;
  assign len_min = (tls13_i || AnyVersion) ? Len13Min : Len12Min;
  assign len_max = (tls13_i && !AnyVersion) ? Len13Max : Len12Max;

  for (genvar i = 0; i < Positions; i++) begin : g_pos
    logic [7:0]  rec_type;
    logic [15:0] version, length;
    logic        type_ok, version_ok, length_ok;

    assign rec_type   = bytes_i[8*i +: 8];
    assign version    = {bytes_i[8*(i+1) +: 8], bytes_i[8*(i+2) +: 8]};
    assign length     = {bytes_i[8*(i+3) +: 8], bytes_i[8*(i+4) +: 8]};
    assign type_ok    = (rec_type[7:2] == 6'b000101) && (!types13 || rec_type[1:0] == 2'd3);
    assign version_ok = (version == 16'h0303);
    assign length_ok  = (length >= len_min) && (length <= len_max);
    assign match_o[i] = type_ok && version_ok && length_ok;
  end

`ifndef SYNTHESIS
  initial begin
    if (Len13Min > Len12Min || Len12Max < Len13Max)
      $fatal(1, "%m: AnyVersion takes TLS 1.3's lower and TLS 1.2's upper limit for the wider ones");
  end
`endif

endmodule

`default_nettype wire
