// SPDX-License-Identifier: BSD-2-Clause
//
// Contexts with their verdicts: a context is written when nothing can change the outcome any more.
//
// Contract: reads and commands as in ctx_store. At the end of a packet's walk (ends_i) its context prog_i is
// written; but if the packet completed a record in AUTHENTICATION (settles_o), it waits for the packet's
// verdict, and meanwhile another packet of its row must not be read (blocked_o), no command be executed, and no other
// context settle (settling_o). told_i: a packet that brings a verdict was told to the cutter with its last
// piece, before its ends_i.

`default_nettype none

module track_ctx
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
  output      logic             blocked_o,
  // Walk
  input  wire logic             told_i,
  input  wire logic             ends_i,
  input  wire logic [AddrW-1:0] row_i,
  input  wire ctx_progress_t    prog_i,
  input  wire logic             complete_i,
  output      logic             settles_o,
  output      logic             settling_o,
  // Verdicts
  input  wire logic             verdict_valid_i,
  input  wire logic             verdict_ok_i,
  // Commands
  input  wire logic             cmd_valid_i,
  input  wire ctx_req_t         cmd_req_i,
  input  wire logic             cmd_exec_i,
  output ctx_psv_t              psv_o,
  // Statistics
  output      logic             confirm_o,
  output      logic             ignored_o,
  output      logic             auth_ok_o,
  output      logic             auth_fail_o
);

  chain_t           chain;
  auth_state_e      auth;
  ctx_progress_t    settled;
  logic             settles, waits, ready, take, ok;
  logic [AddrW-1:0] wait_row;

  assign chain   = prog_i.chain;
  assign auth    = chain.auth;
  assign settles = complete_i && (auth == AuthAuthentication);

  ctx_store #(
    .NumFlows (NumFlows)
  ) u_store (
    .clk_i       (clk_i),
    .rst_i       (rst_i),
    .ready_o     (ready_o),
    .rd_en_i     (rd_en_i),
    .rd_row_i    (rd_row_i),
    .stat_o      (stat_o),
    .prog_o      (prog_o),
    .cmd_valid_i (cmd_valid_i),
    .cmd_req_i   (cmd_req_i),
    .cmd_exec_i  (cmd_exec_i),
    .psv_o       (psv_o),
    .confirm_o   (confirm_o),
    .ignored_o   (ignored_o),
    .walk_we_i   (ends_i && !settles),
    .walk_row_i  (row_i),
    .walk_prog_i (prog_i),
    .auth_we_i   (take),
    .auth_row_i  (wait_row),
    .auth_prog_i (settled)
  );

  auth_step #(
    .AddrW (AddrW)
  ) u_auth (
    .clk_i           (clk_i),
    .rst_i           (rst_i),
    .pkt_end_i       (told_i),
    .settle_i        (ends_i && settles),
    .row_i           (row_i),
    .ctx_i           (prog_i),
    .verdict_valid_i (verdict_valid_i),
    .verdict_ok_i    (verdict_ok_i),
    .busy_o          (waits),
    .ready_o         (ready),
    .take_i          (take),
    .row_o           (wait_row),
    .ok_o            (ok),
    .ctx_o           (settled)
  );

  // The context's row has one write port.
  assign take = ready && !ends_i && !cmd_exec_i;

  assign blocked_o   = waits && (rd_row_i == wait_row);
  assign settles_o   = settles;
  assign settling_o  = waits;
  assign auth_ok_o   = take && ok;
  assign auth_fail_o = take && !ok;

endmodule

`default_nettype wire
