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
    logic [3:0]   hdr_cnt;    // bytes kept: of a header not complete yet, or carried by the scan
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
    track_state_e track;     // the state in which the walk begins
    auth_state_e  auth;
    logic [3:0]   hdr_cnt;
    logic         open;
    logic         whole;
  } walk_start_t;

  // ---- What the walk (rec_walk) tells the cutter (slot_cut) ---------------------------------------

  // Beats of the receive ring are numbered modulo 2^12; two numbers compare by their signed difference.
  localparam int BeatW = 12;

  // One for each frame, in order.
  typedef struct packed {
    logic             walk;   // pieces follow; else the frame is passed, nothing to cut
    logic             ks;     // collects keystream
    logic             tls13;
    logic [FlowW-1:0] flow;
    logic [FlowW-1:0] key;
    logic [BeatW-1:0] base;   // number of the frame's first beat
    logic [BeatW-1:0] next;   // of the beat behind its last, perhaps not written yet
    logic [15:0]      first;  // frame byte of its first payload byte
    logic [15:0]      last;   // frame byte of its last payload byte
  } cut_pkt_t;

  // What one packet has of one whole record, or a move over bytes that need no crypto. In order; a
  // packet with walk has one or more, exactly the last one has last = 1.
  typedef struct packed {
    logic         last;      // nothing follows in this packet
    logic         crypto;    // a piece of a whole record; else only a move
    logic         head;      // the record's header (and nonce) was completed in this packet
    logic [15:0]  pos;       // frame byte of its first byte, text or tag; a move: bytes before it are done
    logic [14:0]  text_pos;  // offset in the record's text of the first text byte, if text_n != 0
    logic [14:0]  text_n;    // text bytes in this packet
    logic [4:0]   tag_n;     // tag bytes in this packet
    logic [3:0]   tag_from;  // number of the first of them
    logic [14:0]  text_len;
    logic [95:0]  nonce;     // first byte in [95:88]
    logic [127:0] aad;       // AAD block, first byte in [7:0]
  } piece_t;

endpackage

`default_nettype wire
