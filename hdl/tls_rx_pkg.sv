// SPDX-License-Identifier: BSD-2-Clause
//
// Types and constants shared by every module of the TLS receive engine.
//
// Byte order, everywhere in the engine: byte k of a beat, a slot or a keystream word is bits
// [8*k +: 8], so the first byte on the wire is in the least significant bits (AXI4-Stream order).
// Only inside hdl/crypto are 128-bit blocks held the other way round (first byte most significant,
// the order in which FIPS 197 and SP 800-38D write them); the reversal is done at that boundary.
// Multi-byte numbers taken from headers (ports, sequence numbers, lengths) are plain integers.

`default_nettype none

package tls_rx_pkg;

  // ---- Sizes ------------------------------------------------------------------------------------

  localparam int FlowW = 12;       // width of a context, key or flow number: up to 4096
  localparam int CmdW  = 128;      // width of the command and completion streams
  localparam int TagBytes = 16;    // AES-GCM tag, RFC 5288 section 3 and RFC 8446 section 5.2

  // Record body lengths (the wire length field) that AES-GCM can produce:
  // kernel limits tls_hlen + 16384 + tls_tlen (ktls_create_session), less the 5 header bytes.
  localparam logic [15:0] Len12Min = 16'd24;
  localparam logic [15:0] Len12Max = 16'd16408;
  localparam logic [15:0] Len13Min = 16'd17;
  localparam logic [15:0] Len13Max = 16'd16401;

  // ---- Packet metadata: m_axis_rx_tuser ---------------------------------------------------------

  // Completion codes of the receive queue entry (mlx5 tls_offload field).
  typedef enum logic [1:0] {
    TlsNone      = 2'd0,  // passed as it came
    TlsDecrypted = 2'd1,  // every ciphertext byte of the payload replaced by plaintext
    TlsResync    = 2'd2,  // passed as it came; tracking was lost in this packet
    TlsAuthFail  = 2'd3   // passed as it came; a record that ends here failed its tag
  } tls_status_e;

  // 160 bits, most significant field first. Offsets count bytes from the start of the frame.
  typedef struct packed {
    logic [2:0]       reserved;
    logic [15:0]      cmd_count;    // commands executed before this frame was tracked, mod 2^16
    logic [15:0]      frame_len;    // bytes of the frame, saturates at 65535
    logic [31:0]      tcp_seq;
    logic [15:0]      payload_len;  // TCP payload bytes, 0 unless is_tcp
    logic [15:0]      payload_off;
    logic [7:0]       l4_off;
    logic [7:0]       l3_off;
    logic [7:0]       tcp_flags;    // CWR ECE URG ACK PSH RST SYN FIN
    logic             is_ipv4;
    logic             is_ipv6;
    logic             is_tcp;       // a complete, unfragmented TCP header was found
    logic             is_frag;
    logic             vlan;         // outermost tag present
    logic [11:0]      vid;          // of the outermost tag
    logic             l3_checked;   // IPv4 header checksum was verified (never for IPv6)
    logic             l3_ok;
    logic             l4_checked;   // TCP checksum was verified over the wire bytes
    logic             l4_ok;
    logic             bad;          // s_axis_rx_tuser at the last beat
    logic             flow_valid;   // a flow rule matched
    logic [FlowW-1:0] flow;         // context number of that rule
    tls_status_e      tls_status;
  } pkt_meta_t;

  localparam int MetaW = 160;

  // What a flow rule matches (mlx5_fs_tcp.c): addresses and ports as seen in a received packet.
  // IPv4 addresses sit in the low 32 bits, the rest is zero.
  typedef struct packed {
    logic         ipv6;
    logic         vlan;
    logic [11:0]  vid;
    logic [127:0] src;
    logic [127:0] dst;
    logic [15:0]  sport;
    logic [15:0]  dport;
  } flow_key_t;

  // One header result of the parser, offered when the whole frame is stored (or is oversize).
  typedef struct packed {
    logic      oversize;   // longer than the frame buffer takes: must be passed on unprocessed
    logic      lookup;     // the key is worth a lookup: good, unfragmented TCP, at most one tag
    logic      clean;      // no TLS record header of either version can lie in the TCP payload
    flow_key_t key;
    pkt_meta_t meta;
  } pkt_hdr_t;

  // ---- Context states (mlx5 progress parameters, values as in the FreeBSD header) ----------------

  typedef enum logic [1:0] {
    TrackStart     = 2'd0,
    TrackTracking  = 2'd1,
    TrackSearching = 2'd2
  } track_state_e;

  typedef enum logic [1:0] {
    AuthNoOffload      = 2'd0,
    AuthOffload        = 2'd1,
    AuthAuthentication = 2'd2
  } auth_state_e;

  // ---- Slots: what the cutter hands to the crypto, one a cycle at most ---------------------------

  // The GHASH blocks of a record are 0 (AAD), 1..m (text) and m + 1 (lengths); block i has AES
  // counter i + 1, so index 0 also stands for J0. A group is DataW/128 consecutive indices, group g
  // begins at index g * lanes: text byte t is group byte (t + 16) mod (DataW/8).
  // A slot is what one packet has of one group of one record, and perhaps tag bytes. It may be any
  // mix of head, text, length and tag; with none of them it is a filler (keystream, pkt_end).
  // Beside it travel its data (text at its group bytes, the AAD block in lane 0 if head, all else
  // zero) and its tag bytes (at their place in the tag, all else zero).
  typedef struct packed {
    logic [FlowW-1:0] flow;        // whose sum to use
    logic [FlowW-1:0] key;         // whose key to use
    logic [95:0]      nonce;       // GCM IV of the record, first byte in [95:88]
    logic [31:0]      ctr;         // AES counter of lane 0: 1 + g * lanes
    logic [15:0]      text_len;    // ciphertext bytes of the whole record
    logic [4:0]       aad_len;     // AAD bytes of the record, 0 to 16
    logic             head;        // the record starts: AAD block and J0 in lane 0, ctr is 1
    logic [5:0]       text_from;   // group byte of the slot's first text byte
    logic [6:0]       text_bytes;  // 0: no text
    logic             length;      // the length block is due, in the lane behind the last hashed one
    logic             tag;         // the slot has tag bytes
    logic             piece_end;   // last slot of this record in this packet
    logic [10:0]      exponent;    // piece_end: power of H still missing, m + 1 - last hashed index;
                                   // 0 once the length block is hashed, here or before
    logic             check;       // piece_end: the record is complete, its sum must be zero
    logic             pkt_end;     // last slot of the packet (the packet's verdict is due)
    logic             ks_en;       // the packet collects keystream
    logic [5:0]       ks_start;    // byte position of the slot's first text byte in its beat
    logic [1:0]       ks_adv;      // beats of the frame that are complete before this slot
    logic             ks_last;     // pkt_end: one more beat with payload follows the slot's beat
  } slot_t;

  // What the tracker says of a frame to the hold.
  typedef struct packed {
    pkt_meta_t meta;      // complete but for tls_status
    logic      markable;  // DECRYPTED if every check is good
    logic      lost;      // tracking was lost in this packet
    logic      ks;        // keystream words belong to this frame
    logic      verdict;   // a verdict of the crypto core belongs to this frame
  } pkt_desc_t;

  // ---- Commands (layout: docs/engine.md) ----------------------------------------------------------

  typedef enum logic [7:0] {
    OpCreateKey  = 8'h01,
    OpDestroyKey = 8'h02,
    OpSetStatic  = 8'h03,
    OpSetPsv     = 8'h04,
    OpGetPsv     = 8'h05,
    OpAddRule    = 8'h06,
    OpDelRule    = 8'h07,
    OpDestroyCtx = 8'h08
  } cmd_op_e;

  typedef enum logic [7:0] {
    CplOk       = 8'd0,
    CplBadCmd   = 8'd1,  // unknown opcode or wrong length
    CplBadIndex = 8'd2,  // context or key number out of range
    CplFull     = 8'd3,  // no room for the rule
    CplNotFound = 8'd4,  // no such rule
    CplExists   = 8'd5   // the rule is there already
  } cpl_status_e;

  // Operations of the command unit on a context, executed by the tracker between two packets.
  typedef enum logic [1:0] {
    CtxSetStatic = 2'd0,
    CtxSetPsv    = 2'd1,
    CtxGetPsv    = 2'd2,
    CtxDestroy   = 2'd3
  } ctx_op_e;

  typedef struct packed {
    ctx_op_e          op;
    logic [FlowW-1:0] ctx;
    logic             tls13;           // CtxSetStatic: version field 3 (else TLS 1.2)
    logic [FlowW-1:0] key;             // CtxSetStatic: dek_index
    logic [95:0]      iv;              // CtxSetStatic: gcm_iv, implicit_iv; TLS 1.2 salt in [95:64]
    logic [63:0]      record_number;   // CtxSetStatic: initial_record_number
    logic [31:0]      resync_tcp_sn;   // CtxSetStatic
    logic [31:0]      next_tcp_sn;     // CtxSetPsv: next_record_tcp_sn
  } ctx_req_t;

  // Progress parameters as CtxGetPsv reads them.
  typedef struct packed {
    logic [31:0]  next_record_tcp_sn;
    logic [31:0]  hw_resync_tcp_sn;
    track_state_e track;
    auth_state_e  auth;
    logic [23:0]  record_offset;       // records counted since hw_resync_tcp_sn
  } ctx_psv_t;

  // Operations on the key store of the crypto core.
  typedef enum logic [1:0] {
    KeyWrite = 2'd0,  // store the key, derive H
    KeyWipe  = 2'd1,  // overwrite key and H
    SumWipe  = 2'd2   // overwrite the sum of a context
  } key_op_e;

  typedef struct packed {
    key_op_e          op;
    logic [FlowW-1:0] idx;             // key number; SumWipe: context number
    logic             is_256;          // KeyWrite: else a 128-bit key, in the low half
    logic [255:0]     key;             // KeyWrite
  } key_req_t;

  // Change of the flow table.
  typedef struct packed {
    logic             add;             // else delete
    flow_key_t        key;
    logic [FlowW-1:0] flow;            // add: context number of the rule
  } rule_req_t;

  // ---- Events, counted by the registers: each bit high for one cycle -------------------------------

  typedef struct packed {
    logic        packet;               // a frame has left the hold, and with it:
    logic        decrypted;
    logic        resync;
    logic        auth_fail;
    logic [15:0] bytes;                // TCP payload of the frame
  } hold_ev_t;

  typedef struct packed {
    logic auth_ok;                     // AUTHENTICATION left for OFFLOAD
    logic auth_fail;                   // AUTHENTICATION left for SEARCHING
    logic req;                         // tracking was lost: a resynchronisation begins
    logic lock;                        // a candidate was found
    logic ok;                          // the driver confirmed it
    logic skip;                        // a confirmation came too late and did nothing
  } track_ev_t;

  typedef struct packed {
    logic ctx;                         // a SET_PSV was executed
    logic del;                         // a DESTROY_CTX was executed
    logic get_skip;                    // a GET_PSV found nothing to confirm
    logic cpl;                         // a completion was offered
  } cmd_ev_t;

endpackage

`default_nettype wire
