// SPDX-License-Identifier: BSD-2-Clause
//
// Hash of a flow key: each bit is the parity of a fixed random half of the key's bits.
//
// Contract: combinational. Different Seeds give independent functions, so two keys that meet in one
// way of the flow table are not likelier than others to meet in the next one.

`default_nettype none

module flow_hash import tls_rx_pkg::*; #(
  parameter int HashW = 5,
  parameter int Seed  = 0
) (
  input  wire logic [$bits(flow_key_t)-1:0] key_i,
  output      logic [HashW-1:0]             hash_o
);

  localparam int KeyW = $bits(flow_key_t);

  // Bits of the key that count for one bit of the hash. The mixing (the finalizer of MurmurHash3)
  // must not be linear over GF(2), else the masks would depend on each other.
  function automatic logic [KeyW-1:0] mask(input int index);
    logic [KeyW-1:0] bits;
    logic [31:0]     x;
    bits = '0;
    for (int i = 0; i < 10; i++) begin
      x = 32'((Seed * 64 + index) * 16 + i + 1) * 32'h9E37_79B9;
      x = (x ^ (x >> 16)) * 32'h85EB_CA6B;
      x = (x ^ (x >> 13)) * 32'hC2B2_AE35;
      bits = {bits[KeyW-33:0], x ^ (x >> 16)};
    end
    return bits;
  endfunction

  for (genvar b = 0; b < HashW; b++) begin : g_bit
    localparam logic [KeyW-1:0] Mask = mask(b);
    assign hash_o[b] = ^(key_i & Mask);
  end

endmodule

`default_nettype wire
