// SPDX-License-Identifier: BSD-2-Clause
//
// A command as its decoder hands it to those who execute and answer it.

`default_nettype none

package cmd_pkg;

  import tls_rx_pkg::*;

  localparam int PayloadBeats = 4;  // of the longest command

  typedef struct packed {
    cpl_status_e status;            // CplOk: exactly one of is_key, is_ctx, is_rule is set
    logic [7:0]  opcode;
    logic [15:0] tag;
    logic [31:0] number;            // of a context or a key
    logic        is_key;            // the key store executes it
    logic        is_ctx;            // the tracker does
    logic        is_rule;           // the flow table does
    key_req_t    key;               // each request holds if its executor is named
    ctx_req_t    ctx;
    rule_req_t   rule;
  } cmd_t;

endpackage

`default_nettype wire
