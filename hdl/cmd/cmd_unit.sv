// SPDX-License-Identifier: BSD-2-Clause
//
// Executes the driver's commands, one at a time, between two packets.
//
// Contract: commands are executed in the order they came, each answered by one completion of two
// beats in the same order. While one is executed no frame is between flow_lookup and the crypto:
// pause_o stops new ones, and execution waits until all three blocks are idle. So a frame sees a
// command wholly or not at all; cmd_count_o and the completion's frame count say which.
// A malformed command is answered and has no effect. A completion that is not taken holds back the
// next command, never a frame. Payloads are overwritten with zeros once they were executed.

`default_nettype none

module cmd_unit
  import tls_rx_pkg::*;
#(
  parameter int NumFlows = 64,
  parameter int NumKeys  = 64,
  parameter int CmdDepth = 32
) (
  // Clock, reset
  input  wire logic              clk_i,
  input  wire logic              rst_i,
  // Command stream in
  input  wire logic [CmdW-1:0]   s_axis_cmd_tdata,
  input  wire logic [CmdW/8-1:0] s_axis_cmd_tkeep,
  input  wire logic              s_axis_cmd_tvalid,
  output      logic              s_axis_cmd_tready,
  input  wire logic              s_axis_cmd_tlast,
  // Completion stream out
  output      logic [CmdW-1:0]   m_axis_cpl_tdata,
  output      logic [CmdW/8-1:0] m_axis_cpl_tkeep,
  output      logic              m_axis_cpl_tvalid,
  input  wire logic              m_axis_cpl_tready,
  output      logic              m_axis_cpl_tlast,
  // The packet path
  output      logic              pause_o,
  input  wire logic              lookup_idle_i,
  input  wire logic              track_idle_i,
  input  wire logic              gcm_idle_i,
  input  wire logic [31:0]       frames_i,
  output      logic [15:0]       cmd_count_o,
  // Requests to the tracker
  output      logic              ctx_valid_o,
  output      ctx_req_t          ctx_req_o,
  input  wire logic              ctx_done_i,
  input  wire ctx_psv_t          ctx_psv_i,
  // Requests to the flow table
  output      logic              up_valid_o,
  output      logic              up_add_o,
  output      flow_key_t         up_key_o,
  output      logic [FlowW-1:0]  up_flow_o,
  input  wire logic              up_done_i,
  input  wire cpl_status_e       up_status_i,
  // Requests to the key store
  output      logic              key_valid_o,
  output      key_op_e           key_op_o,
  output      logic [FlowW-1:0]  key_idx_o,
  output      logic              key_256_o,
  output      logic [255:0]      key_o,
  input  wire logic              key_done_i,
  // Statistics
  output      logic              ev_ctx_o,       // a SET_PSV was executed
  output      logic              ev_del_o,       // a DESTROY_CTX was executed
  output      logic              ev_get_skip_o,  // a GET_PSV found nothing to confirm
  output      logic              ev_cpl_o        // a completion was offered
);

  // Beats may be in registers between two blocks that both say idle: ask for some quiet cycles.
  localparam logic [2:0] QuietCycles = 3'd5;

  typedef enum logic [2:0] {
    StHead,     // waiting for a command's first beat
    StPayload,  // collecting its payload
    StDrain,    // frames are held back, waiting for those inside
    StExec,     // the command's executor works
    StWipeSum,  // second half of DESTROY_CTX
    StCpl0,     // first beat of the completion
    StCpl1      // second beat of the completion
  } state_e;

  // ---- Queue and command buffer ----------------------------------------------------------------------

  state_e       state_d, state_q;
  logic         beat_valid, beat_ready, beat_last, beat_full, beat_fire;
  logic         executed, whole;
  logic [127:0] beat, head;
  logic [511:0] payload;
  logic [2:0]   beats;

  cmd_queue #(
    .Depth (CmdDepth)
  ) u_queue (
    .clk_i         (clk_i),
    .rst_i         (rst_i),
    .s_axis_tdata  (s_axis_cmd_tdata),
    .s_axis_tkeep  (s_axis_cmd_tkeep),
    .s_axis_tvalid (s_axis_cmd_tvalid),
    .s_axis_tready (s_axis_cmd_tready),
    .s_axis_tlast  (s_axis_cmd_tlast),
    .rd_valid_o    (beat_valid),
    .rd_ready_i    (beat_ready),
    .rd_data_o     (beat),
    .rd_last_o     (beat_last),
    .rd_full_o     (beat_full)
  );

  assign beat_ready = (state_q == StHead) || (state_q == StPayload);
  assign beat_fire  = beat_valid && beat_ready;

  // No key outlives its command here.
  cmd_buffer u_buffer (
    .clk_i     (clk_i),
    .rst_i     (rst_i),
    .take_i    (beat_fire),
    .head_i    (state_q == StHead),
    .beat_i    (beat),
    .full_i    (beat_full),
    .wipe_i    (executed),
    .head_o    (head),
    .payload_o (payload),
    .beats_o   (beats),
    .whole_o   (whole)
  );

  // ---- Decoder -----------------------------------------------------------------------------------------

  cpl_status_e dec_status;
  logic [7:0]  opcode;
  logic [15:0] tag;
  logic [31:0] number;
  logic        is_key, is_ctx, is_rule;
  key_op_e     dec_key_op;

  cmd_decode #(
    .NumFlows (NumFlows),
    .NumKeys  (NumKeys)
  ) u_decode (
    .head_i    (head),
    .payload_i (payload),
    .beats_i   (beats),
    .whole_i   (whole),
    .status_o  (dec_status),
    .opcode_o  (opcode),
    .tag_o     (tag),
    .number_o  (number),
    .is_key_o  (is_key),
    .is_ctx_o  (is_ctx),
    .is_rule_o (is_rule),
    .key_op_o  (dec_key_op),
    .key_256_o (key_256_o),
    .key_o     (key_o),
    .ctx_req_o (ctx_req_o),
    .up_add_o  (up_add_o),
    .up_key_o  (up_key_o)
  );

  // ---- Execution ---------------------------------------------------------------------------------------

  logic [2:0] quiet_q;
  logic       quiet, exec_done, destroys;

  assign quiet       = (quiet_q == QuietCycles);
  assign destroys    = is_ctx && (opcode == OpDestroyCtx);
  assign pause_o     = (state_q == StDrain) || (state_q == StExec) || (state_q == StWipeSum);
  assign ctx_valid_o = (state_q == StExec) && is_ctx;
  assign up_valid_o  = (state_q == StExec) && is_rule;
  assign up_flow_o   = number[FlowW-1:0];
  assign key_valid_o = ((state_q == StExec) && is_key) || (state_q == StWipeSum);
  assign key_idx_o   = number[FlowW-1:0];

  always_comb begin
    if (state_q == StWipeSum) key_op_o = SumWipe;
    else key_op_o = dec_key_op;
  end

  assign exec_done = (is_ctx && ctx_done_i) || (is_rule && up_done_i) || (is_key && key_done_i) ||
                     !(is_ctx || is_rule || is_key);
  assign executed  = (state_q == StExec && exec_done && !destroys) ||
                     (state_q == StWipeSum && key_done_i);

  always_comb begin
    state_d = state_q;
    case (state_q)
      StHead: begin
        if (beat_fire && beat_last) state_d = StDrain;
        else if (beat_fire) state_d = StPayload;
      end
      StPayload: if (beat_fire && beat_last) state_d = StDrain;
      // Bad commands wait as well: their completion counts frames too.
      StDrain:   if (quiet) state_d = StExec;
      StExec: begin
        if (exec_done && destroys) state_d = StWipeSum;
        else if (exec_done) state_d = StCpl0;
      end
      StWipeSum: if (key_done_i) state_d = StCpl0;
      StCpl0:    if (m_axis_cpl_tready) state_d = StCpl1;
      StCpl1:    if (m_axis_cpl_tready) state_d = StHead;
      default:   state_d = StHead;
    endcase
  end

  always_ff @(posedge clk_i) begin
    state_q <= state_d;

    if (state_q != StDrain || !(lookup_idle_i && track_idle_i && gcm_idle_i)) quiet_q <= '0;
    else if (!quiet) quiet_q <= quiet_q + 1'b1;

    if (executed) cmd_count_o <= cmd_count_o + 1'b1;

    if (rst_i) begin
      state_q     <= StHead;
      quiet_q     <= '0;
      cmd_count_o <= '0;
    end
  end

  // ---- Completion --------------------------------------------------------------------------------------

  logic [7:0] status;
  logic       reads_psv, not_waiting;

  assign status      = is_rule ? up_status_i : dec_status;
  assign reads_psv   = is_ctx && (opcode == OpGetPsv);
  assign not_waiting = (ctx_psv_i.track != TrackTracking) || (ctx_psv_i.auth != AuthNoOffload);

  cmd_cpl u_cpl (
    .clk_i             (clk_i),
    .opcode_i          (opcode),
    .tag_i             (tag),
    .number_i          (number),
    .executed_i        (executed),
    .status_i          (status),
    .reads_psv_i       (reads_psv),
    .psv_i             (ctx_psv_i),
    .frames_i          (frames_i),
    .cmd_count_i       (cmd_count_o),
    .send_i            (state_q == StCpl0 || state_q == StCpl1),
    .first_i           (state_q == StCpl0),
    .m_axis_cpl_tdata  (m_axis_cpl_tdata),
    .m_axis_cpl_tkeep  (m_axis_cpl_tkeep),
    .m_axis_cpl_tvalid (m_axis_cpl_tvalid),
    .m_axis_cpl_tlast  (m_axis_cpl_tlast)
  );

  // ---- Statistics --------------------------------------------------------------------------------------

  always_ff @(posedge clk_i) begin
    ev_ctx_o      <= executed && is_ctx && (opcode == OpSetPsv);
    ev_del_o      <= executed && destroys;
    ev_get_skip_o <= executed && reads_psv && not_waiting;
    ev_cpl_o      <= executed;

    if (rst_i) begin
      ev_ctx_o      <= 1'b0;
      ev_del_o      <= 1'b0;
      ev_get_skip_o <= 1'b0;
      ev_cpl_o      <= 1'b0;
    end
  end

endmodule

`default_nettype wire
