// SPDX-License-Identifier: BSD-2-Clause
//
// The first slot of a piece: the record's AAD block if it starts here, and text up to the end of its group.
//
// Contract: combinational. A move (crypto_i = 0) has a slot without anything, which only waits for its
// beat if the packet collects keystream (ks_i).

`default_nettype none

module due_first
  import tls_rx_pkg::*;
  import track_pkg::*;
  import cut_pkg::*;
#(
  parameter int DataW = 128,
  localparam int BeatBytes = DataW / 8,
  localparam int PosW      = $clog2(BeatBytes),
  localparam int LaneW     = PosW - 4
) (
  input  wire logic   crypto_i,
  input  wire logic   ks_i,
  input  wire piece_t piece_i,
  output due_t        due_o
);

  logic            head, text_any, tag_any;
  logic [14:0]     group_pos;  // of the first text byte in the record's groups
  logic [PosW-1:0] from;
  logic [6:0]      room, n;

  assign head      = crypto_i && piece_i.head;
  assign text_any  = crypto_i && (piece_i.text_n != '0);
  assign tag_any   = crypto_i && (piece_i.tag_n != '0);
  assign group_pos = piece_i.text_pos + 15'd16;
  assign from      = head ? PosW'(16) : group_pos[PosW-1:0];

  // With one lane the AAD block fills the group: no room is left.
  always_comb begin
    if (head) room = 7'(BeatBytes - 16);
    else if (!text_any) room = 7'(BeatBytes);
    else room = 7'(BeatBytes) - 7'(from);
  end

  slot_step u_step (
    .text_i    (text_any ? piece_i.text_n : '0),
    .room_i    (room),
    .tag_due_i (tag_any),
    .n_o       (n),
    .rest_o    (due_o.rest),
    .tag_o     (due_o.tag),
    .ends_o    (due_o.ends)
  );

  // Keystream words must not run ahead of the beats: the hold has no more room for them.
  assign due_o.waits  = text_any || tag_any || ks_i;
  assign due_o.crypto = crypto_i;
  assign due_o.head   = head;
  assign due_o.text   = (n != '0);
  assign due_o.text_n = n;
  assign due_o.from   = 6'(from);
  assign due_o.ctr    = head ? 12'd1 : (12'(group_pos >> PosW) << LaneW) + 12'd1;

endmodule

`default_nettype wire
