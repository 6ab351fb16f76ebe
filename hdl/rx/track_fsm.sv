// SPDX-License-Identifier: BSD-2-Clause
//
// The states of track_ctl: one packet, or one command, at a time.
//
// Contract: a header is taken (take_o) when the packet before is done, and its state is left by strobes:
// check_o, one cycle: its context is there, walk_i decides; walk_ends_o: walk_done_i was seen
// and the descriptor and the context find room (desc_free_i, !settling_i); pass_leaves_o: a packet that is
// passed gives its descriptor. A packet that is passed takes one cycle, beside the next one's. An
// oversize frame stays (over_o) until over_ends_i, over_told_o one cycle. A command goes before packets:
// cmd_exec_o, one cycle later cmd_done_o.

`default_nettype none

module track_fsm (
  // Clock, reset
  input  wire logic clk_i,
  input  wire logic rst_i,
  // Header offered
  input  wire logic hdr_valid_i,
  output      logic hdr_ready_o,
  output      logic take_o,
  input  wire logic oversize_i,
  input  wire logic eligible_i,
  input  wire logic blocked_i,      // it depends on a verdict that has not come
  input  wire logic pkt_ready_i,    // room to tell one more
  // Packet in hand
  output      logic check_o,
  input  wire logic walk_i,         // it is walked, else passed
  input  wire logic walk_done_i,
  input  wire logic settles_i,      // its context changes by its verdict
  input  wire logic settling_i,     // another one does
  input  wire logic desc_free_i,
  output      logic walk_ends_o,
  output      logic pass_leaves_o,
  // Oversize frame
  output      logic over_o,
  input  wire logic over_ends_i,
  output      logic over_told_o,
  // Contexts, commands
  input  wire logic ctx_ready_i,    // they are cleared
  output      logic ctx_read_o,     // a context may be read
  input  wire logic cmd_valid_i,
  output      logic cmd_exec_o,
  output      logic cmd_done_o,
  // Status
  output      logic idle_o
);

  typedef enum logic [2:0] {
    StInit    = 3'd0,  // contexts are being cleared
    StIdle    = 3'd1,
    StCheck   = 3'd2,  // the context is there: decide
    StWalk    = 3'd3,
    StOver    = 3'd4,  // an oversize frame passes through the ring
    StOverEnd = 3'd5,
    StCmd     = 3'd6,
    StCmdDone = 3'd7
  } state_e;

  state_e state_q, state_d;
  logic   pass_q;   // the packet in hand is passed, its descriptor is due
  logic   in_idle, can_take, pass_free, walk_ends, take;

  assign in_idle     = (state_q == StIdle);
  assign pass_free   = !pass_q || desc_free_i;
  assign walk_ends   = (state_q == StWalk) && walk_done_i && desc_free_i &&
                       !(settles_i && settling_i);
  assign can_take    = (in_idle && pass_free) || (walk_ends && !settles_i);
  assign hdr_ready_o = can_take && !cmd_valid_i && pkt_ready_i && !blocked_i;
  assign take        = hdr_valid_i && hdr_ready_o;

  always_comb begin
    state_d = state_q;
    case (state_q)
      StInit: if (ctx_ready_i) state_d = StIdle;
      StIdle: begin
        if (cmd_valid_i) state_d = StCmd;
        else if (take && oversize_i) state_d = StOver;
        else if (take && eligible_i) state_d = StCheck;
      end
      StCheck: begin
        if (walk_i) state_d = StWalk;
        else state_d = StIdle;
      end
      StWalk: begin
        if (take && oversize_i) state_d = StOver;
        else if (take && eligible_i) state_d = StCheck;
        else if (walk_ends) state_d = StIdle;
      end
      StOver: if (over_ends_i) state_d = StOverEnd;
      StCmd: state_d = StCmdDone;
      default: state_d = StIdle;
    endcase
  end

  always_ff @(posedge clk_i) begin
    state_q <= state_d;

    if (take && !eligible_i) pass_q <= 1'b1;
    else if (state_q == StCheck && !walk_i) pass_q <= 1'b1;
    else if (desc_free_i) pass_q <= 1'b0;

    if (rst_i) begin
      state_q <= StInit;
      pass_q  <= 1'b0;
    end
  end

  assign take_o        = take;
  assign check_o       = (state_q == StCheck);
  assign walk_ends_o   = walk_ends;
  assign pass_leaves_o = pass_q && desc_free_i;
  assign over_o        = (state_q == StOver);
  assign over_told_o   = (state_q == StOverEnd);
  assign ctx_read_o    = in_idle || walk_ends;
  assign cmd_exec_o    = (state_q == StCmd);
  assign cmd_done_o    = (state_q == StCmdDone);
  assign idle_o        = in_idle && !pass_q;

endmodule

`default_nettype wire
