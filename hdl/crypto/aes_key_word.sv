// SPDX-License-Identifier: BSD-2-Clause
//
// One word of the AES key expansion (FIPS 197 section 5.2): the word before it plus the word one key
// length back, which lies in another round key for each key size.
//
// Contract: combinational. Pass = 1: a 128-bit key has no step here, its word cur_i is handed on.
//
// Four inputs a bit: one LUT. The words of a round key chain, and keep_hierarchy keeps the chain: there
// is time for it, and unrolled to save levels it takes nearly twice the area.

`default_nettype none

(* keep_hierarchy *)
module aes_key_word #(
  parameter bit Pass = 1'b0
) (
  input  wire logic        k256_i,
  input  wire logic [31:0] prev_i,
  input  wire logic [31:0] cur_i,
  input  wire logic [31:0] before_i,
  output      logic [31:0] word_o
);

  if (Pass) begin : gen_pass
    assign word_o = k256_i ? prev_i ^ before_i : cur_i;
  end else begin : gen_step
    assign word_o = before_i ^ (k256_i ? prev_i : cur_i);
  end

endmodule

`default_nettype wire
