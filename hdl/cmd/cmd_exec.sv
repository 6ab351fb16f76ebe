// SPDX-License-Identifier: BSD-2-Clause
//
// Course of one command: collected, packets drained, executed, answered. The state machine alone; what
// the command is, and its completion's bytes, are kept elsewhere.
//
// Contract: take_o accepts beats of the next command; head_o: its first one. From the last beat on
// cmd_i holds until the completion's second beat was taken. pause_o stops new frames; the command is
// given to its executor when every bit of idle_i was 1 for QuietCycles, and held until that says done.
// DESTROY_CTX has two halves: the context at the tracker, then its sum at the key store (sum_wipe_o).
// executed_o is high for one cycle when all is done; the completion is offered from the next one on.

`default_nettype none

module cmd_exec import tls_rx_pkg::*, cmd_pkg::*; (
  // Clock, reset
  input  wire logic       clk_i,
  input  wire logic       rst_i,
  // Beats of a command
  output      logic       take_o,
  output      logic       head_o,
  input  wire logic       beat_i,        // a beat was taken
  input  wire logic       last_i,        // and is the command's last
  input  wire cmd_t       cmd_i,
  // The packet path
  output      logic       pause_o,
  input  wire logic [2:0] idle_i,
  // Executors
  output      logic       key_valid_o,
  output      logic       ctx_valid_o,
  output      logic       rule_valid_o,
  output      logic       sum_wipe_o,
  input  wire logic       key_done_i,
  input  wire logic       ctx_done_i,
  input  wire logic       rule_done_i,
  output      logic       executed_o,
  // Completion
  output      logic       send_o,
  output      logic       first_o,
  input  wire logic       sent_i         // a beat of it may go
);

  // Beats may be in registers between two blocks that both say idle: ask for some quiet cycles.
  localparam logic [2:0] QuietCycles = 3'd5;

  typedef enum logic [2:0] {
    StHead,     // waiting for a command's first beat
    StPayload,  // collecting its payload
    StDrain,    // frames are held back, waiting for those inside
    StExec,     // the command's executor works
    StWipeSum,  // second half of DESTROY_CTX
    StCpl0,     // first beat of the completion
    StCpl1      // second beat of the completion
  } state_e;

  state_e     state_d, state_q;
  logic [2:0] quiet_q;
  logic       is_key, is_ctx, is_rule, destroys, quiet, exec, done;

  assign is_key       = cmd_i.is_key;
  assign is_ctx       = cmd_i.is_ctx;
  assign is_rule      = cmd_i.is_rule;
  assign destroys     = is_ctx && (cmd_i.opcode == OpDestroyCtx);

  assign exec         = (state_q == StExec);
  assign head_o       = (state_q == StHead);
  assign take_o       = head_o || (state_q == StPayload);
  assign pause_o      = (state_q == StDrain) || exec || sum_wipe_o;
  assign sum_wipe_o   = (state_q == StWipeSum);
  assign ctx_valid_o  = exec && is_ctx;
  assign rule_valid_o = exec && is_rule;
  assign key_valid_o  = (exec && is_key) || sum_wipe_o;
  assign first_o      = (state_q == StCpl0);
  assign send_o       = first_o || (state_q == StCpl1);

  assign quiet        = (quiet_q == QuietCycles);
  assign done         = (is_ctx && ctx_done_i) || (is_rule && rule_done_i) ||
                        (is_key && key_done_i) || !(is_ctx || is_rule || is_key);
  assign executed_o   = (exec && done && !destroys) || (sum_wipe_o && key_done_i);

  always_comb begin
    state_d = state_q;
    case (state_q)
      StHead: begin
        if (beat_i && last_i) state_d = StDrain;
        else if (beat_i) state_d = StPayload;
      end
      StPayload: if (beat_i && last_i) state_d = StDrain;
      // Bad commands wait as well: their completion counts frames too.
      StDrain:   if (quiet) state_d = StExec;
      StExec: begin
        if (done && destroys) state_d = StWipeSum;
        else if (done) state_d = StCpl0;
      end
      StWipeSum: if (key_done_i) state_d = StCpl0;
      StCpl0:    if (sent_i) state_d = StCpl1;
      StCpl1:    if (sent_i) state_d = StHead;
      default:   state_d = StHead;
    endcase
  end

  always_ff @(posedge clk_i) begin
    state_q <= state_d;

    if (state_q != StDrain || idle_i != '1) quiet_q <= '0;
    else if (!quiet) quiet_q <= quiet_q + 1'b1;

    if (rst_i) begin
      state_q <= StHead;
      quiet_q <= '0;
    end
  end

endmodule

`default_nettype wire
