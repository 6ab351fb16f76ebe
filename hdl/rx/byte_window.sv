// SPDX-License-Identifier: BSD-2-Clause
//
// Reads a frame's beats, passes them on and shows its bytes from any byte position on.
//
// Contract: start_i (one cycle, no frame inside) begins a frame; the window then stands at byte
// off_i of the frame. Beats are passed from s_axis_frm to m_axis_frm in the cycle in which they are
// read, never changed, never held back but by m_axis_frm_tready. ready_o: the next DataW/8 bytes
// from the position on are in win_o, or all that the frame has. take_i (only with ready_o) moves
// the position by n_i bytes, 0 to DataW/8; the next window is there in the next cycle if the beat
// behind it is. drain_i: the window is not needed any more, only the rest of the beats is passed.
// all_read_o: the frame's last beat was passed, or is passed in this cycle.

`default_nettype none

module byte_window #(
  parameter int DataW = 128,
  localparam int BeatBytes = DataW / 8,
  localparam int PosW      = $clog2(BeatBytes)
) (
  // Clock, reset
  input  wire logic               clk_i,
  input  wire logic               rst_i,
  // Frame beats in
  input  wire logic [DataW-1:0]   s_axis_frm_tdata,
  input  wire logic [DataW/8-1:0] s_axis_frm_tkeep,
  input  wire logic               s_axis_frm_tvalid,
  output      logic               s_axis_frm_tready,
  input  wire logic               s_axis_frm_tlast,
  // The same beats out
  output      logic [DataW-1:0]   m_axis_frm_tdata,
  output      logic [DataW/8-1:0] m_axis_frm_tkeep,
  output      logic               m_axis_frm_tvalid,
  input  wire logic               m_axis_frm_tready,
  output      logic               m_axis_frm_tlast,
  // Control
  input  wire logic               start_i,
  input  wire logic [15:0]        off_i,
  input  wire logic               drain_i,
  output      logic               all_read_o,
  // Window
  output      logic               ready_o,
  output      logic [DataW-1:0]   win_o,       // bytes from the position on
  output      logic [DataW-1:0]   beat_o,      // the beat of the position
  output      logic [31:0]        beyond_o,    // first four bytes of the beat behind it
  output      logic [PosW-1:0]    pos_o,       // position in that beat
  input  wire logic               take_i,
  input  wire logic [PosW:0]      n_i
);

  logic [DataW-1:0]   cur_q, nxt_q;
  logic               cur_valid_q, nxt_valid_q;
  logic               active_q;  // beats of this frame are still to be read
  logic [15-PosW:0]   drop_q;    // beats before the one in which the window starts
  logic [PosW-1:0]    pos_q;
  logic [PosW:0]      pos_sum;
  logic               shift, advance, want, fire, keep;
  logic [2*DataW-1:0] both;

  // A step that reaches the beat's end moves the window on by one beat.
  assign pos_sum = {1'b0, pos_q} + n_i;
  assign shift   = take_i && pos_sum[PosW];
  assign advance = shift || !cur_valid_q;

  assign keep = (drop_q == '0) && !drain_i;
  assign want = active_q && (advance || !nxt_valid_q || !keep);
  assign fire = want && s_axis_frm_tvalid && m_axis_frm_tready;

  assign s_axis_frm_tready = want && m_axis_frm_tready;
  assign m_axis_frm_tvalid = want && s_axis_frm_tvalid;
  assign m_axis_frm_tdata  = s_axis_frm_tdata;
  assign m_axis_frm_tkeep  = s_axis_frm_tkeep;
  assign m_axis_frm_tlast  = s_axis_frm_tlast;

  assign all_read_o = !active_q || (fire && s_axis_frm_tlast);

  assign both     = {nxt_q, cur_q};
  assign win_o    = DataW'(both >> {pos_q, 3'b000});
  assign beat_o   = cur_q;
  assign beyond_o = nxt_q[31:0];
  assign pos_o    = pos_q;
  assign ready_o  = cur_valid_q && (nxt_valid_q || !active_q);

  always_ff @(posedge clk_i) begin
    if (advance) begin
      cur_q       <= nxt_q;
      cur_valid_q <= nxt_valid_q;
    end
    if (advance || !nxt_valid_q) begin
      nxt_q       <= s_axis_frm_tdata;
      nxt_valid_q <= fire && keep;
    end
    if (fire && s_axis_frm_tlast) active_q <= 1'b0;
    if (fire && (drop_q != '0)) drop_q <= drop_q - 1'b1;
    if (take_i) pos_q <= pos_sum[PosW-1:0];

    if (start_i) begin
      active_q    <= 1'b1;
      cur_valid_q <= 1'b0;
      nxt_valid_q <= 1'b0;
      drop_q      <= off_i[15:PosW];
      pos_q       <= off_i[PosW-1:0];
    end

    if (rst_i) begin
      active_q    <= 1'b0;
      cur_valid_q <= 1'b0;
      nxt_valid_q <= 1'b0;
    end
  end

`ifndef SYNTHESIS
  always @(posedge clk_i) begin
    if (!rst_i && take_i && !ready_o) $fatal(1, "%m: bytes taken that are not there");
    if (!rst_i && start_i && active_q) $fatal(1, "%m: start inside a frame, beats would be mixed");
  end
`endif

endmodule

`default_nettype wire
