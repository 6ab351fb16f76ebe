// SPDX-License-Identifier: BSD-2-Clause
//
// What can only be said of a frame when all of its bytes have passed: are its two checksums right, and
// could a record header lie in its payload?
//
// Contract: one beat a cycle, no back-pressure; res_i belongs to the frame of the beat. One verdict for
// each frame that has a last_i, in order, six cycles behind it.

`default_nettype none

module frame_sums import parse_pkg::*; #(
  parameter int DataW = 128
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Beats
  input  wire logic             valid_i,
  input  wire logic             last_i,
  input  wire logic [16:0]      base_i,     // offset of the beat in the frame
  input  wire logic [DataW-1:0] data_i,
  // Where what begins and ends
  input  wire parse_t           res_i,
  // Verdict
  output      logic             valid_o,
  output      logic             l3_ok_o,
  output      logic             l4_ok_o,
  output      logic             clean_o
);

  logic first;

  assign first = (base_i == '0);

  csum_range #(
    .DataW (DataW)
  ) u_csum_l3 (
    .clk_i   (clk_i),
    .rst_i   (rst_i),
    .valid_i (valid_i),
    .first_i (first),
    .last_i  (last_i),
    .base_i  (base_i),
    .data_i  (data_i),
    .start_i (17'(res_i.l3_off)),
    .end_i   (17'(res_i.l3_end)),
    .init_i  (20'd0),
    .valid_o (valid_o),
    .ok_o    (l3_ok_o)
  );

  csum_range #(
    .DataW (DataW)
  ) u_csum_l4 (
    .clk_i   (clk_i),
    .rst_i   (rst_i),
    .valid_i (valid_i),
    .first_i (first),
    .last_i  (last_i),
    .base_i  (base_i),
    .data_i  (data_i),
    .start_i (17'(res_i.off)),
    .end_i   (res_i.ip_end),
    .init_i  (res_i.pseudo),
    .valid_o (),
    .ok_o    (l4_ok_o)
  );

  // As far behind as the sums, so one valid is enough.
  payload_scan #(
    .DataW (DataW)
  ) u_scan (
    .clk_i   (clk_i),
    .rst_i   (rst_i),
    .valid_i (valid_i),
    .first_i (first),
    .last_i  (last_i),
    .base_i  (base_i),
    .data_i  (data_i),
    .start_i (res_i.payload_off),
    .end_i   (res_i.ip_end),
    .valid_o (),
    .clean_o (clean_o)
  );

endmodule

`default_nettype wire
