// SPDX-License-Identifier: BSD-2-Clause
//
// Middle of the receive path: finds the TLS records in the packets of tracked flows, makes their
// keystream, and verifies their tags.
//
// Contract: beats of frames pass unchanged, in the cycle in which they are taken. Of each frame
// follows, in its own time and in order: a descriptor; if that says so a keystream word for each beat
// that holds payload, and a verdict. Words and verdicts are not back-pressured. A command (ctx_*,
// key_*) is only given while no frame is inside; idle_o: the tracker, and the crypto, hold none.
//
//  headers, beats --> rx_track --+--> beats, descriptors
//                        ^       +--> slots --> gcm_core --> ks_align --> words
//                        +---------- verdicts <----+

`default_nettype none

module rx_decrypt import tls_rx_pkg::*; #(
  parameter int DataW    = 128,
  parameter int NumFlows = 64,
  parameter int NumKeys  = NumFlows
) (
  // Clock, reset
  input  wire logic               clk_i,
  input  wire logic               rst_i,
  // Headers in
  input  wire logic               hdr_valid_i,
  output      logic               hdr_ready_o,
  input  wire pkt_hdr_t           hdr_i,
  // Frames in
  input  wire logic [DataW-1:0]   s_axis_frm_tdata,
  input  wire logic [DataW/8-1:0] s_axis_frm_tkeep,
  input  wire logic               s_axis_frm_tvalid,
  output      logic               s_axis_frm_tready,
  input  wire logic               s_axis_frm_tlast,
  // Frames out
  output      logic [DataW-1:0]   m_axis_frm_tdata,
  output      logic [DataW/8-1:0] m_axis_frm_tkeep,
  output      logic               m_axis_frm_tvalid,
  input  wire logic               m_axis_frm_tready,
  output      logic               m_axis_frm_tlast,
  // Descriptors, keystream words, verdicts
  output      logic               desc_valid_o,
  input  wire logic               desc_ready_i,
  output      pkt_desc_t          desc_o,
  output      logic               beat_valid_o,
  output      logic [DataW-1:0]   beat_o,
  output      logic               verdict_valid_o,
  output      logic               verdict_ok_o,
  // Contexts and keys
  input  wire logic               ctx_valid_i,
  input  wire ctx_req_t           ctx_req_i,
  output      logic               ctx_done_o,
  output      ctx_psv_t           ctx_psv_o,
  input  wire logic               key_valid_i,
  input  wire key_req_t           key_req_i,
  output      logic               key_done_o,
  // Control, status
  input  wire logic [23:0]        relock_records_i,
  input  wire logic [15:0]        cmd_count_i,
  output      logic [1:0]         idle_o,            // tracker, crypto
  output      logic [31:0]        frames_o,
  output      track_ev_t          ev_o
);

  logic             slot_valid, gcm_ready, ks_valid;
  slot_t            slot, ks_slot;
  logic [DataW-1:0] slot_data, ks;
  logic [127:0]     slot_tag;

  rx_track #(
    .DataW    (DataW),
    .NumFlows (NumFlows)
  ) u_track (
    .clk_i, .rst_i,
    .hdr_valid_i, .hdr_ready_o, .hdr_i,
    .s_axis_frm_tdata, .s_axis_frm_tkeep, .s_axis_frm_tvalid, .s_axis_frm_tready, .s_axis_frm_tlast,
    .m_axis_frm_tdata, .m_axis_frm_tkeep, .m_axis_frm_tvalid, .m_axis_frm_tready, .m_axis_frm_tlast,
    .desc_valid_o, .desc_ready_i, .desc_o,
    .slot_valid_o     (slot_valid),
    .slot_o           (slot),
    .slot_data_o      (slot_data),
    .slot_tag_o       (slot_tag),
    .gcm_ready_i      (gcm_ready),
    .verdict_valid_i  (verdict_valid_o),
    .verdict_ok_i     (verdict_ok_o),
    .ctx_valid_i, .ctx_req_i, .ctx_done_o, .ctx_psv_o,
    .relock_records_i, .cmd_count_i,
    .idle_o           (idle_o[0]),
    .frames_o, .ev_o
  );

  gcm_core #(
    .DataW    (DataW),
    .NumFlows (NumFlows),
    .NumKeys  (NumKeys)
  ) u_gcm (
    .clk_i, .rst_i,
    .slot_valid_i    (slot_valid),
    .slot_i          (slot),
    .slot_data_i     (slot_data),
    .slot_tag_i      (slot_tag),
    .ready_o         (gcm_ready),
    .ks_valid_o      (ks_valid),
    .ks_o            (ks),
    .ks_slot_o       (ks_slot),
    .verdict_valid_o, .verdict_ok_o,
    .key_valid_i,
    .key_op_i        (key_req_i.op),
    .key_idx_i       (key_req_i.idx),
    .key_256_i       (key_req_i.is_256),
    .key_i           (key_req_i.key),
    .key_done_o,
    .idle_o          (idle_o[1])
  );

  ks_align #(
    .DataW (DataW)
  ) u_align (
    .clk_i, .rst_i,
    .ks_valid_i (ks_valid),
    .ks_i       (ks),
    .ks_slot_i  (ks_slot),
    .beat_valid_o, .beat_o
  );

endmodule

`default_nettype wire
