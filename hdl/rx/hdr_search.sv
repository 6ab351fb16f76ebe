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

  // A record is 16384 bytes of content, and 17 to 24 more: so both limits are in the low bits, and it
  // is bit 14 that says which one counts.
  localparam int LowW = 5;

  logic            types13;  // 23 only
  logic [LowW-1:0] low_min, low_max;

  assign types13 = tls13_i && !AnyVersion;
  assign low_min = (tls13_i || AnyVersion) ? LowW'(Len13Min) : LowW'(Len12Min);
  assign low_max = (tls13_i && !AnyVersion) ? LowW'(Len13Max) : LowW'(Len12Max);

  for (genvar i = 0; i < Positions; i++) begin : g_pos
    logic [7:0]  rec_type;
    logic [15:0] version, length;
    logic        type_ok, version_ok, length_ok, low_only, from_min, to_max;

    assign rec_type   = bytes_i[8*i +: 8];
    assign version    = {bytes_i[8*(i+1) +: 8], bytes_i[8*(i+2) +: 8]};
    assign length     = {bytes_i[8*(i+3) +: 8], bytes_i[8*(i+4) +: 8]};
    assign type_ok    = (rec_type[7:2] == 6'b000101) && (!types13 || rec_type[1:0] == 2'd3);
    assign version_ok = (version == 16'h0303);
    assign low_only   = (length[13:LowW] == '0);
    assign from_min   = !low_only || (length[LowW-1:0] >= low_min);
    assign to_max     = low_only && (length[LowW-1:0] <= low_max);
    assign length_ok  = !length[15] && (length[14] ? to_max : from_min);
    assign match_o[i] = type_ok && version_ok && length_ok;
  end

`ifndef SYNTHESIS
  initial begin
    if (Len13Min > Len12Min || Len12Max < Len13Max)
      $fatal(1, "%m: AnyVersion takes TLS 1.3's lower and TLS 1.2's upper limit for the wider ones");
    if (Len12Min >> LowW != '0 || Len13Min >> LowW != '0 ||
        Len12Max >> LowW != 16'd512 || Len13Max >> LowW != 16'd512)
      $fatal(1, "%m: the limits are not those that the low bits decide");
  end
`endif

endmodule

`default_nettype wire
