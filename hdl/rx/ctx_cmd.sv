// SPDX-License-Identifier: BSD-2-Clause
//
// What a command does to a context: the rows of the tables in docs/engine.md that begin with
// SET_STATIC, SET_PSV, GET_PSV and DESTROY_CTX.
//
// Contract: combinational. wr_stat_o / wr_prog_o say which of stat_o / prog_o is to be written.

`default_nettype none

module ctx_cmd
  import tls_rx_pkg::*;
  import track_pkg::*;
(
  input  wire ctx_req_t      req_i,
  input  wire ctx_static_t   stat_i,
  input  wire ctx_progress_t prog_i,
  output      logic          wr_stat_o,
  output      logic          wr_prog_o,
  output ctx_static_t        stat_o,
  output ctx_progress_t      prog_o,
  output ctx_psv_t           psv_o,
  output      logic          confirm_o,  // a confirmation was taken
  output      logic          ignored_o   // a confirmation changed nothing
);

  chain_t       chain;
  open_rec_t    rec;
  ctx_op_e      op;
  track_state_e track;
  auth_state_e  auth;
  logic         running, set_static, set_psv, destroy, at_lock;

  assign chain   = prog_i.chain;
  assign rec     = prog_i.rec;
  assign running = prog_i.running;
  assign track   = chain.track;
  assign auth    = chain.auth;
  assign op      = req_i.op;

  assign set_static = (op == CtxSetStatic);
  assign set_psv    = (op == CtxSetPsv) && stat_i.valid;
  assign destroy    = (op == CtxDestroy);

  // A confirmation counts only for the exact position now tracked.
  assign at_lock   = (track == TrackTracking) && (auth == AuthNoOffload) &&
                     (req_i.resync_tcp_sn == chain.resync_sn);
  assign confirm_o = set_static && running && at_lock;
  assign ignored_o = set_static && running && !at_lock;

  assign wr_stat_o = destroy || (set_static && !running);
  assign wr_prog_o = destroy || set_psv || confirm_o;

  // ---- New rows -----------------------------------------------------------------------------------

  ctx_static_t   stat_new;
  ctx_progress_t prog_start, prog_confirmed;
  chain_t        chain_start, chain_confirmed;
  open_rec_t     rec_start, rec_confirmed;

  assign stat_new.valid         = 1'b1;
  assign stat_new.tls13         = req_i.tls13;
  assign stat_new.key           = req_i.key;
  assign stat_new.iv            = req_i.iv;
  assign stat_new.record_number = req_i.record_number;

  assign chain_start.track         = TrackStart;
  assign chain_start.auth          = AuthNoOffload;
  assign chain_start.expected      = req_i.next_tcp_sn;
  assign chain_start.hdr_cnt       = '0;
  assign chain_start.hdr           = '0;
  assign chain_start.resync_sn     = '0;
  assign chain_start.record_offset = '0;

  // The number is that of the record before: the first header counts it up.
  assign rec_start.open   = 1'b0;
  assign rec_start.whole  = 1'b0;
  assign rec_start.start  = '0;
  assign rec_start.length = '0;
  assign rec_start.number = stat_i.record_number - 64'd1;
  assign rec_start.nonce  = '0;

  assign chain_confirmed.track         = chain.track;
  assign chain_confirmed.auth          = AuthAuthentication;
  assign chain_confirmed.expected      = chain.expected;
  assign chain_confirmed.hdr_cnt       = chain.hdr_cnt;
  assign chain_confirmed.hdr           = chain.hdr;
  assign chain_confirmed.resync_sn     = chain.resync_sn;
  assign chain_confirmed.record_offset = chain.record_offset;

  assign rec_confirmed.open   = rec.open;
  assign rec_confirmed.whole  = rec.whole;
  assign rec_confirmed.start  = rec.start;
  assign rec_confirmed.length = rec.length;
  assign rec_confirmed.number = req_i.record_number + 64'(chain.record_offset);
  assign rec_confirmed.nonce  = rec.nonce;

  assign prog_start.running = 1'b1;
  assign prog_start.chain   = chain_start;
  assign prog_start.rec     = rec_start;

  assign prog_confirmed.running = 1'b1;
  assign prog_confirmed.chain   = chain_confirmed;
  assign prog_confirmed.rec     = rec_confirmed;

  assign stat_o = destroy ? '0 : stat_new;

  always_comb begin
    if (destroy) prog_o = '0;
    else if (set_psv) prog_o = prog_start;
    else prog_o = prog_confirmed;
  end

  // ---- Progress parameters --------------------------------------------------------------------------

  logic [31:0] next_sn, expected, rec_end, hdr_start;
  logic        is_open;

  assign expected  = chain.expected;
  assign rec_end   = rec.start + 32'(rec.length);
  assign hdr_start = chain.expected - 32'(chain.hdr_cnt);
  assign is_open   = rec.open;

  always_comb begin
    if (track != TrackTracking) next_sn = expected;
    else if (is_open) next_sn = rec_end;
    else next_sn = hdr_start;
  end

  // A context that is not running is all zero, and so is what is read of it.
  assign psv_o.next_record_tcp_sn = next_sn;
  assign psv_o.hw_resync_tcp_sn   = chain.resync_sn;
  assign psv_o.track              = chain.track;
  assign psv_o.auth               = chain.auth;
  assign psv_o.record_offset      = chain.record_offset;

endmodule

`default_nettype wire
