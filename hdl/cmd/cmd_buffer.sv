// SPDX-License-Identifier: BSD-2-Clause
//
// Collects the beats of one command: its first beat and its payload.
//
// Contract: take_i with each beat, head_i with the first of a command. beats_o counts payload beats
// and stays at 5, one more than any command has; whole_o: every beat had all of its bytes. wipe_i
// overwrites the payload with zeros.

`default_nettype none

module cmd_buffer import tls_rx_pkg::*, cmd_pkg::*; (
  // Clock, reset
  input  wire logic                         clk_i,
  input  wire logic                         rst_i,
  // Beats in
  input  wire logic                         take_i,
  input  wire logic                         head_i,
  input  wire logic [CmdW-1:0]              beat_i,
  input  wire logic                         full_i,
  input  wire logic                         wipe_i,
  // Command
  output      logic [CmdW-1:0]              head_o,
  output      logic [PayloadBeats*CmdW-1:0] payload_o,
  output      logic [2:0]                   beats_o,
  output      logic                         whole_o
);

  localparam logic [2:0] TooMany = 3'(PayloadBeats + 1);

  always_ff @(posedge clk_i) begin
    if (take_i && head_i) begin
      head_o  <= beat_i;
      beats_o <= '0;
      whole_o <= full_i;
    end else if (take_i) begin
      for (int i = 0; i < PayloadBeats; i++) begin
        if (beats_o == 3'(i)) payload_o[CmdW*i +: CmdW] <= beat_i;
      end
      if (beats_o != TooMany) beats_o <= beats_o + 1'b1;
      whole_o <= whole_o && full_i;
    end
    if (wipe_i || rst_i) payload_o <= '0;
  end

endmodule

`default_nettype wire
