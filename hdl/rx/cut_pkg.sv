// SPDX-License-Identifier: BSD-2-Clause
//
// What the modules of the cutter (piece_plan, slot_cut, slot_form, slot_pipe) tell each other.

`default_nettype none

package cut_pkg;

  import tls_rx_pkg::*;
  import track_pkg::*;

  // What a slot takes of its piece.
  typedef struct packed {
    logic        crypto;    // part of a record, else only its packet's end
    logic        waits;     // until its beats are written
    logic        head;      // the record starts
    logic        text;      // it has text bytes
    logic [6:0]  text_n;    // so many
    logic [5:0]  from;      // group byte of the first
    logic [11:0] ctr;
    logic        tag;       // the piece's tag bytes are in it
    logic        ends;      // nothing of the piece is left
    logic [14:0] rest;      // text bytes that are left
  } due_t;

  // A piece with what its packet adds and with its first slot worked out; or a packet that is passed,
  // as a last move without keystream. Distances count beats, modulo 2^12 like the beats themselves.
  typedef struct packed {
    logic             first;     // of its packet
    logic             last;
    logic             walk;      // of a packet that is not passed
    logic             ks;
    logic [FlowW-1:0] flow;
    logic [FlowW-1:0] key;
    logic [BeatW-1:0] next;      // last: the beat behind the packet
    // Record
    logic [95:0]      nonce;
    logic [127:0]     aad;       // first byte in [7:0]
    logic [4:0]       aad_len;
    logic [14:0]      text_len;
    logic [10:0]      exponent;  // power of H missing behind the piece
    logic             check;     // the record ends in it
    logic [4:0]       tag_n;
    logic [3:0]       tag_from;
    due_t             due;       // its first slot
    // Place
    logic [BeatW-1:0] beat;      // beat of its first byte
    logic [5:0]       pos;       // position in that beat
    logic [BeatW-1:0] behind;    // beats with payload behind that beat
    logic [BeatW-1:0] lag;       // first: beats with payload before that beat
    logic [BeatW-1:0] span;      // beats with payload in the packet, less one
  } plan_t;

  // Where slot_pipe finds a slot's bytes in the two beats that were read for it.
  typedef struct packed {
    logic [63:0]  here;      // bytes of a beat, from the slot's first on: they are the first beat's
    logic [5:0]   text_rot;  // bytes to rotate down, for the text
    logic [5:0]   tag_rot;   // and for the tag
    logic [3:0]   tag_from;
    logic [4:0]   tag_n;     // 0: no tag bytes in the slot
    logic [127:0] aad;       // first byte in [7:0]
  } slot_place_t;

endpackage

`default_nettype wire
