// SPDX-License-Identifier: BSD-2-Clause
//
// SubWord of FIPS 197 section 5.2: the S-box applied to each byte of a word.
//
// Contract: combinational. The table is read as a wire that holds a constant, which simulators index
// quickly. An output bit is an 8-input function: four 6-input LUTs and the wide multiplexers behind
// them. keep_hierarchy holds it to that; optimised together with the XORs around it, it becomes larger.

`default_nettype none

(* keep_hierarchy *)
module aes_sub_word (
  input  wire logic [31:0] word_i,
  output      logic [31:0] word_o
);

  // FIPS 197 table 4; the entry of byte b is bits [8*b +: 8], so the last row comes first.
  wire [2047:0] sbox = {
    128'h16bb54b00f2d99416842e6bf0d89a18c, 128'hdf2855cee9871e9b948ed9691198f8e1,
    128'h9e1dc186b95735610ef6034866b53e70, 128'h8a8bbd4b1f74dde8c6b4a61c2e2578ba,
    128'h08ae7a65eaf4566ca94ed58d6d37c8e7, 128'h79e4959162acd3c25c2406490a3a32e0,
    128'hdb0b5ede14b8ee4688902a22dc4f8160, 128'h73195d643d7ea7c41744975fec130ccd,
    128'hd2f3ff1021dab6bcf5389d928f40a351, 128'ha89f3c507f02f94585334d43fbaaefd0,
    128'hcf584c4a39becb6a5bb1fc20ed00d153, 128'h842fe329b3d63b52a05a6e1b1a2c8309,
    128'h75b227ebe28012079a059618c323c704, 128'h1531d871f1e5a534ccf73f362693fdb7,
    128'hc072a49cafa2d4adf04759fa7dc982ca, 128'h76abd7fe2b670130c56f6bf27b777c63
  };

  logic [7:0] b3, b2, b1, b0;

  assign {b3, b2, b1, b0} = word_i;

  always_comb begin
    word_o = {sbox[{b3, 3'd0} +: 8], sbox[{b2, 3'd0} +: 8],
              sbox[{b1, 3'd0} +: 8], sbox[{b0, 3'd0} +: 8]};
  end

endmodule

`default_nettype wire
