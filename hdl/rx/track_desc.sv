// SPDX-License-Identifier: BSD-2-Clause
//
// What the hold is told of each packet, and whether the crypto brings a verdict on it.
//
// Contract: a packet's descriptor is there from the cycle after walk_ends_i or pass_leaves_i on, until
// desc_ready_i; those come only with free_o. check_i, before the walk: ks_i says whether the packet collects keystream.
// told_o: the packet's last piece was told in the cycle before, and it brings a verdict; the walk is not
// over earlier than that.

`default_nettype none

module track_desc
  import tls_rx_pkg::*;
  import track_pkg::*;
  import walk_pkg::*;
(
  // Clock, reset
  input  wire logic         clk_i,
  input  wire logic         rst_i,
  // Packet
  input  wire pkt_meta_t    meta_i,
  input  wire logic         check_i,
  input  wire logic         ks_i,
  // Walk
  input  wire logic         piece_fire_i,
  input  wire piece_t       piece_i,
  input  wire walk_result_t result_i,
  input  wire logic         walk_ends_i,
  input  wire logic         pass_leaves_i,
  output      logic         told_o,
  // Descriptor
  output      logic         free_o,
  output      logic         desc_valid_o,
  input  wire logic         desc_ready_i,
  output pkt_desc_t         desc_o
);

  logic      ks_q, slots, lost, load;
  pkt_desc_t desc_d;

  // A packet with keystream or pieces brings slots, and so a verdict.
  assign slots  = result_i.pieces || ks_q;
  assign lost   = result_i.lost;
  assign load   = walk_ends_i || pass_leaves_i;
  assign free_o = !desc_valid_o || desc_ready_i;

  always_comb begin
    desc_d      = '0;
    desc_d.meta = meta_i;
    if (walk_ends_i) begin
      desc_d.markable = ks_q && !lost;
      desc_d.lost     = lost;
      desc_d.ks       = ks_q;
      desc_d.verdict  = slots;
    end
  end

  always_ff @(posedge clk_i) begin
    if (check_i) ks_q <= ks_i;
    told_o <= piece_fire_i && piece_i.last && (slots || piece_i.crypto);

    if (load) desc_o <= desc_d;
    if (load) desc_valid_o <= 1'b1;
    else if (desc_ready_i) desc_valid_o <= 1'b0;

    if (rst_i) begin
      told_o       <= 1'b0;
      desc_valid_o <= 1'b0;
    end
  end

endmodule

`default_nettype wire
