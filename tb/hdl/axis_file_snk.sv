// SPDX-License-Identifier: BSD-2-Clause
//
// AXI4-Stream sink that writes frames to two files, so that Python crosses once per burst.
//
// Each beat is appended to NAME.data (first byte first); at tlast one record goes to NAME.meta, in
// little-endian 32-bit words: cycle of the first beat, cycle of the last beat, beats, tkeep of the last beat as
// two words, tuser. Both files are flushed, then `frames` grows by one: what it counts can be read.
//
// Contract: `stall_prob`/256 is the chance that tready is low in a cycle. Checks that end the run: a beat that
// changes or disappears while it waits, tuser that changes inside a frame, tkeep with holes or partial before tlast.

`default_nettype none

module axis_file_snk #(
  parameter int DataW = 128,
  parameter int UserW = 32,
  parameter     Name  = "snk"
) (
  input  wire logic               clk_i,
  input  wire logic               rst_i,
  input  wire logic [31:0]        cycle_i,
  input  wire logic [DataW-1:0]   tdata_i,
  input  wire logic [DataW/8-1:0] tkeep_i,
  input  wire logic               tvalid_i,
  output      logic               tready_o,
  input  wire logic               tlast_i,
  input  wire logic [UserW-1:0]   tuser_i
);

  localparam int Bytes = DataW / 8;
  localparam int BeatW = DataW + Bytes + 1 + UserW;

  // Written by Python.
  logic [31:0] seed;
  logic [7:0]  stall_prob;

  // Read by Python: frames whose record can be read.
  logic [31:0] frames;

  logic [31:0]      lfsr, beats, first_cycle;
  logic [UserW-1:0] user_q;
  logic [BeatW-1:0] wait_q;
  logic             waiting_q;
  logic [63:0]      keep;
  integer           data_fd, meta_fd;

  wire logic [BeatW-1:0] beat = {tlast_i, tkeep_i, tuser_i, tdata_i};

  assign keep = 64'(tkeep_i);

  initial begin
    seed = 2;
    stall_prob = 0;
    frames = 0;
    lfsr = 2;
    beats = 0;
    first_cycle = 0;
    tready_o = 1'b0;
    waiting_q = 1'b0;
    data_fd = 0;
    meta_fd = 0;
  end

  /* verilator lint_off BLKSEQ */
  always @(posedge clk_i) begin
    lfsr <= {lfsr[30:0], lfsr[31] ^ lfsr[21] ^ lfsr[1] ^ lfsr[0]};
    waiting_q <= 1'b0;
    if (rst_i) begin
      tready_o <= 1'b0;
      lfsr     <= seed;
    end else begin
      tready_o <= !(lfsr[12:5] < stall_prob);
      if (waiting_q && (!tvalid_i || beat != wait_q)) begin
        $fatal(1, "%m: a waiting beat changed or was withdrawn in cycle %0d: data would be lost", cycle_i);
      end
      if (tvalid_i && !tready_o) begin
        waiting_q <= 1'b1;
        wait_q    <= beat;
      end
      if (tvalid_i && tready_o) begin
        if (data_fd == 0) begin
          data_fd = $fopen({Name, ".data"}, "wb");
          meta_fd = $fopen({Name, ".meta"}, "wb");
          if (data_fd == 0 || meta_fd == 0) $fatal(1, "%m: cannot open %s.data/.meta", Name);
        end
        if (beats == 0) begin
          first_cycle = cycle_i;
          user_q      = tuser_i;
        end else if (tuser_i != user_q) begin
          $fatal(1, "%m: tuser changed inside a frame in cycle %0d", cycle_i);
        end
        if ((tkeep_i & (tkeep_i + 1'b1)) != 0 || (!tlast_i && !(&tkeep_i)) || tkeep_i == 0) begin
          $fatal(1, "%m: tkeep %h is not contiguous or partial before tlast in cycle %0d", tkeep_i, cycle_i);
        end
        $fwrite(data_fd, "%u", tdata_i);
        beats = beats + 1;
        if (tlast_i) begin
          $fwrite(meta_fd, "%u", {tuser_i, keep, beats, cycle_i, first_cycle});
          $fflush(data_fd);
          $fflush(meta_fd);
          frames <= frames + 1;
          beats = 0;
        end
      end
    end
  end
  /* verilator lint_on BLKSEQ */

endmodule

`default_nettype wire
