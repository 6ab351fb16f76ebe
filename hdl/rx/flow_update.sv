// SPDX-License-Identifier: BSD-2-Clause
//
// Adds rules to the flow table and deletes them.
//
// Contract: up_valid_i is held until up_done_o; up_status_o belongs to up_done_o. While idle_o = 0 the
// table is this unit's alone: key_o is looked up, and its rows are back as many cycles later as
// flow_ways says. wr_way_o writes a row, one bit a way.
//
// A new rule goes to a free row of its four. If there is none, one of the four residents moves to
// a free row of its own four: first by a copy, so that no moment is without it.

`default_nettype none

module flow_update import tls_rx_pkg::*; #(
  parameter int NumFlows = 64,
  parameter int Ways     = 4,
  localparam int KeyW    = $bits(flow_key_t),
  localparam int RowW    = 1 + KeyW + FlowW   // valid, key, flow
) (
  // Clock, reset
  input  wire logic                        clk_i,
  input  wire logic                        rst_i,
  // Update
  input  wire logic                        up_valid_i,
  input  wire rule_req_t                   up_req_i,
  output      logic                        up_done_o,
  output      cpl_status_e                 up_status_o,
  // Rows of the key
  output      logic                        idle_o,
  output      logic [KeyW-1:0]             key_o,
  input  wire logic [Ways-1:0]             match_i,
  input  wire logic [Ways-1:0]             empty_i,
  input  wire logic [Ways-1:0][RowW-1:0]   row_i,
  // Rows to write
  output      logic [Ways-1:0]             wr_way_o,
  output      logic [RowW-1:0]             wr_row_o,
  // Status
  output      logic [15:0]                 rules_o
);

  localparam int WayW = $clog2(Ways);
  localparam logic [WayW-1:0] LastWay  = WayW'(Ways - 1);
  localparam logic [1:0]      LastWait = 2'd2;   // rows are compared three cycles after the key

  typedef enum logic [2:0] {
    StIdle, StLook, StDecide, StVictim, StMove, StPlace, StDone
  } state_e;

  state_e           state_q, state_d;
  cpl_status_e      status_q, status_d;
  logic [1:0]       wait_q;
  logic [WayW-1:0]  way_q;       // resident under trial
  logic [RowW-1:0]  victim_q;    // and its row
  logic [Ways-1:0]  free_way;    // one-hot: first free row
  logic [KeyW-1:0]  victim_key, new_key;
  logic [FlowW-1:0] new_flow;
  logic             add, waited, found, any_free, is_full, added, deleted;

  assign add        = up_req_i.add;
  assign new_key    = up_req_i.key;
  assign new_flow   = up_req_i.flow;
  assign victim_key = victim_q[FlowW +: KeyW];
  assign key_o      = (state_q == StVictim || state_q == StMove) ? victim_key : new_key;
  assign found      = |match_i;
  assign free_way   = empty_i & (~empty_i + 1'b1);
  assign any_free   = |empty_i;
  assign is_full    = (rules_o == 16'(NumFlows));
  assign waited     = (wait_q == LastWait);

  always_comb begin
    state_d  = state_q;
    status_d = status_q;
    wr_way_o = '0;
    wr_row_o = {1'b1, new_key, new_flow};
    added    = 1'b0;
    deleted  = 1'b0;
    case (state_q)
      StIdle: if (up_valid_i) state_d = StLook;
      // The rule's four rows are on their way.
      StLook: if (waited) state_d = StDecide;
      StDecide: begin
        state_d  = StDone;
        status_d = CplOk;
        if (!add) begin
          wr_way_o = match_i;
          wr_row_o = '0;
          if (found) deleted = 1'b1;
          else status_d = CplNotFound;
        end else if (found) begin
          status_d = CplExists;
        end else if (is_full) begin
          status_d = CplFull;
        end else if (any_free) begin
          wr_way_o = free_way;
          added    = 1'b1;
        end else begin
          state_d = StVictim;
        end
      end
      // The resident's own four rows are on their way.
      StVictim: if (waited) state_d = StMove;
      StMove: begin
        wr_row_o = victim_q;
        if (any_free) begin
          wr_way_o = free_way;
          state_d  = StPlace;
        end else if (way_q != LastWay) begin
          state_d = StLook;
        end else begin
          status_d = CplFull;
          state_d  = StDone;
        end
      end
      // The resident has a copy elsewhere. Its old row, where its own hash of this way still points,
      // is the new rule's.
      StPlace: begin
        wr_way_o[way_q] = 1'b1;
        added           = 1'b1;
        status_d        = CplOk;
        state_d         = StDone;
      end
      StDone: state_d = StIdle;
      default: state_d = StIdle;
    endcase
  end

  assign up_done_o   = (state_q == StDone);
  assign up_status_o = status_q;
  assign idle_o      = (state_q == StIdle);

  always_ff @(posedge clk_i) begin
    state_q  <= state_d;
    status_q <= status_d;
    wait_q   <= (state_q == StLook || state_q == StVictim) ? wait_q + 1'b1 : '0;
    rules_o  <= rules_o + 16'(added) - 16'(deleted);
    if (state_q == StIdle) way_q <= '0;
    else if (state_q == StMove && state_d == StLook) way_q <= way_q + 1'b1;
    if (state_q == StDecide) victim_q <= row_i[way_q];

    if (rst_i) begin
      state_q <= StIdle;
      rules_o <= '0;
    end
  end

endmodule

`default_nettype wire
