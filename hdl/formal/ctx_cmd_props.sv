// SPDX-License-Identifier: BSD-2-Clause
//
// Properties of ctx_cmd: what a command may do to a context, for every command and every context.
//
// The statements are those of docs/engine.md, "What the tracker decides". The central one: no command
// enters OFFLOAD, and only a confirmation of the exact position now tracked enters AUTHENTICATION.

`default_nettype none

module ctx_cmd_props
  import tls_rx_pkg::*;
  import track_pkg::*;
(
  input wire ctx_req_t      req,
  input wire ctx_static_t   stat,
  input wire ctx_progress_t prog
);

  logic          wr_stat, wr_prog, confirm, ignored;
  ctx_static_t   stat_new;
  ctx_progress_t prog_new;
  ctx_psv_t      psv;

  ctx_cmd dut (
    .req_i     (req),
    .stat_i    (stat),
    .prog_i    (prog),
    .wr_stat_o (wr_stat),
    .wr_prog_o (wr_prog),
    .stat_o    (stat_new),
    .prog_o    (prog_new),
    .psv_o     (psv),
    .confirm_o (confirm),
    .ignored_o (ignored)
  );

  // ---- The context after the command -------------------------------------------------------------

  ctx_static_t   stat_after;
  ctx_progress_t after;

  assign stat_after = wr_stat ? stat_new : stat;
  assign after      = wr_prog ? prog_new : prog;

  logic is_static, is_psv, is_get, is_destroy, same_sn, confirmation, changed;

  assign is_static    = (req.op == CtxSetStatic);
  assign is_psv       = (req.op == CtxSetPsv);
  assign is_get       = (req.op == CtxGetPsv);
  assign is_destroy   = (req.op == CtxDestroy);
  assign same_sn      = (req.resync_tcp_sn == prog.chain.resync_sn);
  assign confirmation = is_static && prog.running;
  assign changed      = (after != prog) || (stat_after != stat);

  // What a taken confirmation leaves: only the state and the record's number are new.
  ctx_progress_t confirmed;

  always_comb begin
    confirmed            = prog;
    confirmed.chain.auth = AuthAuthentication;
    confirmed.rec.number = req.record_number + {40'd0, prog.chain.record_offset};
  end

  // ---- Properties --------------------------------------------------------------------------------

  always @* begin
    a_no_offload: assert (after.chain.auth != AuthOffload || prog.chain.auth == AuthOffload);
    a_authentication: assert (
      after.chain.auth != AuthAuthentication || prog.chain.auth == AuthAuthentication ||
      (confirmation && same_sn && prog.chain.track == TrackTracking &&
       prog.chain.auth == AuthNoOffload));
    a_confirm: assert (confirm == (confirmation && same_sn && prog.chain.track == TrackTracking &&
                                   prog.chain.auth == AuthNoOffload));
    a_confirmed: assert (!confirm || (after == confirmed && stat_after == stat));
    a_stale: assert (!confirmation || confirm || (ignored && !wr_prog && !wr_stat));
    a_get: assert (!is_get || (!wr_prog && !wr_stat));
    a_destroy: assert (!is_destroy || (after == '0 && stat_after == '0));

    a_unset: assert (!is_psv || stat.valid || !changed);
    a_start: assert (!is_psv || !stat.valid ||
                     (after.running && after.chain.track == TrackStart &&
                      after.chain.auth == AuthNoOffload &&
                      after.chain.expected == req.next_tcp_sn && after.chain.resync_sn == '0 &&
                      after.chain.record_offset == '0 && after.chain.hdr_cnt == '0 &&
                      !after.rec.open && after.rec.number + 64'd1 == stat.record_number));
    a_static: assert (!is_static || prog.running ||
                      (stat_after.valid && stat_after.tls13 == req.tls13 &&
                       stat_after.key == req.key && stat_after.iv == req.iv &&
                       stat_after.record_number == req.record_number && after == prog));

    a_psv_state: assert (psv.track == prog.chain.track && psv.auth == prog.chain.auth &&
                         psv.hw_resync_tcp_sn == prog.chain.resync_sn &&
                         psv.record_offset == prog.chain.record_offset);
    a_psv_next: assert (
      psv.next_record_tcp_sn ==
      ((prog.chain.track != TrackTracking) ? prog.chain.expected :
       prog.rec.open ? prog.rec.start + {17'd0, prog.rec.length} :
       prog.chain.expected - {28'd0, prog.chain.hdr_cnt}));

    c_confirm: cover (confirm);
    c_stale:   cover (ignored && prog.chain.track == TrackTracking && !same_sn);
    c_start:   cover (is_psv && stat.valid && prog.chain.auth == AuthOffload);
  end

endmodule

`default_nettype wire
