// SPDX-License-Identifier: BSD-2-Clause
//
// AXI4-Stream source that plays frames from two files, so that Python crosses once per burst.
//
// Python appends whole frames to NAME.data (beats, each byte-reversed because $fread fills from the
// most significant byte) and one 12-byte record a frame to NAME.meta, flushes both, then raises
// `avail` to the number of frames written so far. Record, big endian: not-before cycle (4 bytes),
// frame bytes (4), user bit (4). Frames leave in file order, none before its cycle.
//
// Contract: tvalid never depends on tready and stays until taken; tkeep is contiguous; `gap_prob`/256
// is the chance of an idle cycle before each beat, drawn from an LFSR seeded with `seed` at reset.

`default_nettype none

module axis_file_src #(
  parameter int DataW = 128,
  parameter     Name  = "src"
) (
  input  wire logic               clk_i,
  input  wire logic               rst_i,
  input  wire logic [31:0]        cycle_i,
  output      logic [DataW-1:0]   tdata_o,
  output      logic [DataW/8-1:0] tkeep_o,
  output      logic               tvalid_o,
  input  wire logic               tready_i,
  output      logic               tlast_o,
  output      logic               tuser_o
);

  localparam int Bytes = DataW / 8;

  // Written by Python.
  logic [31:0] avail;
  logic [31:0] seed;
  logic [7:0]  gap_prob;

  // Read by Python: frames that have left completely.
  logic [31:0] sent;

  logic [31:0]      started, lfsr, left, not_before;
  logic [95:0]      meta;
  logic [DataW-1:0] beat;
  logic             in_frame, user;
  integer           data_fd, meta_fd, got;

  initial begin
    avail = 0;
    seed = 1;
    gap_prob = 0;
    sent = 0;
    started = 0;
    lfsr = 1;
    left = 0;
    in_frame = 1'b0;
    user = 1'b0;
    tvalid_o = 1'b0;
    tlast_o = 1'b0;
    tuser_o = 1'b0;
    tkeep_o = '0;
    tdata_o = '0;
    data_fd = 0;
    meta_fd = 0;
  end

  // Reads are blocking statements of one process: file position and registers move together.
  /* verilator lint_off BLKSEQ */
  always @(posedge clk_i) begin
    lfsr <= {lfsr[30:0], lfsr[31] ^ lfsr[21] ^ lfsr[1] ^ lfsr[0]};
    if (rst_i) begin
      tvalid_o <= 1'b0;
      tlast_o  <= 1'b0;
      lfsr     <= seed;
    end else if (!tvalid_o || tready_i) begin
      if (tvalid_o && tlast_o) sent <= sent + 1;
      tvalid_o <= 1'b0;
      tlast_o  <= 1'b0;
      if (!in_frame && started != avail) begin
        if (data_fd == 0) begin
          data_fd = $fopen({Name, ".data"}, "rb");
          meta_fd = $fopen({Name, ".meta"}, "rb");
          if (data_fd == 0 || meta_fd == 0) $fatal(1, "%m: cannot open %s.data/.meta", Name);
        end
        got = $fread(meta, meta_fd);
        if (got != 12) $fatal(1, "%m: short record in %s.meta", Name);
        not_before = meta[95:64];
        left       = meta[63:32];
        user       = meta[0];
        in_frame   = 1'b1;
        started    = started + 1;
      end
      if (in_frame && (cycle_i >= not_before) && !(lfsr[12:5] < gap_prob)) begin
        got = $fread(beat, data_fd);
        if (got != Bytes) $fatal(1, "%m: short beat in %s.data", Name);
        tdata_o  <= beat;
        tvalid_o <= 1'b1;
        tuser_o  <= user;
        if (left > Bytes) begin
          tkeep_o <= '1;
          left = left - Bytes;
        end else begin
          tkeep_o <= {Bytes{1'b1}} >> (Bytes - left);
          tlast_o <= 1'b1;
          in_frame = 1'b0;
        end
      end
    end
  end
  /* verilator lint_on BLKSEQ */

endmodule

`default_nettype wire
