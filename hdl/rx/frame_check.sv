// SPDX-License-Identifier: BSD-2-Clause
//
// Last stage of the parser: walks each frame once its headers are known, verifies its checksums and
// lengths, looks for record headers in its payload, and makes the frame's header result.
//
// Contract: frames and parse results in, in the same order. Beats pass to m_axis_frm unchanged in the
// cycle in which they are taken. One header for each frame, in order, a few cycles after its last beat
// was passed on, or after the first beat that makes it longer than MaxFrame. Stops taking beats when
// HdrDepth headers wait, so the header side must drain without the frame side.

`default_nettype none

module frame_check import tls_rx_pkg::*, parse_pkg::*; #(
  parameter int DataW    = 128,
  parameter int MaxFrame = 16384,
  parameter int HdrDepth = 64,
  localparam int BeatBytes = DataW / 8,
  localparam int CountW = $clog2(BeatBytes) + 1
) (
  // Clock, reset
  input  wire logic                 clk_i,
  input  wire logic                 rst_i,
  // Frames in
  input  wire logic [DataW-1:0]     s_axis_frm_tdata,
  input  wire logic [BeatBytes-1:0] s_axis_frm_tkeep,
  input  wire logic                 s_axis_frm_tvalid,
  output      logic                 s_axis_frm_tready,
  input  wire logic                 s_axis_frm_tlast,
  input  wire logic                 s_axis_frm_tuser,   // bad frame
  input  wire logic [CountW-1:0]    bytes_i,            // of this beat
  // Parse result of the frame at the input
  input  wire logic                 res_valid_i,
  output      logic                 res_ready_o,
  input  wire parse_t               res_i,
  // Frames out
  output      logic [DataW-1:0]     m_axis_frm_tdata,
  output      logic [BeatBytes-1:0] m_axis_frm_tkeep,
  output      logic                 m_axis_frm_tvalid,
  input  wire logic                 m_axis_frm_tready,
  output      logic                 m_axis_frm_tlast,
  // Headers out
  output      logic                 hdr_valid_o,
  input  wire logic                 hdr_ready_i,
  output      pkt_hdr_t             hdr_o
);

  localparam int HdrCountW = $clog2(HdrDepth) + 1;
  // One header may be on its way into the FIFO when the next beat is taken.
  localparam logic [HdrCountW-1:0] HdrLimit = HdrCountW'(HdrDepth - 1);

  // ---- Walk ----------------------------------------------------------------------------------------

  logic        take, room, over_now, frame_end;
  logic        over_q;         // this frame is oversize and was reported
  logic [16:0] base_q, length; // bytes of the frame before and including this beat
  logic [HdrCountW-1:0] hdr_count;

  assign room              = (hdr_count < HdrLimit);
  assign s_axis_frm_tready = res_valid_i && room && m_axis_frm_tready;
  assign m_axis_frm_tvalid = s_axis_frm_tvalid && res_valid_i && room;
  assign take              = s_axis_frm_tvalid && s_axis_frm_tready;
  assign m_axis_frm_tdata  = s_axis_frm_tdata;
  assign m_axis_frm_tkeep  = s_axis_frm_tkeep;
  assign m_axis_frm_tlast  = s_axis_frm_tlast;
  assign res_ready_o       = take && s_axis_frm_tlast;

  assign length    = base_q + 17'(bytes_i);
  assign over_now  = !over_q && length > 17'(MaxFrame);
  assign frame_end = s_axis_frm_tlast && !over_q && !over_now;

  // Registered so that the judgement of the lengths does not lengthen the path through the walk.
  logic        push_q, end_over_q, bad_q;
  logic [16:0] length_q;
  parse_t      res_q;

  always_ff @(posedge clk_i) begin
    push_q     <= take && (frame_end || over_now);
    end_over_q <= over_now;
    bad_q      <= s_axis_frm_tuser;
    length_q   <= length;
    res_q      <= res_i;

    if (take) begin
      over_q <= !s_axis_frm_tlast && (over_q || over_now);
      // An oversize frame may be of any length: its bytes are not counted any more.
      if (s_axis_frm_tlast) base_q <= '0;
      else if (!over_q) base_q <= length;
    end

    if (rst_i) begin
      push_q <= 1'b0;
      over_q <= 1'b0;
      base_q <= '0;
    end
  end

  // ---- Header, but for the checksums ----------------------------------------------------------------

  logic      l3_fits, tcp_fits;
  flow_key_t key;
  pkt_meta_t meta;
  pkt_hdr_t  hdr_d;

  // An IP header that claims more bytes than the frame has is not believed.
  assign l3_fits  = (res_q.is_ipv4 || res_q.is_ipv6) && res_q.ip_end <= length_q && !end_over_q;
  assign tcp_fits = l3_fits && res_q.is_tcp;

  assign key = {res_q.is_ipv6, res_q.vlan, res_q.vid, res_q.src, res_q.dst, res_q.sport, res_q.dport};

  // Field by field in the order of pkt_meta_t.
  assign meta = {
    3'd0,
    16'd0,
    end_over_q ? 16'hFFFF : length_q[15:0],
    tcp_fits ? res_q.seq : 32'd0,
    tcp_fits ? res_q.payload_len : 16'd0,
    tcp_fits ? 16'(res_q.payload_off) : 16'd0,
    tcp_fits ? 8'(res_q.off) : 8'd0,
    l3_fits ? res_q.l3_off : 8'd0,
    tcp_fits ? res_q.flags : 8'd0,
    l3_fits && res_q.is_ipv4,
    l3_fits && res_q.is_ipv6,
    tcp_fits,
    l3_fits && res_q.is_frag,
    res_q.vlan && !end_over_q,
    end_over_q ? 12'd0 : res_q.vid,
    l3_fits && res_q.is_ipv4,                 // l3_checked
    l3_fits && res_q.is_ipv4,                 // l3_ok, if the sum agrees
    tcp_fits && !res_q.segs_left,             // l4_checked
    tcp_fits && !res_q.segs_left,             // l4_ok, if the sum agrees
    bad_q && !end_over_q,
    1'b0,
    FlowW'(0),
    2'd0
  };
  assign hdr_d = {end_over_q, tcp_fits && !bad_q && !res_q.two_tags, !tcp_fits, key, meta};

  // ---- Checksums and payload --------------------------------------------------------------------------

  logic first, sum_valid, l3_sum_ok, l4_sum_ok, scan_clean;

  assign first = (base_q == '0);

  csum_range #(
    .DataW (DataW)
  ) u_csum_l3 (
    .clk_i   (clk_i),
    .rst_i   (rst_i),
    .valid_i (take),
    .first_i (first),
    .last_i  (frame_end),
    .base_i  (base_q),
    .data_i  (s_axis_frm_tdata),
    .start_i (17'(res_i.l3_off)),
    .end_i   (17'(res_i.l3_end)),
    .init_i  (20'd0),
    .valid_o (sum_valid),
    .ok_o    (l3_sum_ok)
  );

  csum_range #(
    .DataW (DataW)
  ) u_csum_l4 (
    .clk_i   (clk_i),
    .rst_i   (rst_i),
    .valid_i (take),
    .first_i (first),
    .last_i  (frame_end),
    .base_i  (base_q),
    .data_i  (s_axis_frm_tdata),
    .start_i (17'(res_i.off)),
    .end_i   (res_i.ip_end),
    .init_i  (res_i.pseudo),
    .valid_o (),
    .ok_o    (l4_sum_ok)
  );

  // As far behind as the sums, so one valid is enough.
  payload_scan #(
    .DataW (DataW)
  ) u_scan (
    .clk_i   (clk_i),
    .rst_i   (rst_i),
    .valid_i (take),
    .first_i (first),
    .last_i  (frame_end),
    .base_i  (base_q),
    .data_i  (s_axis_frm_tdata),
    .start_i (res_i.payload_off),
    .end_i   (res_i.ip_end),
    .valid_o (),
    .clean_o (scan_clean)
  );

  // ---- Join ------------------------------------------------------------------------------------------

  pkt_hdr_t   hdr_q;
  logic       meta_valid, sums_valid, hdr_fire, l3_ok, l4_ok, lookup, clean;
  logic [2:0] sums;

  sync_fifo #(
    .W     ($bits(pkt_hdr_t)),
    .Depth (HdrDepth)
  ) u_hdr_fifo (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (push_q),
    .wr_ready_o (),
    .wr_data_i  (hdr_d),
    .rd_valid_o (meta_valid),
    .rd_ready_i (hdr_fire),
    .rd_data_o  (hdr_q),
    .count_o    (hdr_count)
  );

  // Verdicts wait for their headers only: there are never more of them than headers.
  sync_fifo #(
    .W     (3),
    .Depth (HdrDepth)
  ) u_sum_fifo (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (sum_valid),
    .wr_ready_o (),
    .wr_data_i  ({scan_clean, l3_sum_ok, l4_sum_ok}),
    .rd_valid_o (sums_valid),
    .rd_ready_i (hdr_fire && !hdr_q.oversize),
    .rd_data_o  (sums),
    .count_o    ()
  );

  // An oversize frame was given up before its sums were complete.
  assign hdr_valid_o = meta_valid && (hdr_q.oversize || sums_valid);
  assign hdr_fire    = hdr_valid_o && hdr_ready_i;
  assign l3_ok       = hdr_q.meta.l3_ok && sums[1];
  assign l4_ok       = hdr_q.meta.l4_ok && sums[0];
  assign lookup      = hdr_q.lookup && l4_ok && (l3_ok || hdr_q.meta.is_ipv6);
  assign clean       = hdr_q.clean || sums[2];

  always_comb begin
    hdr_o            = hdr_q;
    hdr_o.meta.l3_ok = l3_ok;
    hdr_o.meta.l4_ok = l4_ok;
    hdr_o.lookup     = lookup;
    hdr_o.clean      = clean;
  end

endmodule

`default_nettype wire
