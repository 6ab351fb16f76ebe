// SPDX-License-Identifier: BSD-2-Clause
//
// What a received command asks for: combinational, from the layouts in docs/engine.md.
//
// Contract: status_o is CplOk if the opcode is known, the length right and every number in range;
// then exactly one of is_key_o, is_ctx_o, is_rule_o is set and the fields of that request hold.
// Else all three are 0 and nothing may be executed. The length is judged before the numbers.

`default_nettype none

module cmd_decode
  import tls_rx_pkg::*;
#(
  parameter int NumFlows = 64,
  parameter int NumKeys  = 64
) (
  // The command: its first beat, its payload (first byte in [7:0]) and payload length
  input  wire logic [CmdW-1:0]  head_i,
  input  wire logic [511:0]     payload_i,
  input  wire logic [2:0]       beats_i,   // payload beats, 5 or more are all too long
  input  wire logic             whole_i,   // no beat lacked bytes
  // Verdict and echo
  output      cpl_status_e      status_o,
  output      logic [7:0]       opcode_o,
  output      logic [15:0]      tag_o,
  output      logic [31:0]      number_o,
  // Who executes it
  output      logic             is_key_o,
  output      logic             is_ctx_o,
  output      logic             is_rule_o,
  // Request to the key store
  output      key_op_e          key_op_o,
  output      logic             key_256_o,
  output      logic [255:0]     key_o,
  // Request to the tracker
  output      ctx_req_t         ctx_req_o,
  // Request to the flow table
  output      logic             up_add_o,
  output      flow_key_t        up_key_o
);

  // ---- Big-endian views: byte k of a beat or payload of N bytes is bits [8*(N-1-k) +: 8] -------------

  logic [127:0] head;
  logic [511:0] body;

  for (genvar i = 0; i < 16; i++) begin : g_head
    assign head[8*(15-i) +: 8] = head_i[8*i +: 8];
  end
  for (genvar i = 0; i < 64; i++) begin : g_body
    assign body[8*(63-i) +: 8] = payload_i[8*i +: 8];
  end

  // Byte:        0         1        2..3      4..7      8..15
  //           +--------+---------+--------+----------+----------+
  //  beat 0   | opcode |  flags  |  tag   |  number  |    0     |
  //           +--------+---------+--------+----------+----------+
  logic flag_256;
  assign opcode_o = head[127:120];
  assign flag_256 = head[112];
  assign tag_o    = head[111:96];
  assign number_o = head[95:64];

  // ---- Opcode: executor, operation, length -----------------------------------------------------------

  logic       known, key_cmd, ctx_cmd, rule_cmd;
  logic       creates_key, sets_static, sets_psv;
  logic [2:0] beats;
  key_op_e    key_op;
  ctx_op_e    ctx_op;

  assign creates_key = (opcode_o == OpCreateKey);
  assign sets_static = (opcode_o == OpSetStatic);
  assign sets_psv    = (opcode_o == OpSetPsv);
  assign key_cmd     = creates_key || (opcode_o == OpDestroyKey);
  assign ctx_cmd     = sets_static || sets_psv || (opcode_o == OpGetPsv) ||
                       (opcode_o == OpDestroyCtx);
  assign rule_cmd    = (opcode_o == OpAddRule) || (opcode_o == OpDelRule);
  assign known       = key_cmd || ctx_cmd || rule_cmd;

  always_comb begin
    if (creates_key) beats = 3'd2;
    else if (sets_static) beats = 3'd4;
    else if (sets_psv) beats = 3'd1;
    else if (rule_cmd) beats = 3'd3;
    else beats = 3'd0;
  end

  always_comb begin
    if (creates_key) key_op = KeyWrite;
    else key_op = KeyWipe;
  end

  always_comb begin
    case (opcode_o)
      OpSetStatic:  ctx_op = CtxSetStatic;
      OpSetPsv:     ctx_op = CtxSetPsv;
      OpDestroyCtx: ctx_op = CtxDestroy;
      default:      ctx_op = CtxGetPsv;
    endcase
  end

  // ---- Ranges ------------------------------------------------------------------------------------------

  logic [23:0] dek_index;
  logic        in_range, dek_in_range;

  assign dek_index    = body[247:224];  // bytes 33..35
  assign in_range     = number_o < (key_cmd ? 32'(NumKeys) : 32'(NumFlows));
  assign dek_in_range = !sets_static || (dek_index < 24'(NumKeys));

  always_comb begin
    if (!known || !whole_i || beats_i != beats) status_o = CplBadCmd;
    else if (!in_range || !dek_in_range) status_o = CplBadIndex;
    else status_o = CplOk;
  end

  assign is_key_o  = key_cmd && (status_o == CplOk);
  assign is_ctx_o  = ctx_cmd && (status_o == CplOk);
  assign is_rule_o = rule_cmd && (status_o == CplOk);

  // ---- Payloads ----------------------------------------------------------------------------------------

  // CREATE_KEY: 32 bytes, a 128-bit key in the last 16.
  assign key_op_o  = key_op;
  assign key_256_o = flag_256;
  assign key_o     = body[511:256];

  // SET_STATIC and SET_PSV.
  assign ctx_req_o.op            = ctx_op;
  assign ctx_req_o.ctx           = number_o[FlowW-1:0];
  assign ctx_req_o.tls13         = (body[509:506] == 4'd3);  // byte 0: 10 vvvv 01
  assign ctx_req_o.key           = dek_index[FlowW-1:0];
  assign ctx_req_o.iv            = body[351:256];            // bytes 20..31
  assign ctx_req_o.record_number = body[447:384];            // bytes 8..15
  assign ctx_req_o.resync_tcp_sn = body[383:352];            // bytes 16..19
  assign ctx_req_o.next_tcp_sn   = body[479:448];            // bytes 4..7

  // ADD_RULE and DEL_RULE.
  assign up_add_o       = (opcode_o == OpAddRule);
  assign up_key_o.ipv6  = body[504];                         // byte 0, bit 0
  assign up_key_o.vlan  = body[505];
  assign up_key_o.vid   = body[491:480];                     // bytes 2..3
  assign up_key_o.sport = body[479:464];
  assign up_key_o.dport = body[463:448];
  assign up_key_o.src   = body[383:256];                     // bytes 16..31
  assign up_key_o.dst   = body[255:128];                     // bytes 32..47

endmodule

`default_nettype wire
