// SPDX-License-Identifier: BSD-2-Clause
//
// Keeps each frame as it came, beside its keystream, until it is known which of the two leaves.
//
// Contract: frames leave in order, unchanged in length. A frame starts to leave when its descriptor
// is there and, if the descriptor asks for it, its verdict; the rest of its beats may still be
// under way. From then on one beat a cycle, no bubble between frames that are ready. A frame leaves
// either as it came or with keystream over every byte of its payload: one select bit, set before
// its first beat leaves, decides for the whole frame.
// Frame beats and descriptors are back-pressured. Keystream words and verdicts are not: words never
// outnumber the beats inside, verdicts never the frames that wait, and the queues are sized so.
// free_o is the room in beats, less a margin for beats already on their way.
// The event outputs pulse once a frame, with its last beat.

`default_nettype none

module pkt_hold
  import tls_rx_pkg::*;
#(
  parameter int DataW     = 128,
  parameter int HoldBytes = 32768,
  parameter int DescDepth = 128
) (
  // Clock, reset
  input  wire logic               clk_i,
  input  wire logic               rst_i,
  // Frames in
  input  wire logic [DataW-1:0]   s_axis_frm_tdata,
  input  wire logic [DataW/8-1:0] s_axis_frm_tkeep,
  input  wire logic               s_axis_frm_tvalid,
  output      logic               s_axis_frm_tready,
  input  wire logic               s_axis_frm_tlast,
  // Descriptors in, one for each frame
  input  wire logic               desc_valid_i,
  output      logic               desc_ready_o,
  input  wire pkt_desc_t          desc_i,
  // Keystream in, one word for each beat that holds payload, and verdicts
  input  wire logic               beat_valid_i,
  input  wire logic [DataW-1:0]   beat_i,
  input  wire logic               verdict_valid_i,
  input  wire logic               verdict_ok_i,
  // Frames out
  output      logic [DataW-1:0]   m_axis_rx_tdata,
  output      logic [DataW/8-1:0] m_axis_rx_tkeep,
  output      logic               m_axis_rx_tvalid,
  input  wire logic               m_axis_rx_tready,
  output      logic               m_axis_rx_tlast,
  output      logic [MetaW-1:0]   m_axis_rx_tuser,
  // Status
  output      logic [15:0]        free_o,
  // Statistics
  output      logic               ev_packet_o,
  output      logic               ev_decrypted_o,
  output      logic [15:0]        ev_decrypted_bytes_o,
  output      logic               ev_resync_o,
  output      logic               ev_auth_fail_o
);

  localparam int BeatBytes = DataW / 8;
  localparam int PosW      = $clog2(BeatBytes);
  localparam int Depth     = HoldBytes / BeatBytes;
  localparam int CountW    = $clog2(Depth) + 1;
  localparam int BeatW     = DataW + PosW + 1;
  localparam int DescW     = $bits(pkt_desc_t);
  localparam int IdxW      = 16 - PosW;  // beat number within a frame
  localparam int StatusW   = $bits(tls_status_e);
  localparam logic [15:0] Margin = 16'd8;

  // ---- Stores -----------------------------------------------------------------------------------

  // tkeep is contiguous, so the index of a beat's last byte says it all and is an eighth as wide.
  logic [PosW-1:0]      in_end;
  logic [BeatBytes-1:0] in_edge;
  logic [BeatW-1:0]     in_beat, head_beat;
  logic [CountW-1:0]    count;
  logic                 head_valid, head_ready, head_last;
  logic [PosW-1:0]      head_end;
  logic [DataW-1:0]     head_data;

  assign in_edge = s_axis_frm_tkeep & ~(s_axis_frm_tkeep >> 1);

  always_comb begin
    in_end = '0;
    for (int i = 0; i < BeatBytes; i++) begin
      if (in_edge[i]) in_end = in_end | PosW'(i);
    end
  end

  assign in_beat = {s_axis_frm_tlast, in_end, s_axis_frm_tdata};
  assign {head_last, head_end, head_data} = head_beat;

  sync_fifo #(
    .W     (BeatW),
    .Depth (Depth)
  ) u_frames (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (s_axis_frm_tvalid),
    .wr_ready_o (s_axis_frm_tready),
    .wr_data_i  (in_beat),
    .rd_valid_o (head_valid),
    .rd_ready_i (head_ready),
    .rd_data_o  (head_beat),
    .count_o    (count)
  );

  logic [15:0] free;
  assign free = 16'(Depth) - 16'(count);

  always_ff @(posedge clk_i) begin
    free_o <= (free > Margin) ? free - Margin : '0;
    if (rst_i) free_o <= '0;
  end

  logic             word_valid, word_ready, word_room;
  logic [DataW-1:0] word;

  sync_fifo #(
    .W     (DataW),
    .Depth (Depth)
  ) u_keystream (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (beat_valid_i),
    .wr_ready_o (word_room),
    .wr_data_i  (beat_i),
    .rd_valid_o (word_valid),
    .rd_ready_i (word_ready),
    .rd_data_o  (word),
    .count_o    ()
  );

  logic             desc_valid, desc_take;
  logic [DescW-1:0] desc_bits;
  pkt_desc_t        desc;

  assign desc = desc_bits;

  sync_fifo #(
    .W     (DescW),
    .Depth (DescDepth)
  ) u_descriptors (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (desc_valid_i),
    .wr_ready_o (desc_ready_o),
    .wr_data_i  (desc_i),
    .rd_valid_o (desc_valid),
    .rd_ready_i (desc_take),
    .rd_data_o  (desc_bits),
    .count_o    ()
  );

  // A verdict may come before its descriptor: room for more of them than there are descriptors.
  logic verdict_valid, verdict_take, verdict_ok, verdict_room;

  sync_fifo #(
    .W     (1),
    .Depth (2 * DescDepth)
  ) u_verdicts (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (verdict_valid_i),
    .wr_ready_o (verdict_room),
    .wr_data_i  (verdict_ok_i),
    .rd_valid_o (verdict_valid),
    .rd_ready_i (verdict_take),
    .rd_data_o  (verdict_ok),
    .count_o    ()
  );

  // ---- Decision: one for each frame, before its first beat leaves --------------------------------

  pkt_meta_t   meta, meta_q;
  tls_status_e status, status_q;
  logic        decided_q;  // meta_q and what is below belong to the frame at the head
  logic        ks_q;       // the frame has keystream words, used or not
  logic        decrypt_q;  // the select bit
  logic        failed, lost, markable, frame_done;
  logic [15:0] first_byte, last_byte;
  logic [IdxW-1:0] first_d, first_q, last_d, last_q;  // beats that hold payload

  assign desc_take    = desc_valid && (verdict_valid || !desc.verdict) && (frame_done || !decided_q);
  assign verdict_take = desc_take && desc.verdict;
  assign meta         = desc.meta;
  assign first_byte   = meta.payload_off;
  assign last_byte    = meta.payload_off + meta.payload_len - 16'd1;
  assign first_d      = IdxW'(first_byte >> PosW);
  assign last_d       = IdxW'(last_byte >> PosW);
  assign failed       = desc.verdict && !verdict_ok;
  assign lost         = desc.lost;
  assign markable     = desc.markable;

  always_comb begin
    if (failed) status = TlsAuthFail;
    else if (lost) status = TlsResync;
    else if (markable) status = TlsDecrypted;
    else status = TlsNone;
  end

  always_ff @(posedge clk_i) begin
    if (desc_take) begin
      meta_q    <= meta;
      status_q  <= status;
      ks_q      <= desc.ks;
      decrypt_q <= (status == TlsDecrypted);
      first_q   <= first_d;
      last_q    <= last_d;
    end

    if (desc_take) decided_q <= 1'b1;
    else if (frame_done) decided_q <= 1'b0;

    if (rst_i) decided_q <= 1'b0;
  end

  // ---- Beats out ----------------------------------------------------------------------------------

  logic [IdxW-1:0]      idx_q;  // wraps in an oversize frame, which has no keystream
  logic                 out_valid, out_ready, out_fire, has_word;
  logic [DataW-1:0]     out_data;
  logic [BeatBytes-1:0] out_keep;
  logic [MetaW-1:0]     out_meta;

  // The tracker leaves the status, the last field, at 0.
  assign out_meta   = meta_q | {{(MetaW - StatusW){1'b0}}, status_q};
  assign has_word   = ks_q && (idx_q >= first_q) && (idx_q <= last_q);
  assign out_valid  = decided_q && head_valid && (word_valid || !has_word);
  assign out_fire   = out_valid && out_ready;
  assign out_data   = head_data ^ ((decrypt_q && has_word) ? word : '0);
  assign out_keep   = ~(({BeatBytes{1'b1}} << head_end) << 1);
  assign head_ready = decided_q && out_ready && (word_valid || !has_word);
  assign word_ready = decided_q && out_ready && head_valid && has_word;
  assign frame_done = out_fire && head_last;

  always_ff @(posedge clk_i) begin
    if (out_fire) idx_q <= head_last ? '0 : idx_q + 1'b1;
    if (rst_i) idx_q <= '0;
  end

  axis_register #(
    .DataW (DataW),
    .UserW (MetaW)
  ) u_out (
    .clk_i         (clk_i),
    .rst_i         (rst_i),
    .s_axis_tdata  (out_data),
    .s_axis_tkeep  (out_keep),
    .s_axis_tvalid (out_valid),
    .s_axis_tready (out_ready),
    .s_axis_tlast  (head_last),
    .s_axis_tuser  (out_meta),
    .m_axis_tdata  (m_axis_rx_tdata),
    .m_axis_tkeep  (m_axis_rx_tkeep),
    .m_axis_tvalid (m_axis_rx_tvalid),
    .m_axis_tready (m_axis_rx_tready),
    .m_axis_tlast  (m_axis_rx_tlast),
    .m_axis_tuser  (m_axis_rx_tuser)
  );

  // ---- Statistics -----------------------------------------------------------------------------------

  always_ff @(posedge clk_i) begin
    ev_decrypted_bytes_o <= meta_q.payload_len;
    ev_packet_o          <= frame_done;
    ev_decrypted_o       <= frame_done && (status_q == TlsDecrypted);
    ev_resync_o          <= frame_done && (status_q == TlsResync);
    ev_auth_fail_o       <= frame_done && (status_q == TlsAuthFail);

    if (rst_i) begin
      ev_packet_o    <= 1'b0;
      ev_decrypted_o <= 1'b0;
      ev_resync_o    <= 1'b0;
      ev_auth_fail_o <= 1'b0;
    end
  end

`ifndef SYNTHESIS
  initial begin
    if ($bits(pkt_meta_t) != MetaW) $fatal(1, "%m: MetaW is not the width of pkt_meta_t");
    if (Depth <= 16) $fatal(1, "%m: HoldBytes %0d is too small", HoldBytes);
  end
  always @(posedge clk_i) begin
    if (!rst_i && beat_valid_i && !word_room) $fatal(1, "%m: keystream would be lost");
    if (!rst_i && verdict_valid_i && !verdict_room) $fatal(1, "%m: a verdict would be lost");
    if (!rst_i && frame_done && ks_q && idx_q < last_q) $fatal(1, "%m: frame ends in its payload");
  end
`endif

endmodule

`default_nettype wire
