// SPDX-License-Identifier: BSD-2-Clause
//
// Makes the job of a slot and lets it walk beside GHASH, to meet the worth of its piece.
//
// Contract: slots are those that gcm_front registered, one a cycle. A slot that ends a piece or a packet
// gives one job, HashLatency + 1 cycles later, in order. power_o: this slot's job will need a power of H.
// busy_o: a job is under way or leaves.

`default_nettype none

module gcm_job_walk
  import tls_rx_pkg::*;
  import gcm_pkg::*;
(
  // Clock, reset
  input  wire logic     clk_i,
  input  wire logic     rst_i,
  // Slot in
  input  wire logic     slot_valid_i,
  input  wire slot_t    slot_i,
  output      logic     power_o,
  // Job out
  output      logic     job_valid_o,
  output      gcm_job_t job_o,
  // Status
  output      logic     busy_o
);

  localparam int Steps = HashLatency + 1;
  localparam int JobW  = $bits(gcm_job_t);

  gcm_job_t              job;
  logic                  power;
  logic                  open_q;   // the record's head came in this piece, in a slot before
  logic [Steps-1:0]      valid_q;
  logic [Steps*JobW-1:0] walk_q;   // the job that came last in the lowest bits

  assign power   = slot_i.piece_end && slot_i.exponent != '0;
  assign power_o = slot_valid_i && power;

  // In the order of gcm_job_t.
  assign job = {slot_i.piece_end, open_q || slot_i.head, power, slot_i.check, slot_i.pkt_end,
                slot_i.flow, slot_i.key, slot_i.exponent};

  // The worth of a piece is known HashLatency cycles after its last slot's blocks, which stand one
  // cycle after the slot.
  always_ff @(posedge clk_i) begin
    walk_q  <= {walk_q[(Steps-1)*JobW-1:0], job};
    valid_q <= {valid_q[Steps-2:0], slot_valid_i && (slot_i.piece_end || slot_i.pkt_end)};
    if (slot_valid_i) open_q <= (open_q || slot_i.head) && !slot_i.piece_end;
    if (rst_i) begin
      valid_q <= '0;
      open_q  <= 1'b0;
    end
  end

  assign job_valid_o = valid_q[Steps-1];
  assign job_o       = walk_q[Steps*JobW-1 -: JobW];
  assign busy_o      = (valid_q != '0);

endmodule

`default_nettype wire
