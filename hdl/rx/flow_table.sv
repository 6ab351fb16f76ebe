// SPDX-License-Identifier: BSD-2-Clause
//
// Flow rules in block RAM: four ways, each addressed by its own hash of the key, at most half full.
//
// Contract, lookup: key_i enters at each step_i; hit_o and flow_o are the answer three steps later and
// hold until the next step. Contract, update: up_valid_i (held until up_done_o) may only come while no
// lookup is inside; up_status_o belongs to up_done_o. ready_o = 0 while the RAM is cleared after
// reset (one cycle a bucket) and during an update: no lookup may start then.
//
// A new rule goes to a free row of its four. If there is none, one of the four residents moves to
// a free row of its own four; with this one move a table that is half full refuses a rule about once
// in 2^16. So in practice CplFull means NumFlows rules.

`default_nettype none

module flow_table import tls_rx_pkg::*; #(
  parameter int NumFlows = 64,
  parameter int Ways     = 4
) (
  // Clock, reset
  input  wire logic             clk_i,
  input  wire logic             rst_i,
  // Lookup
  input  wire logic             step_i,
  input  wire flow_key_t        key_i,
  output      logic             hit_o,
  output      logic [FlowW-1:0] flow_o,
  // Update
  input  wire logic             up_valid_i,
  input  wire logic             up_add_i,     // else delete
  input  wire flow_key_t        up_key_i,
  input  wire logic [FlowW-1:0] up_flow_i,
  output      logic             up_done_o,
  output      cpl_status_e      up_status_o,
  // Status
  output      logic             ready_o,
  output      logic [15:0]      rules_o
);

  localparam int Buckets = 2 * NumFlows / Ways;
  localparam int BucketW = $clog2(Buckets);
  localparam int KeyW    = $bits(flow_key_t);
  localparam int RowW    = 1 + KeyW + FlowW;   // valid, key, flow
  localparam int WayW    = $clog2(Ways);
  localparam logic [BucketW-1:0] LastBucket = BucketW'(Buckets - 1);
  localparam logic [WayW-1:0]    LastWay    = WayW'(Ways - 1);
  localparam logic [1:0]         LastWait   = 2'd2;   // rows are compared three cycles after the key

  typedef enum logic [2:0] {
    StInit, StIdle, StLook, StDecide, StVictim, StMove, StPlace, StDone
  } state_e;

  state_e state_q, state_d;

  // ---- Rows --------------------------------------------------------------------------------------------

  logic                         step;
  logic [KeyW-1:0]              key;
  logic [Ways-1:0][BucketW-1:0] bucket, wr_bucket;
  logic [Ways-1:0][RowW-1:0]    row;
  logic [Ways-1:0]              match, empty, wr_way;
  logic [RowW-1:0]              wr_row;
  logic [RowW-1:0]              victim_q;    // resident that may move
  logic [KeyW-1:0]              victim_key;

  assign victim_key = victim_q[FlowW +: KeyW];
  assign step       = step_i || (state_q != StIdle);
  assign key        = (state_q == StIdle) ? key_i
                    : (state_q == StVictim || state_q == StMove) ? victim_key : up_key_i;
  assign hit_o      = |match;

  flow_ways #(
    .Buckets (Buckets),
    .Ways    (Ways)
  ) u_ways (
    .clk_i       (clk_i),
    .step_i      (step),
    .key_i       (key),
    .match_o     (match),
    .empty_o     (empty),
    .flow_o      (flow_o),
    .bucket_o    (bucket),
    .row_o       (row),
    .wr_way_i    (wr_way),
    .wr_bucket_i (wr_bucket),
    .wr_row_i    (wr_row)
  );

  // ---- Updates ---------------------------------------------------------------------------------------

  logic [1:0]         wait_q;
  logic [BucketW-1:0] walk_q;
  logic [WayW-1:0]    way_q;       // resident under trial
  logic [Ways-1:0]    free_way;    // one-hot: first free row
  logic [15:0]        rules_q;
  cpl_status_e        status_q, status_d;
  logic               waited, any_free, is_full, added, deleted;

  assign free_way = empty & (~empty + 1'b1);
  assign any_free = |empty;
  assign is_full  = (rules_q == 16'(NumFlows));
  assign waited   = (wait_q == LastWait);

  always_comb begin
    state_d   = state_q;
    status_d  = status_q;
    wr_way    = '0;
    wr_bucket = bucket;
    wr_row    = {1'b1, up_key_i, up_flow_i};
    added     = 1'b0;
    deleted   = 1'b0;
    case (state_q)
      // Block RAM has no reset: clear every row.
      StInit: begin
        wr_way    = '1;
        wr_bucket = {Ways{walk_q}};
        wr_row    = '0;
        if (walk_q == LastBucket) state_d = StIdle;
      end
      StIdle: if (up_valid_i) state_d = StLook;
      // The rule's four rows are on their way.
      StLook: if (waited) state_d = StDecide;
      StDecide: begin
        state_d  = StDone;
        status_d = CplOk;
        if (!up_add_i) begin
          wr_way = match;
          wr_row = '0;
          if (hit_o) deleted = 1'b1;
          else status_d = CplNotFound;
        end else if (hit_o) begin
          status_d = CplExists;
        end else if (is_full) begin
          status_d = CplFull;
        end else if (any_free) begin
          wr_way = free_way;
          added  = 1'b1;
        end else begin
          state_d = StVictim;
        end
      end
      // The resident's own four rows are on their way.
      StVictim: if (waited) state_d = StMove;
      StMove: begin
        wr_row = victim_q;
        if (any_free) begin
          wr_way  = free_way;
          state_d = StPlace;
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
        wr_way[way_q] = 1'b1;
        added         = 1'b1;
        status_d      = CplOk;
        state_d       = StDone;
      end
      StDone: state_d = StIdle;
      default: state_d = StIdle;
    endcase
  end

  assign up_done_o   = (state_q == StDone);
  assign up_status_o = status_q;
  assign ready_o     = (state_q == StIdle);
  assign rules_o     = rules_q;

  always_ff @(posedge clk_i) begin
    state_q  <= state_d;
    status_q <= status_d;
    wait_q   <= (state_q == StLook || state_q == StVictim) ? wait_q + 1'b1 : '0;
    walk_q   <= walk_q + 1'b1;
    rules_q  <= rules_q + 16'(added) - 16'(deleted);
    if (state_q == StIdle) way_q <= '0;
    else if (state_q == StMove && state_d == StLook) way_q <= way_q + 1'b1;
    if (state_q == StDecide) victim_q <= row[way_q];

    if (rst_i) begin
      state_q <= StInit;
      walk_q  <= '0;
      rules_q <= '0;
    end
  end

`ifndef SYNTHESIS
  initial begin
    if (Buckets < 2 || Buckets != (1 << BucketW))
      $fatal(1, "%m: 2 * NumFlows / Ways = %0d is no power of two", Buckets);
    if (NumFlows > (1 << FlowW)) $fatal(1, "%m: flow numbers have %0d bits", FlowW);
  end
`endif

endmodule

`default_nettype wire
