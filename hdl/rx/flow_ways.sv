// SPDX-License-Identifier: BSD-2-Clause
//
// Rows of the flow table and the lookup in them: in each way the row that the way's hash of the key
// points at, read and compared.
//
// Contract: key_i enters at each step_i; the answers are there three steps later and hold until the
// next step: match_o (the row is this key's), empty_o (the row is free), flow_o (of the match, else
// 0). While the same key is kept at the input, row_o are its rows.
// Writes go to the buckets of that key; one is seen by a key that enters in the next cycle.
// After reset every row is cleared, a bucket (four rows) a cycle: clearing_o, and nothing else may be
// asked for.

`default_nettype none

module flow_ways import tls_rx_pkg::*; #(
  parameter int Buckets = 32,
  parameter int Ways    = 4,
  localparam int BucketW = $clog2(Buckets),
  localparam int KeyW    = $bits(flow_key_t),
  localparam int RowW    = 1 + KeyW + FlowW   // valid, key, flow
) (
  // Clock, reset
  input  wire logic                         clk_i,
  input  wire logic                         rst_i,
  // Lookup
  input  wire logic                         step_i,
  input  wire logic [KeyW-1:0]              key_i,
  output      logic [Ways-1:0]              match_o,
  output      logic [Ways-1:0]              empty_o,
  output      logic [FlowW-1:0]             flow_o,
  // For updates
  output      logic [Ways-1:0][RowW-1:0]    row_o,
  input  wire logic [Ways-1:0]              wr_way_i,
  input  wire logic [RowW-1:0]              wr_row_i,
  output      logic                         clearing_o
);

  logic [KeyW-1:0]            key_q, key_q2;
  logic [Ways-1:0][FlowW-1:0] flow_q;

  // Block RAM has no reset.
  logic [BucketW-1:0] clear_q;
  logic [RowW-1:0]    wr_row;

  assign wr_row = clearing_o ? '0 : wr_row_i;

  always_ff @(posedge clk_i) begin
    clear_q <= clear_q + 1'b1;
    if (clear_q == BucketW'(Buckets - 1)) clearing_o <= 1'b0;

    if (rst_i) begin
      clear_q    <= '0;
      clearing_o <= 1'b1;
    end
  end

  // Three steps: hash, read, compare.
  for (genvar w = 0; w < Ways; w++) begin : g_way
    logic [BucketW-1:0] hash, bucket_q;

    flow_hash #(
      .HashW (BucketW),
      .Seed  (w)
    ) u_hash (
      .key_i  (key_i),
      .hash_o (hash)
    );

    ram_1r1w #(
      .W     (RowW),
      .Depth (Buckets)
    ) u_ram (
      .clk_i   (clk_i),
      .we_i    (wr_way_i[w] || clearing_o),
      .waddr_i (clearing_o ? clear_q : bucket_q),
      .wdata_i (wr_row),
      .re_i    (step_i),
      .raddr_i (bucket_q),
      .rdata_o (row_o[w])
    );

    always_ff @(posedge clk_i) begin
      if (step_i) begin
        bucket_q    <= hash;
        match_o[w]  <= row_o[w][RowW-1] && row_o[w][FlowW +: KeyW] == key_q2;
        empty_o[w]  <= !row_o[w][RowW-1];
        flow_q[w]   <= row_o[w][FlowW-1:0];
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (step_i) begin
      key_q  <= key_i;
      key_q2 <= key_q;
    end
  end

  // A key is in one row at most, so the answers can be ORed.
  always_comb begin
    flow_o = '0;
    for (int w = 0; w < Ways; w++) if (match_o[w]) flow_o = flow_o | flow_q[w];
  end

endmodule

`default_nettype wire
