// SPDX-License-Identifier: BSD-2-Clause
//
// What the front of the crypto core tells its sum unit of a slot, and the delay both count on.

`default_nettype none

package gcm_pkg;
  import tls_rx_pkg::*;

  // Cycles from a slot at the inputs of ghash to the worth of the piece that it ends.
  localparam int HashLatency = 4;

  // Made for the last slot of a piece and for the last slot of a packet.
  typedef struct packed {
    logic             piece;     // a piece ends: its worth goes to the sum
    logic             first;     // the piece holds the record's head: the sum starts, E(J0) joins it
    logic             power;     // the worth lacks a power of H: exponent is not 0
    logic             check;     // the record is complete, the sum must be zero
    logic             pkt_end;   // the packet ends: its verdict is due
    logic [FlowW-1:0] flow;
    logic [FlowW-1:0] key;
    logic [10:0]      exponent;  // power of H that the piece's worth lacks
  } gcm_job_t;

endpackage

`default_nettype wire
