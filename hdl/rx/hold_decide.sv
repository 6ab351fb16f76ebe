// SPDX-License-Identifier: BSD-2-Clause
//
// Decides for each frame in the hold what leaves: joins its descriptor and, if the descriptor asks for
// one, its verdict.
//
// Contract: descriptors and verdicts in, each in the order of the frames. decided_o: the outputs
// belong to the frame that leaves now or next; they stay until done_i, which is that frame's last beat.
// A frame a cycle if descriptors and verdicts wait. Descriptors are back-pressured. Verdicts are not:
// whoever stops when a descriptor is not taken may be up to DescDepth verdicts ahead of it.
// The events pulse once a frame, in the cycle behind done_i.

`default_nettype none

module hold_decide
  import tls_rx_pkg::*;
#(
  parameter int BeatBytes = 16,
  parameter int DescDepth = 128,
  localparam int IdxW = 16 - $clog2(BeatBytes)  // beat number within a frame
) (
  // Clock, reset
  input  wire logic            clk_i,
  input  wire logic            rst_i,
  // Descriptors and verdicts in
  input  wire logic            desc_valid_i,
  output      logic            desc_ready_o,
  input  wire pkt_desc_t       desc_i,
  input  wire logic            verdict_valid_i,
  input  wire logic            verdict_ok_i,
  // Decision
  output      logic            decided_o,
  output      pkt_meta_t       meta_o,
  output      logic            ks_o,       // the frame has keystream words, used or not
  output      logic            decrypt_o,  // the select bit
  output      logic [IdxW-1:0] first_o,    // beats that hold payload
  output      logic [IdxW-1:0] last_o,
  input  wire logic            done_i,
  // Statistics
  output      hold_ev_t        ev_o
);

  localparam int PosW    = $clog2(BeatBytes);
  localparam int DescW   = $bits(pkt_desc_t);
  localparam int StatusW = $bits(tls_status_e);

  // ---- Queues -----------------------------------------------------------------------------------

  logic             desc_valid, take;
  logic [DescW-1:0] desc_bits;
  pkt_desc_t        desc;

  assign desc = desc_bits;

  sync_fifo #(
    .W     (DescW),
    .Depth (DescDepth)
  ) u_descriptors (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (desc_valid_i),
    .wr_ready_o (desc_ready_o),
    .wr_data_i  (desc_i),
    .rd_valid_o (desc_valid),
    .rd_ready_i (take),
    .rd_data_o  (desc_bits),
    .count_o    ()
  );

  logic verdict_valid, verdict_ok, verdict_room;

  sync_fifo #(
    .W     (1),
    .Depth (2 * DescDepth)
  ) u_verdicts (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (verdict_valid_i),
    .wr_ready_o (verdict_room),
    .wr_data_i  (verdict_ok_i),
    .rd_valid_o (verdict_valid),
    .rd_ready_i (take && desc.verdict),
    .rd_data_o  (verdict_ok),
    .count_o    ()
  );

  // ---- Decision ---------------------------------------------------------------------------------

  pkt_meta_t   meta, meta_q;
  tls_status_e status, status_q;
  logic        failed, lost, markable;
  logic [15:0] first_byte, last_byte;

  assign take       = desc_valid && (verdict_valid || !desc.verdict) && (done_i || !decided_o);
  assign meta       = desc.meta;
  assign first_byte = meta.payload_off;
  assign last_byte  = meta.payload_off + meta.payload_len - 16'd1;
  assign failed     = desc.verdict && !verdict_ok;
  assign lost       = desc.lost;
  assign markable   = desc.markable;

  always_comb begin
    if (failed) status = TlsAuthFail;
    else if (lost) status = TlsResync;
    else if (markable) status = TlsDecrypted;
    else status = TlsNone;
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      meta_q    <= meta;
      status_q  <= status;
      ks_o      <= desc.ks;
      decrypt_o <= (status == TlsDecrypted);
      first_o   <= IdxW'(first_byte >> PosW);
      last_o    <= IdxW'(last_byte >> PosW);
    end

    if (take) decided_o <= 1'b1;
    else if (done_i) decided_o <= 1'b0;

    if (rst_i) decided_o <= 1'b0;
  end

  // The tracker leaves the status, the last field, at 0.
  assign meta_o = meta_q | {{(MetaW - StatusW){1'b0}}, status_q};

  // ---- Statistics -------------------------------------------------------------------------------

  always_ff @(posedge clk_i) begin
    ev_o.packet    <= done_i;
    ev_o.decrypted <= done_i && (status_q == TlsDecrypted);
    ev_o.resync    <= done_i && (status_q == TlsResync);
    ev_o.auth_fail <= done_i && (status_q == TlsAuthFail);
    ev_o.bytes     <= meta_q.payload_len;

    if (rst_i) ev_o <= '0;
  end

`ifndef SYNTHESIS
  initial if ($bits(pkt_meta_t) != MetaW) $fatal(1, "%m: MetaW is not the width of pkt_meta_t");
  always @(posedge clk_i)
    if (!rst_i && verdict_valid_i && !verdict_room) $fatal(1, "%m: a verdict would be lost");
`endif

endmodule

`default_nettype wire
