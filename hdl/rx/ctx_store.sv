// SPDX-License-Identifier: BSD-2-Clause
//
// Contexts of all flows as the tracker uses them: rows of flow_ctx, commands, and forwarding.
//
// Contract: rd_en_i reads the row of a packet (rd_row_i), or of the command if cmd_valid_i; stat_o and prog_o
// show it from the next cycle on, until the next rd_en_i. A row that is read in the cycle in which walk_we_i
// writes it is forwarded: the next packet of a flow need not wait for the RAM. auth_we_i has no
// forwarding: the tracker reads that row later. cmd_exec_i, one cycle after the command's row was read,
// executes the command; psv_o keeps what it read. At most one of cmd_exec_i, walk_we_i and
// auth_we_i a cycle. ready_o: the rows are cleared after reset.

`default_nettype none

module ctx_store
  import tls_rx_pkg::*;
  import track_pkg::*;
#(
  parameter int NumFlows = 64,
  localparam int AddrW = $clog2(NumFlows)
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  output      logic             ready_o,
  // Read
  input  wire logic             rd_en_i,
  input  wire logic [AddrW-1:0] rd_row_i,
  output ctx_static_t           stat_o,
  output ctx_progress_t         prog_o,
  // Commands
  input  wire logic             cmd_valid_i,
  input  wire ctx_req_t         cmd_req_i,
  input  wire logic             cmd_exec_i,
  output ctx_psv_t              psv_o,
  output      logic             confirm_o,
  output      logic             ignored_o,
  // Writes: behind a packet's walk, behind a verdict
  input  wire logic             walk_we_i,
  input  wire logic [AddrW-1:0] walk_row_i,
  input  wire ctx_progress_t    walk_prog_i,
  input  wire logic             auth_we_i,
  input  wire logic [AddrW-1:0] auth_row_i,
  input  wire ctx_progress_t    auth_prog_i
);

  ctx_static_t      stat_cmd;
  ctx_progress_t    prog_row, prog_cmd, prog_wr, prog_q;
  ctx_psv_t         psv;
  logic             cmd_stat, cmd_prog, confirm, ignored, forward_q;
  logic [AddrW-1:0] cmd_row, rd_row, wr_row;

  assign cmd_row = AddrW'(cmd_req_i.ctx);
  assign rd_row  = cmd_valid_i ? cmd_row : rd_row_i;

  ctx_cmd u_cmd (
    .req_i     (cmd_req_i),
    .stat_i    (stat_o),
    .prog_i    (prog_row),
    .wr_stat_o (cmd_stat),
    .wr_prog_o (cmd_prog),
    .stat_o    (stat_cmd),
    .prog_o    (prog_cmd),
    .psv_o     (psv),
    .confirm_o (confirm),
    .ignored_o (ignored)
  );

  always_comb begin
    if (cmd_exec_i) begin
      prog_wr = prog_cmd;
      wr_row  = cmd_row;
    end else if (walk_we_i) begin
      prog_wr = walk_prog_i;
      wr_row  = walk_row_i;
    end else begin
      prog_wr = auth_prog_i;
      wr_row  = auth_row_i;
    end
  end

  flow_ctx #(
    .NumFlows (NumFlows)
  ) u_ctx (
    .clk_i     (clk_i),
    .rst_i     (rst_i),
    .ready_o   (ready_o),
    .rd_en_i   (rd_en_i),
    .rd_flow_i (rd_row),
    .stat_o    (stat_o),
    .prog_o    (prog_row),
    .wr_stat_i (cmd_exec_i && cmd_stat),
    .wr_prog_i ((cmd_exec_i && cmd_prog) || walk_we_i || auth_we_i),
    .wr_flow_i (wr_row),
    .stat_i    (stat_cmd),
    .prog_i    (prog_wr)
  );

  // A row read in the cycle in which it is written is old: what was written stands in for it.
  always_ff @(posedge clk_i) begin
    if (rd_en_i) begin
      forward_q <= walk_we_i && (rd_row == walk_row_i);
      prog_q    <= walk_prog_i;
    end
    if (cmd_exec_i) psv_o <= psv;

    if (rst_i) forward_q <= 1'b0;
  end

  assign prog_o    = forward_q ? prog_q : prog_row;
  assign confirm_o = cmd_exec_i && confirm;
  assign ignored_o = cmd_exec_i && ignored;

endmodule

`default_nettype wire
