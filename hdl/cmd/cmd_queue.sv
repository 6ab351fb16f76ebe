// SPDX-License-Identifier: BSD-2-Clause
//
// Input queue of the command unit; keeps no copy of what it gave away, because it holds keys.
//
// Contract: beats leave unchanged and in order, offered the cycle after they came. A beat that is
// taken is overwritten with zeros in the same cycle; the memory's one write port is busy with that,
// so no beat is accepted then. s_axis_cmd_tready does depend on rd_ready_i. full_o says that the beat
// has all of its bytes. For data that are no secret use sync_fifo, which is a beat a cycle.

`default_nettype none

module cmd_queue
  import tls_rx_pkg::*;
#(
  parameter int Depth = 32
) (
  // Clock, reset
  input  wire logic              clk_i,
  input  wire logic              rst_i,
  // Command stream in
  input  wire logic [CmdW-1:0]   s_axis_cmd_tdata,
  input  wire logic [CmdW/8-1:0] s_axis_cmd_tkeep,
  input  wire logic              s_axis_cmd_tvalid,
  output      logic              s_axis_cmd_tready,
  input  wire logic              s_axis_cmd_tlast,
  // Beats out
  output      logic              rd_valid_o,
  input  wire logic              rd_ready_i,
  output      logic [CmdW-1:0]   rd_data_o,
  output      logic              rd_last_o,
  output      logic              rd_full_o
);

  localparam int AddrW = $clog2(Depth);
  localparam int BeatW = CmdW + 2;

  logic [BeatW-1:0] mem [0:Depth-1];
  logic [BeatW-1:0] wr_beat, rd_beat;
  logic [AddrW:0]   wr_ptr_q, rd_ptr_q;  // one bit more than the address, to tell full from empty
  logic [AddrW-1:0] wr_addr;
  logic             full, rd_fire, wr_fire;

  assign full              = (wr_ptr_q - rd_ptr_q) == (AddrW + 1)'(Depth);
  assign rd_valid_o        = (wr_ptr_q != rd_ptr_q);
  assign rd_fire           = rd_valid_o && rd_ready_i;
  assign s_axis_cmd_tready = !full && !rd_fire;
  assign wr_fire           = s_axis_cmd_tvalid && s_axis_cmd_tready;

  assign rd_beat = mem[rd_ptr_q[AddrW-1:0]];
  assign {rd_full_o, rd_last_o, rd_data_o} = rd_beat;

  assign wr_addr = rd_fire ? rd_ptr_q[AddrW-1:0] : wr_ptr_q[AddrW-1:0];
  assign wr_beat = rd_fire ? '0 : {&s_axis_cmd_tkeep, s_axis_cmd_tlast, s_axis_cmd_tdata};

  always_ff @(posedge clk_i) begin
    if (wr_fire || rd_fire) mem[wr_addr] <= wr_beat;
    if (wr_fire) wr_ptr_q <= wr_ptr_q + 1'b1;
    if (rd_fire) rd_ptr_q <= rd_ptr_q + 1'b1;

    if (rst_i) begin
      wr_ptr_q <= '0;
      rd_ptr_q <= '0;
    end
  end

`ifndef SYNTHESIS
  initial if (Depth < 2 || Depth != (1 << AddrW)) $fatal(1, "%m: Depth %0d is no power of two", Depth);
`endif

endmodule

`default_nettype wire
