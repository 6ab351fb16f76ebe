// SPDX-License-Identifier: BSD-2-Clause
//
// Properties of sync_fifo with its RAM: nothing is lost, made up, doubled or reordered, the offered
// word stands still while it is not taken, and every word is offered at last.
//
// The reference is a queue that shifts. The asserts h_* tie pointers and RAM rows to it; they make the
// induction close and are themselves proved. Words are W bits wide; nothing depends on their value.

`default_nettype none

module sync_fifo_props #(
  parameter int W     = 8,
  parameter int Depth = 4,
  localparam int AddrW  = $clog2(Depth),
  localparam int CountW = AddrW + 1
) (
  input wire logic         clk_i,
  input wire logic         rst_i,
  input wire logic         in_valid,
  input wire logic [W-1:0] in_word,
  input wire logic         out_ready
);

  logic              in_ready, out_valid;
  logic [W-1:0]      out_word;
  logic [CountW-1:0] count;

  sync_fifo #(
    .W     (W),
    .Depth (Depth)
  ) dut (
    .clk_i      (clk_i),
    .rst_i      (rst_i),
    .wr_valid_i (in_valid),
    .wr_ready_o (in_ready),
    .wr_data_i  (in_word),
    .rd_valid_o (out_valid),
    .rd_ready_i (out_ready),
    .rd_data_o  (out_word),
    .count_o    (count)
  );

  // ---- Reference: a queue of Depth words, the oldest first ---------------------------------------

  logic [W-1:0]      queue_q [0:Depth-1];
  logic [CountW-1:0] count_q;
  logic              in_fire, out_fire;

  assign in_fire  = in_valid && in_ready;
  assign out_fire = out_valid && out_ready;

  always_ff @(posedge clk_i) begin
    for (int i = 0; i < Depth; i++) begin
      if (in_fire && count_q == CountW'(i) + CountW'(out_fire)) queue_q[i] <= in_word;
      else if (out_fire && i + 1 < Depth) queue_q[i] <= queue_q[(i + 1) % Depth];
    end
    count_q <= count_q + CountW'(in_fire) - CountW'(out_fire);
    if (rst_i) count_q <= '0;
  end

  // ---- Properties --------------------------------------------------------------------------------

  logic         begun_q = 1'b0, stalled_q = 1'b0, waiting_q = 1'b0;
  logic [W-1:0] shown_q;

  always_ff @(posedge clk_i) begin
    begun_q   <= 1'b1;
    stalled_q <= out_valid && !out_ready && !rst_i;
    waiting_q <= (count_q != '0) && !out_valid && !rst_i;
    shown_q   <= out_word;
  end

  logic [CountW-1:0] in_ram;
  logic [AddrW-1:0]  head;
  logic              rows_hold;

  assign in_ram = count_q - CountW'(out_valid);  // words not yet in the RAM's output register
  assign head   = dut.rd_ptr_q[AddrW-1:0];

  always_comb begin
    rows_hold = 1'b1;
    for (int i = 0; i < Depth; i++) begin
      if (CountW'(i) < in_ram &&
          dut.u_ram.mem[head + AddrW'(i)] != queue_q[(i + int'(out_valid)) % Depth]) begin
        rows_hold = 1'b0;
      end
    end
  end

  always @(posedge clk_i) begin
    m_reset: assume (begun_q || rst_i);

    if (begun_q) begin
      a_valid_kept:  assert (!stalled_q || out_valid);
      a_word_kept:   assert (!stalled_q || out_word == shown_q);
      a_not_made_up: assert (!out_valid || count_q != '0);
      a_not_lost:    assert (!waiting_q || out_valid);
      a_order:       assert (!out_valid || out_word == queue_q[0]);
      a_ready:       assert (in_ready == (count_q != CountW'(Depth)));
      a_count:       assert (count == count_q);

      h_count:  assert (count_q <= CountW'(Depth));
      h_in_ram: assert (dut.wr_ptr_q - dut.rd_ptr_q == in_ram);
      h_rows:   assert (rows_hold);
    end

    c_full:  cover (begun_q && count_q == CountW'(Depth) && out_fire);
    c_wraps: cover (begun_q && dut.wr_ptr_q == '0 && count_q == CountW'(Depth));
  end

endmodule

`default_nettype wire
