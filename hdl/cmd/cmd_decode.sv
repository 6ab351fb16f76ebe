// SPDX-License-Identifier: BSD-2-Clause
//
// What a received command asks for, from the layouts in docs/engine.md.
//
// Contract: status is CplOk if the opcode is known, the length right and every number in range;
// then exactly one of is_key, is_ctx, is_rule is set and the fields of that request hold.
// Else all three are 0 and nothing may be executed. The length is judged before the numbers.
// Verdict and operation are there one cycle after the last beat, the payload's fields at once.

`default_nettype none

module cmd_decode import tls_rx_pkg::*, cmd_pkg::*; #(
  parameter int NumFlows = 64,
  parameter int NumKeys  = 64
) (
  // Clock
  input  wire logic                         clk_i,
  // The command: its first beat, its payload (first byte in [7:0]) and payload length
  input  wire logic [CmdW-1:0]              head_i,
  input  wire logic [PayloadBeats*CmdW-1:0] payload_i,
  input  wire logic [2:0]                   beats_i,   // payload beats, 5 or more are all too long
  input  wire logic                         whole_i,   // no beat lacked bytes
  // What it asks for
  output      cmd_t                         cmd_o
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
  logic [7:0]  opcode;
  logic        flag_256;
  logic [15:0] tag;
  logic [31:0] number;

  assign opcode   = head[127:120];
  assign flag_256 = head[112];
  assign tag      = head[111:96];
  assign number   = head[95:64];

  // ---- Opcode: executor, operation, length -----------------------------------------------------------

  localparam logic [2:0] KeyStore = 3'b100, Tracker = 3'b010, FlowTable = 3'b001, Nobody = 3'b000;

  logic [2:0] who, who_q, beats;
  logic [1:0] op, op_q;  // key_op_e or ctx_op_e

  always_comb begin
    case (opcode)
      OpCreateKey:  {who, beats, op} = {KeyStore,  3'd2, KeyWrite};
      OpDestroyKey: {who, beats, op} = {KeyStore,  3'd0, KeyWipe};
      OpSetStatic:  {who, beats, op} = {Tracker,   3'd4, CtxSetStatic};
      OpSetPsv:     {who, beats, op} = {Tracker,   3'd1, CtxSetPsv};
      OpGetPsv:     {who, beats, op} = {Tracker,   3'd0, CtxGetPsv};
      OpDestroyCtx: {who, beats, op} = {Tracker,   3'd0, CtxDestroy};
      OpAddRule:    {who, beats, op} = {FlowTable, 3'd3, 2'd0};
      OpDelRule:    {who, beats, op} = {FlowTable, 3'd3, 2'd0};
      default:      {who, beats, op} = {Nobody,    3'd0, 2'd0};
    endcase
  end

  // ---- Verdict -----------------------------------------------------------------------------------------

  logic [23:0] dek_index;
  logic        in_range, dek_in_range;
  cpl_status_e status, status_q;

  assign dek_index    = body[247:224];  // bytes 33..35
  assign in_range     = number < ((who == KeyStore) ? 32'(NumKeys) : 32'(NumFlows));
  assign dek_in_range = (opcode != OpSetStatic) || (dek_index < 24'(NumKeys));

  always_comb begin
    if (who == Nobody || !whole_i || beats_i != beats) status = CplBadCmd;
    else if (!in_range || !dek_in_range) status = CplBadIndex;
    else status = CplOk;
  end

  // The executors' write enables hang on these: comparing opcode and numbers is a cycle of its own.
  always_ff @(posedge clk_i) begin
    status_q <= status;
    who_q    <= (status == CplOk) ? who : Nobody;
    op_q     <= op;
  end

  // ---- Payloads: field by field in the order of the structs ----------------------------------------

  key_req_t  key;
  ctx_req_t  ctx;
  flow_key_t flow_key;
  rule_req_t rule;

  // CREATE_KEY: 32 bytes, a 128-bit key in the last 16.
  assign key = {op_q, number[FlowW-1:0], flag_256, body[511:256]};

  // SET_STATIC and SET_PSV.
  assign ctx = {
    op_q,
    number[FlowW-1:0],
    body[509:506] == 4'd3,    // tls13, byte 0: 10 vvvv 01
    dek_index[FlowW-1:0],
    body[351:256],            // iv, bytes 20..31
    body[447:384],            // record_number, bytes 8..15
    body[383:352],            // resync_tcp_sn, bytes 16..19
    body[479:448]             // next_tcp_sn, bytes 4..7
  };

  // ADD_RULE and DEL_RULE.
  assign flow_key = {
    body[504],                // ipv6: byte 0, bit 0
    body[505],                // vlan: bit 1
    body[491:480],            // vid, bytes 2..3
    body[383:256],            // src, bytes 16..31
    body[255:128],            // dst, bytes 32..47
    body[479:464],            // sport
    body[463:448]             // dport
  };
  assign rule = {opcode == OpAddRule, flow_key, number[FlowW-1:0]};

  assign cmd_o = {status_q, opcode, tag, number, who_q, key, ctx, rule};

endmodule

`default_nettype wire
