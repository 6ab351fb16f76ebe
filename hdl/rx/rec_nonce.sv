// SPDX-License-Identifier: BSD-2-Clause
//
// GCM nonce and AAD block of a record.
//
// Contract: combinational. nonce_o has its first byte in [95:88], as slot_t wants it:
//   TLS 1.2  salt (4 bytes), explicit nonce (8 bytes from the wire)             RFC 5288 section 3
//   TLS 1.3  iv xor (4 zero bytes, record number)                               RFC 8446 section 5.3
// aad_o has its first byte in [7:0], as slot data:
//   TLS 1.2  record number (8), type, version (2), length of the text (2)       RFC 5246 6.2.3.3
//   TLS 1.3  the five header bytes                                              RFC 8446 section 5.2

`default_nettype none

module rec_nonce (
  input  wire logic         tls13_i,
  input  wire logic [95:0]  iv_i,
  input  wire logic [63:0]  number_i,
  input  wire logic [39:0]  hdr_i,    // header, first byte in [7:0]
  input  wire logic [63:0]  nonce_i,  // explicit nonce, first byte in [7:0]
  output      logic [95:0]  nonce_o,
  output      logic [127:0] aad_o
);

  function automatic logic [63:0] swap8(input logic [63:0] x);
    for (int i = 0; i < 8; i++) swap8[8*i +: 8] = x[8*(7-i) +: 8];
  endfunction

  localparam logic [15:0] NonceAndTag = 16'd24;

  logic [15:0]  length, text_len;
  logic [103:0] aad12;

  assign length   = {hdr_i[31:24], hdr_i[39:32]};
  assign text_len = length - NonceAndTag;
  assign aad12    = {text_len[7:0], text_len[15:8], hdr_i[23:0], swap8(number_i)};

  assign nonce_o = tls13_i ? (iv_i ^ {32'd0, number_i}) : {iv_i[95:64], swap8(nonce_i)};
  assign aad_o   = tls13_i ? {88'd0, hdr_i} : {24'd0, aad12};

endmodule

`default_nettype wire
