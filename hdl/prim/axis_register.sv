// SPDX-License-Identifier: BSD-2-Clause
//
// Register slice for an AXI4-Stream: cuts every path between its two sides, the ready path too.
//
// Contract: beats leave unchanged and in order. One beat a cycle; latency one cycle. m_axis_tvalid
// never waits for m_axis_tready, s_axis_tready comes from a register. Holds up to two beats. For
// more room use sync_fifo.

`default_nettype none

module axis_register #(
  parameter int DataW = 128,
  parameter int UserW = 1
) (
  // Clock, reset
  input  wire logic               clk_i,
  input  wire logic               rst_i,
  // Stream in
  input  wire logic [DataW-1:0]   s_axis_tdata,
  input  wire logic [DataW/8-1:0] s_axis_tkeep,
  input  wire logic               s_axis_tvalid,
  output      logic               s_axis_tready,
  input  wire logic               s_axis_tlast,
  input  wire logic [UserW-1:0]   s_axis_tuser,
  // Stream out
  output      logic [DataW-1:0]   m_axis_tdata,
  output      logic [DataW/8-1:0] m_axis_tkeep,
  output      logic               m_axis_tvalid,
  input  wire logic               m_axis_tready,
  output      logic               m_axis_tlast,
  output      logic [UserW-1:0]   m_axis_tuser
);

  localparam int BeatW = DataW + DataW / 8 + 1 + UserW;

  logic [BeatW-1:0] s_beat, out_q, skid_q;
  logic             out_valid_q, skid_valid_q;
  logic             in_fire, out_free;

  assign s_beat        = {s_axis_tuser, s_axis_tlast, s_axis_tkeep, s_axis_tdata};
  assign in_fire       = s_axis_tvalid && s_axis_tready;
  assign out_free      = !out_valid_q || m_axis_tready;
  assign s_axis_tready = !skid_valid_q;
  assign m_axis_tvalid = out_valid_q;
  assign {m_axis_tuser, m_axis_tlast, m_axis_tkeep, m_axis_tdata} = out_q;

  always_ff @(posedge clk_i) begin
    // The skid register catches the beat that was under way when the output stopped.
    if (!skid_valid_q) skid_q <= s_beat;
    if (out_free) out_q <= skid_valid_q ? skid_q : s_beat;

    if (out_free) begin
      out_valid_q  <= skid_valid_q || in_fire;
      skid_valid_q <= 1'b0;
    end else if (in_fire) begin
      skid_valid_q <= 1'b1;
    end

    if (rst_i) begin
      out_valid_q  <= 1'b0;
      skid_valid_q <= 1'b0;
    end
  end

`ifndef SYNTHESIS
  initial begin
    if (DataW % 8 != 0) $fatal(1, "%m: DataW %0d is not a whole number of bytes", DataW);
    if (UserW < 1) $fatal(1, "%m: UserW must be at least 1");
  end
`endif

endmodule

`default_nettype wire
