// SPDX-License-Identifier: BSD-2-Clause
//
// What the tracker keeps of a flow: static parameters, one chain of headers, one open record.
//
// A list of open records and a second chain would be more of the same structs: the walk (slot_cut)
// knows a record only by open_rec_t and the way to the next header only by chain_t.

`default_nettype none

package track_pkg;

  import tls_rx_pkg::*;

  // Header bytes before the text: 5, and with TLS 1.2's explicit nonce 13 (RFC 5288 section 3).
  localparam logic [3:0] HdrBytes   = 4'd5;
  localparam logic [3:0] HdrBytes12 = 4'd13;

  localparam logic [14:0] TagLen  = 15'd16;
  // Undecided bytes that the scan carries: one less than a header.
  localparam int CarryBytes = 4;

  // Phases of the walk through one packet's payload (slot_cut).
  typedef enum logic [3:0] {
    PhDone   = 4'd0,  // no packet, or all of it was walked
    PhPast   = 4'd1,  // bytes before `expected`
    PhPeek   = 4'd2,  // kept header bytes are joined with the window's, nothing is taken
    PhJudge  = 4'd3,  // the joined bytes are judged and taken
    PhText   = 4'd4,  // ciphertext of a whole record
    PhTag    = 4'd5,  // tag of a whole record
    PhSkip   = 4'd6,  // the rest of a record that is not whole
    PhSearch = 4'd7,  // scan, at a byte of the window
    PhCarry  = 4'd8,  // scan, at a byte kept from before
    PhTail   = 4'd9   // a packet with slots must end with one
  } phase_e;

  // Written by SET_STATIC, never by a packet.
  typedef struct packed {
    logic             valid;
    logic             tls13;
    logic [FlowW-1:0] key;
    logic [95:0]      iv;             // TLS 1.2: salt in [95:64]
    logic [63:0]      record_number;  // initial_record_number
  } ctx_static_t;

  // A record whose header was judged and whose end was not reached.
  typedef struct packed {
    logic        open;
    logic        whole;   // every byte since the header was absorbed with a known number
    logic [31:0] start;   // TCP sequence number of the header
    logic [14:0] length;  // with the 5 header bytes, at most 16413
    logic [63:0] number;  // of this record, or of the last one when none is open
    logic [63:0] nonce;   // TLS 1.2 explicit nonce, first byte in [7:0]
  } open_rec_t;

  // The way from header to header.
  typedef struct packed {
    track_state_e track;
    auth_state_e  auth;
    logic [31:0]  expected;
    logic [3:0]   hdr_cnt;    // bytes kept: of a header, with nonce, or carried by the scan
    logic [39:0]  hdr;        // the first five of them, first byte in [7:0]
    logic [31:0]  resync_sn;  // hw_resync_tcp_sn
    logic [23:0]  record_offset;
  } chain_t;

  typedef struct packed {
    logic      running;
    chain_t    chain;
    open_rec_t rec;
  } ctx_progress_t;

  // How a packet is walked (result of seq_check).
  typedef struct packed {
    logic         walk;      // else the packet is passed and changes nothing
    logic         lost;      // a header is hidden by the gap before it
    logic         ks;        // markable: in order, offloaded, begins in known bytes
    logic [15:0]  past;      // payload bytes before `expected`
    logic [15:0]  remain;    // payload bytes from there on
    logic [14:0]  rec_left;  // bytes of the open record from there on
    track_state_e track;     // the state in which the walk begins
    auth_state_e  auth;
    logic [3:0]   hdr_cnt;
    logic         open;
    logic         whole;
  } walk_start_t;

endpackage

`default_nettype wire
