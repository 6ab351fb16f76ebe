// SPDX-License-Identifier: BSD-2-Clause
//
// Makes a slot of what the walk takes in one step: everything that follows from the place in the
// record (counter, power of H, place of the bytes), nonce and AAD.
//
// Contract: combinational. Position arithmetic of docs/engine.md: the GHASH blocks of a record are
// 1 (AAD), 2.. (ciphertext), n = 2 + ceil(text_len / 16) (lengths); exponent = n - b for a piece
// whose last block is b. left_i counts the record's bytes from this slot on. flow and key of the
// slot are left 0: they belong to the packet, not to the step.

`default_nettype none

module slot_form
  import tls_rx_pkg::*;
  import track_pkg::*;
#(
  parameter int DataW = 128,
  localparam int BeatBytes = DataW / 8,
  localparam int PosW      = $clog2(BeatBytes)
) (
  // Record
  input  wire logic            tls13_i,
  input  wire logic [95:0]     iv_i,
  input  wire logic [63:0]     number_i,
  input  wire logic [103:0]    hdr_i,      // header and explicit nonce, first byte in [7:0]
  input  wire logic [14:0]     rec_len_i,
  input  wire logic [14:0]     left_i,
  // Step
  input  wire slot_kind_e      kind_i,
  input  wire logic [PosW:0]   n_i,
  input  wire logic            rec_ends_i,  // the record's last byte is in it
  input  wire logic            pkt_ends_i,  // the payload's last byte is in it
  input  wire logic            tail_i,      // ends the packet without a byte
  input  wire logic            ks_i,
  input  wire logic [PosW-1:0] pos_i,       // position in its beat
  // Slot
  output slot_t                slot_o,
  output      logic [127:0]    aad_o,
  output      logic [PosW-1:0] from_o,      // SlotText: place in the group
  output      logic [PosW-1:0] shift_o      // place of the first byte in the slot's data
);

  localparam int LaneW = PosW - 4;
  localparam logic [14:0] Over12 = 15'(HdrBytes12) + TagLen;
  localparam logic [14:0] Over13 = 15'(HdrBytes) + TagLen;

  logic [95:0] nonce;
  logic [14:0] text_len, text_pos, text_last;
  logic [31:0] ctr;
  logic [10:0] blocks, last_block, exponent;
  logic [3:0]  tag_pos;
  logic        is_text, is_tag, is_skip;

  rec_nonce u_nonce (
    .tls13_i  (tls13_i),
    .iv_i     (iv_i),
    .number_i (number_i),
    .hdr_i    (hdr_i[39:0]),
    .nonce_i  (hdr_i[103:40]),
    .nonce_o  (nonce),
    .aad_o    (aad_o)
  );

  assign is_text = (kind_i == SlotText);
  assign is_tag  = (kind_i == SlotTag);
  assign is_skip = (kind_i == SlotSkip);

  assign text_len   = rec_len_i - (tls13_i ? Over13 : Over12);
  assign text_pos   = text_len + TagLen - left_i;
  assign text_last  = text_pos + 15'(n_i) - 15'd1;
  assign blocks     = 11'((text_len + 15'd15) >> 4);
  assign last_block = 11'(text_last >> 4);
  assign ctr        = ((32'(text_pos) >> PosW) << LaneW) + 32'd2;
  assign tag_pos    = 4'(TagLen - left_i);
  assign from_o     = PosW'(text_pos);

  always_comb begin
    case (kind_i)
      SlotAad:  exponent = blocks + 11'd1;
      SlotText: exponent = blocks - last_block;
      default:  exponent = '0;
    endcase
  end

  assign slot_o.kind      = kind_i;
  assign slot_o.flow      = '0;
  assign slot_o.key       = '0;
  assign slot_o.nonce     = nonce;
  assign slot_o.ctr       = ctr;
  assign slot_o.text_len  = 16'(text_len);
  assign slot_o.aad13     = !tls13_i;
  assign slot_o.tag_first = is_tag && (tag_pos == '0);
  assign slot_o.piece_end = !is_skip && (pkt_ends_i || rec_ends_i);
  assign slot_o.exponent  = exponent;
  assign slot_o.check     = is_tag && rec_ends_i;
  assign slot_o.pkt_end   = pkt_ends_i || tail_i;
  assign slot_o.ks_en     = ks_i;
  assign slot_o.ks_from   = is_text ? 6'(from_o) : '0;
  assign slot_o.ks_start  = 6'(pos_i);
  assign slot_o.ks_bytes  = 7'(n_i);
  assign shift_o          = is_text ? from_o : (is_tag ? PosW'(tag_pos) : '0);

endmodule

`default_nettype wire
