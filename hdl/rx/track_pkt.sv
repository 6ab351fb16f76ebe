// SPDX-License-Identifier: BSD-2-Clause
//
// The packet in hand: its header, the beats of its frame, and what the walk and the cutter are told of it.
//
// Contract: eligible_o says of the header offered (hdr_i) that it may belong to a flow's stream; take_i
// makes it the packet in hand, and its frame has the beats behind those of the packet before. An
// oversize frame ends with over_ends_i, before over_next_i. job_o is whole from the cycle after check_i
// on. pkt_o: walk_i, ks_i and stat_i are added to it.

`default_nettype none

module track_pkt
  import tls_rx_pkg::*;
  import track_pkg::*;
  import walk_pkg::*;
#(
  parameter int DataW = 128,
  localparam int BeatBytes = DataW / 8,
  localparam int PosW      = $clog2(BeatBytes)
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Header
  input  wire pkt_hdr_t         hdr_i,
  input  wire logic             take_i,
  input  wire logic [15:0]      cmd_count_i,
  output      logic             eligible_o,
  // Its context
  input  wire logic             check_i,
  input  wire logic             walk_i,
  input  wire logic             ks_i,
  input  wire ctx_static_t      stat_i,
  input  wire logic [23:0]      relock_records_i,
  // End of an oversize frame
  input  wire logic             over_ends_i,
  input  wire logic [BeatW-1:0] over_next_i,
  // Packet
  output pkt_meta_t             meta_o,
  output      logic             oversize_o,
  output walk_job_t             job_o,
  output cut_pkt_t              pkt_o,
  // Status
  output      logic [31:0]      frames_o
);

  // ---- Is it one to look at? ----------------------------------------------------------------------

  pkt_meta_t        meta_in, meta_new;
  logic [7:0]       flags;
  logic             checks_ok;
  logic [BeatW-1:0] beats;

  assign meta_in   = hdr_i.meta;
  assign flags     = meta_in.tcp_flags;
  assign checks_ok = meta_in.l4_checked && meta_in.l4_ok &&
                     (meta_in.l3_ok || !meta_in.l3_checked);
  // FIN with payload is data; SYN and RST are not.
  assign eligible_o = meta_in.flow_valid && meta_in.is_tcp && !meta_in.is_frag && !meta_in.bad &&
                      !hdr_i.oversize && checks_ok && (flags[2:1] == 2'b00) &&
                      (meta_in.payload_len != '0);

  assign beats = BeatW'((17'(meta_in.frame_len) + 17'(BeatBytes - 1)) >> PosW);

  always_comb begin
    meta_new            = meta_in;
    meta_new.cmd_count  = cmd_count_i;
    meta_new.tls_status = TlsNone;
  end

  // ---- Packet in hand -----------------------------------------------------------------------------

  pkt_meta_t        meta_q;
  logic [BeatW-1:0] base_q, next_q;  // beats of the packet in meta_q, of the one behind it
  logic             clean_q;
  logic [31:0]      tcp_seq, end_seq_q;
  logic [15:0]      payload_off, payload_len, end_at;

  always_ff @(posedge clk_i) begin
    if (take_i) begin
      meta_q     <= meta_new;
      oversize_o <= hdr_i.oversize;
      clean_q    <= hdr_i.clean;
      base_q     <= next_q;
      next_q     <= next_q + beats;
      frames_o   <= frames_o + 32'd1;
    end
    // Of an oversize frame the cutter needs to know the end only.
    if (over_ends_i) begin
      base_q <= over_next_i;
      next_q <= over_next_i;
    end
    if (check_i) end_seq_q <= tcp_seq + 32'(payload_len);

    if (rst_i) begin
      next_q   <= '0;
      frames_o <= '0;
    end
  end

  assign tcp_seq     = meta_q.tcp_seq;
  assign payload_off = meta_q.payload_off;
  assign payload_len = meta_q.payload_len;
  assign end_at      = payload_off + payload_len;
  assign meta_o      = meta_q;

  assign job_o.tls13   = stat_i.tls13;
  assign job_o.iv      = stat_i.iv;
  assign job_o.base    = base_q;
  assign job_o.end_at  = end_at;
  assign job_o.end_seq = end_seq_q;
  assign job_o.relock  = relock_records_i;
  assign job_o.clean   = clean_q;

  assign pkt_o.walk  = walk_i;
  assign pkt_o.ks    = walk_i && ks_i;
  assign pkt_o.tls13 = stat_i.tls13;
  assign pkt_o.flow  = meta_q.flow;
  assign pkt_o.key   = stat_i.key;
  assign pkt_o.base  = base_q;
  assign pkt_o.next  = next_q;
  assign pkt_o.first = payload_off;
  assign pkt_o.last  = end_at - 16'd1;

endmodule

`default_nettype wire
