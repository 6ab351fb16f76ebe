// SPDX-License-Identifier: BSD-2-Clause
//
// What the parts of the walk (rec_walk) tell each other.

`default_nettype none

package walk_pkg;

  import tls_rx_pkg::*;
  import track_pkg::*;

  // Phases of the walk through one packet's payload.
  typedef enum logic [3:0] {
    PhDone   = 4'd0,   // no packet, or all of it was walked
    PhPast   = 4'd1,   // bytes before `expected`
    PhPeek   = 4'd2,   // the bytes of a header are fetched
    PhJudge  = 4'd3,   // they are judged and taken
    PhPiece  = 4'd4,   // what the packet has of a whole record
    PhSkip   = 4'd5,   // what it has of a record that is not whole
    PhJoin   = 4'd6,   // scan: the bytes behind those kept are fetched
    PhCarry  = 4'd7,   // scan: the positions kept are looked at ..
    PhChoose = 4'd13,  // .. and the first good one chosen
    PhKept   = 4'd8,   // scan: what was found there
    PhSearch = 4'd9,   // scan: of the payload, or to its end if nothing can be found
    PhScan   = 4'd10,  // beat by beat
    PhTail   = 4'd11,  // the last bytes are kept
    PhEnd    = 4'd12   // the cutter is told that nothing follows
  } phase_e;

  // What stays constant while a packet is walked.
  typedef struct packed {
    logic             tls13;
    logic [95:0]      iv;
    logic [BeatW-1:0] base;     // number of the frame's first beat
    logic [15:0]      end_at;   // frame byte behind the payload
    logic [31:0]      end_seq;  // TCP sequence number there
    logic [23:0]      relock;   // records after which an unconfirmed chain is given up; 0: never
    logic             clean;    // no header lies wholly in the payload
  } walk_job_t;

  // Where the walk is in the payload and in the open record.
  typedef struct packed {
    logic [15:0] end_at;    // frame byte behind the payload
    logic [15:0] remain;    // payload bytes from the position on
    logic [14:0] left;      // bytes of the open record from the position on
    logic [15:0] peek;      // payload bytes from the next header on
    logic        closes;    // the open record ends, the payload goes on
    logic        rec_ends;  // a step over the open record takes its last byte
    logic        nowhere;   // no header lies wholly in what is left
  } walk_at_t;

  // What the step of this cycle comes to.
  typedef struct packed {
    logic [15:0] behind;      // payload bytes behind the piece or move
    logic        judge_ends;  // the payload's last byte is among the judged ones
    logic        scan_hit;    // the scan has found a header in this beat
    logic        scan_last;   // no whole header can lie behind this beat
  } walk_step_t;

  // hdr_judge of the header at hand.
  typedef struct packed {
    logic [3:0]  want;      // header bytes to take next
    logic        accept;
    logic        refute;
    logic        lost;      // refuted, and no header could be there
    logic        whole;     // accepted, and its number is known
    logic        aad;       // header and nonce of a whole record are complete
    logic        complete;  // nothing is kept of the header any more
    logic        counts;    // accepted, and it counts in record_offset
    logic        locks;     // accepted, and the scan ends with it
    logic [14:0] rec_len;   // with the five header bytes
    logic [23:0] offset;
  } judgement_t;

  // hdr_keep of the bytes kept.
  typedef struct packed {
    logic       hit;
    logic       all;
    logic [1:0] drop;
    logic [3:0] cnt;
  } kept_t;

  // What became of a packet.
  typedef struct packed {
    logic lost;      // a header was not where it should be
    logic pieces;    // it had pieces of whole records
    logic complete;  // a whole record ended in it
  } walk_result_t;

endpackage

`default_nettype wire
