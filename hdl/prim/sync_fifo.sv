// SPDX-License-Identifier: BSD-2-Clause
//
// First-word-fall-through FIFO in block RAM, one clock.
//
// Contract: words leave unchanged and in order; one word in and one word out a cycle (two words in
// three cycles if Depth is 2). A word written into an empty FIFO is offered two cycles later. Holds
// Depth words (a power of two); count_o is the number of words inside, the offered one included.
// wr_ready_o comes from a register and does not depend on rd_ready_i, so a full FIFO takes a word the
// cycle after one was read.

`default_nettype none

module sync_fifo #(
  parameter int W     = 32,
  parameter int Depth = 16,
  localparam int CountW = $clog2(Depth) + 1
) (
  // Clock, reset
  input  wire logic              clk_i,
  input  wire logic              rst_i,
  // Words in
  input  wire logic              wr_valid_i,
  output      logic              wr_ready_o,
  input  wire logic [W-1:0]      wr_data_i,
  // Words out
  output      logic              rd_valid_o,
  input  wire logic              rd_ready_i,
  output      logic [W-1:0]      rd_data_o,
  // Status
  output      logic [CountW-1:0] count_o
);

  localparam int AddrW = $clog2(Depth);
  localparam logic [CountW-1:0] Full = CountW'(Depth);

  // Pointers carry one bit more than the address, to tell full from empty.
  logic [AddrW:0]    wr_ptr_q, rd_ptr_q;
  logic [CountW-1:0] count_q;
  // The next count, if a word is taken and if not: kept, so that the reader's ready, which is often
  // late, chooses between the two and nothing more.
  (* keep *) logic [CountW-1:0] count_taken, count_left;
  logic              rd_valid_q;
  logic              wr_fire, rd_fire, fetch;

  assign wr_fire = wr_valid_i && wr_ready_o;
  assign rd_fire = rd_valid_q && rd_ready_i;
  // The RAM's output register is the offered word: refill it when it is empty or being taken.
  assign fetch   = (wr_ptr_q != rd_ptr_q) && (!rd_valid_q || rd_ready_i);

  assign count_taken = wr_fire ? count_q : count_q - 1'b1;
  assign count_left  = wr_fire ? count_q + 1'b1 : count_q;

  assign wr_ready_o = (count_q != Full);
  assign rd_valid_o = rd_valid_q;
  assign count_o    = count_q;

  ram_1r1w #(
    .W     (W),
    .Depth (Depth)
  ) u_ram (
    .clk_i   (clk_i),
    .we_i    (wr_fire),
    .waddr_i (wr_ptr_q[AddrW-1:0]),
    .wdata_i (wr_data_i),
    .re_i    (fetch),
    .raddr_i (rd_ptr_q[AddrW-1:0]),
    .rdata_o (rd_data_o)
  );

  always_ff @(posedge clk_i) begin
    if (wr_fire) wr_ptr_q <= wr_ptr_q + 1'b1;
    if (fetch) rd_ptr_q <= rd_ptr_q + 1'b1;

    if (fetch) rd_valid_q <= 1'b1;
    else if (rd_fire) rd_valid_q <= 1'b0;

    count_q <= rd_fire ? count_taken : count_left;

    if (rst_i) begin
      wr_ptr_q   <= '0;
      rd_ptr_q   <= '0;
      rd_valid_q <= 1'b0;
      count_q    <= '0;
    end
  end

`ifndef SYNTHESIS
  initial if (Depth < 2 || Depth != (1 << AddrW)) $fatal(1, "%m: Depth %0d is no power of two", Depth);
`endif

endmodule

`default_nettype wire
