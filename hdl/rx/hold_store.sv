// SPDX-License-Identifier: BSD-2-Clause
//
// The hold's two stores: beats of frames, and the keystream words that belong to some of them.
//
// Contract: beats leave as they came and in order, and so do words, each at one a cycle. Beats are
// back-pressured. Words are not: a word comes after its beat did and leaves together with it, so
// there are never more words than beats and both stores are equally deep.

`default_nettype none

module hold_store #(
  parameter int DataW = 128,
  parameter int Depth = 2048,            // beats
  localparam int BeatBytes = DataW / 8
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
  // Keystream in
  input  wire logic                 word_valid_i,
  input  wire logic [DataW-1:0]     word_i,
  // Frames out
  output      logic [DataW-1:0]     m_axis_frm_tdata,
  output      logic [BeatBytes-1:0] m_axis_frm_tkeep,
  output      logic                 m_axis_frm_tvalid,
  input  wire logic                 m_axis_frm_tready,
  output      logic                 m_axis_frm_tlast,
  // Keystream out
  output      logic                 word_valid_o,
  input  wire logic                 word_ready_i,
  output      logic [DataW-1:0]     word_o
);

  localparam int PosW = $clog2(BeatBytes);

  // tkeep is contiguous, so the index of a beat's last byte says it all and is an eighth as wide.
  logic [PosW-1:0]      in_end, out_end;
  logic [BeatBytes-1:0] in_edge;

  assign in_edge = s_axis_frm_tkeep & ~(s_axis_frm_tkeep >> 1);

  always_comb begin
    in_end = '0;
    for (int i = 0; i < BeatBytes; i++) begin
      if (in_edge[i]) in_end = in_end | PosW'(i);
    end
  end

  sync_fifo #(
    .W     (DataW + PosW + 1),
    .Depth (Depth)
  ) u_frames (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (s_axis_frm_tvalid),
    .wr_ready_o (s_axis_frm_tready),
    .wr_data_i  ({s_axis_frm_tlast, in_end, s_axis_frm_tdata}),
    .rd_valid_o (m_axis_frm_tvalid),
    .rd_ready_i (m_axis_frm_tready),
    .rd_data_o  ({m_axis_frm_tlast, out_end, m_axis_frm_tdata}),
    .count_o    ()
  );

  assign m_axis_frm_tkeep = ~(({BeatBytes{1'b1}} << out_end) << 1);

  logic word_room;

  sync_fifo #(
    .W     (DataW),
    .Depth (Depth)
  ) u_keystream (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (word_valid_i),
    .wr_ready_o (word_room),
    .wr_data_i  (word_i),
    .rd_valid_o (word_valid_o),
    .rd_ready_i (word_ready_i),
    .rd_data_o  (word_o),
    .count_o    ()
  );

`ifndef SYNTHESIS
  always @(posedge clk_i)
    if (!rst_i && word_valid_i && !word_room) $fatal(1, "%m: keystream would be lost");
`endif

endmodule

`default_nettype wire
