# SPDX-License-Identifier: BSD-2-Clause
"""Planted faults that a module's own test must see: the world never shows them, or so late that
nobody would find the place."""

from __future__ import annotations

from dataclasses import dataclass

from tests.system.block_tests import BlockTest, crypto, flows, random, speed, story

# Checkers by name; each says so in its own words (regular expressions).
BLOCK_CHECKERS: dict[str, str] = {
    "descriptors": r"packet \d+ .*: descriptor \{",
    "contexts": r"Command\(op='get_psv'.*: read \(",
    "slots": r"packet \d+ seq .*slot|packet \d+ seq .*: beat|more slots than|tag should be",
    "order": r"packet \d+ (waited for|did not wait for) \d+",
    "rate": r"[\d.]+ cycles a packet, not",
    "progress": r"waited in vain for|of \d+ (frames|descriptors)",
    "verdicts": r"verdicts \[.*\], expected \[",
    "keystream": r"packet \d+: keystream|keystream outside",
    "credit": r"four_packets_behind_ready: \[[\d, ]+\]",
    "lookup": r"header \d+, flow ",
    "words": r"word \d+|words",
    "assertion": r"\$fatal|FATAL",
}


@dataclass(frozen=True, slots=True)
class BlockMutant:
    """``text`` stands exactly once in ``file`` (below hdl/) and becomes ``instead``."""

    file: str
    text: str
    instead: str
    test: BlockTest
    caught_by: str


BLOCK: dict[str, BlockMutant] = {
    # ---- Contexts and verdicts ------------------------------------------------------------------
    "context_not_forwarded": BlockMutant(
        "rx/ctx_store.sv",
        "forward_q <= walk_we_i && (rd_row == walk_row_i);",
        "forward_q <= 1'b0;",
        flows("context_forwarded/pace=0"),
        "descriptors",
    ),
    "context_of_another_flow_forwarded": BlockMutant(
        "rx/ctx_store.sv",
        "forward_q <= walk_we_i && (rd_row == walk_row_i);",
        "forward_q <= walk_we_i;",
        flows("context_forwarded/pace=0"),
        "descriptors",
    ),
    "waiting_context_not_blocked": BlockMutant(
        "rx/track_ctx.sv",
        "= waits && (rd_row_i == wait_row);",
        "= 1'b0;",
        flows("others_go_on_meanwhile"),
        "contexts",
    ),
    "waiting_context_blocks_all": BlockMutant(
        "rx/track_ctx.sv",
        "= waits && (rd_row_i == wait_row);",
        "= waits;",
        flows("others_go_on_meanwhile"),
        "order",
    ),
    "verdict_of_the_packet_before": BlockMutant(
        "rx/auth_step.sv",
        "(before_q == 16'd1)",
        "(before_q <= 16'd2)",
        flows("each_its_own_verdict"),
        "contexts",
    ),
    "verdict_not_waited_for": BlockMutant(
        "rx/auth_step.sv",
        "ready_q  <= (waiting_d == '0);",
        "ready_q  <= 1'b1;",
        flows("each_its_own_verdict"),
        "contexts",
    ),
    "verdict_that_came_before_is_missed": BlockMutant(
        "rx/auth_step.sv",
        "ready_q  <= (waiting_d == '0);",
        "ready_q  <= 1'b0;",
        flows("verdict_came_before"),
        "progress",
    ),
    "verdict_lost_while_another_is_taken": BlockMutant(
        "rx/auth_step.sv",
        "if (verdict_valid_i) last_ok_q",
        "if (verdict_valid_i && !ready_q) last_ok_q",
        flows("two_wait"),
        "descriptors",
    ),
    "verdict_of_fillers_not_told": BlockMutant(
        "rx/track_desc.sv",
        "assign slots  = result_i.pieces || ks_q;",
        "assign slots  = result_i.pieces;",
        story("header_cut_at_every_byte"),
        "assertion",
    ),
    # ---- Walk -----------------------------------------------------------------------------------
    "move_over_past_bytes_missing": BlockMutant(
        "rx/walk_phase.sv",
        "(phase_i == PhPast && past_i)",
        "1'b0",
        story("longer_than_the_ring"),
        "progress",
    ),
    "move_over_scanned_bytes_missing": BlockMutant(
        "rx/walk_phase.sv",
        "(phase_i == PhPast && past_i) || (phase_i == PhScan) ||",
        "(phase_i == PhPast && past_i) ||",
        story("longer_than_the_ring"),
        "progress",
    ),
    "scan_jumps_over_headers": BlockMutant(
        "rx/track_pkt.sv",
        "assign job_o.clean   = clean_q;",
        "assign job_o.clean   = 1'b1;",
        story("gap_at_the_start"),
        "contexts",
    ),
    "scan_never_jumps": BlockMutant(
        "rx/track_pkt.sv",
        "assign job_o.clean   = clean_q;",
        "assign job_o.clean   = 1'b0;",
        speed("searching/flows=1/clean=True", 512),
        "rate",
    ),
    "refuted_header_not_scanned": BlockMutant(
        "rx/walk_phase.sv",
        "else if (refute) next = PhCarry;",
        "else if (refute) next = PhSearch;",
        story("scan_goes_on_behind_a_refuted_header"),
        "contexts",
    ),
    "header_completed_by_what_is_behind_it": BlockMutant(
        "rx/hdr_judge.sv",
        "= (remain_i < 16'(missing)) ? 4'(remain_i) : missing;",
        "= missing;",
        story("header_cut_at_every_byte"),
        "descriptors",
    ),
    "window_read_before_it_is_written": BlockMutant(
        "rx/track_ring.sv",
        "= all_written_q || !to_win[BeatW-1];",
        "= 1'b1;",
        random(1),
        "progress",
    ),
    "walk_takes_a_cycle_more": BlockMutant(
        "rx/walk_phase.sv",
        "    if (win_ready_i) header = PhJudge;",
        "    if (1'b0) header = PhJudge;",
        speed("small_records_of_many_flows", 512),
        "rate",
    ),
    "sequence_compared_unsigned": BlockMutant(
        "rx/seq_check.sv",
        "(!rec.open || gap_left[31]);",
        "(!rec.open || rec.start + 32'(rec.length) < tcp_seq_i);",
        story("torn_across_the_wrap"),
        "descriptors",
    ),
    "far_packet_looked_at": BlockMutant(
        "rx/seq_check.sv",
        "= (distance[31:FarBit] == 2'b01);",
        "= 1'b0;",
        story("far_away_is_not_looked_at"),
        "contexts",
    ),
    # ---- Ring and cutter ------------------------------------------------------------------------
    "ring_room_off_by_one": BlockMutant(
        "rx/beat_ring.sv",
        "(ahead < BeatW'(Depth));",
        "(ahead <= BeatW'(Depth));",
        flows("ring_full"),
        "slots",
    ),
    "beat_freed_before_it_is_read": BlockMutant(
        "rx/slot_cut.sv",
        "else if (valid_q) free_abs_o <= beat;",
        "else if (valid_q) free_abs_o <= beat + BeatW'(2);",
        speed("small_records_of_many_flows"),
        "slots",
    ),
    "end_of_an_oversize_frame_off_by_one": BlockMutant(
        "rx/track_ring.sv",
        "= wr_abs + BeatW'(1);",
        "= wr_abs;",
        story("packets_not_worth_a_look"),
        "slots",
    ),
    "tag_joined_a_byte_too_far": BlockMutant(
        "rx/slot_step.sv",
        "(text_i + 15'd16 <= 15'(room_i));",
        "(text_i + 15'd15 <= 15'(room_i));",
        BlockTest("slot_cut", "slot_cut_tests", "tag_joins_the_text", 256),
        "slots",
    ),
    "beat_of_keystream_off_by_one": BlockMutant(
        "rx/piece_plan.sv",
        "= beat - first_beat;",
        "= beat - first_beat + 1'b1;",
        story("first_packet_is_offloaded"),
        "slots",
    ),
    "packet_begun_without_room_in_the_crypto": BlockMutant(
        "rx/slot_cut.sv",
        "assign plan_open  = !plan.first || !plan.walk || gcm_ready_i;",
        "assign plan_open  = 1'b1;",
        BlockTest("slot_cut", "slot_cut_tests", "four_packets_behind_ready"),
        "credit",
    ),
    "cutter_takes_a_cycle_more": BlockMutant(
        "rx/slot_cut.sv",
        "assign plan_ready = plan_open && (!valid_q || (fire && done));",
        "assign plan_ready = plan_open && !valid_q;",
        speed("in_order/tls13=True/size=1024", 512),
        "rate",
    ),
    "passed_packet_takes_a_cycle_more": BlockMutant(
        "rx/track_fsm.sv",
        "assign can_take    = (in_idle && pass_free) ||",
        "assign can_take    = (in_idle && !pass_q) ||",
        speed("passed_packets"),
        "rate",
    ),
    # ---- Crypto ---------------------------------------------------------------------------------
    "aad_not_hashed": BlockMutant(
        "crypto/gcm_front.sv",
        "hash_o       <= slot_i.head || has_text || slot_i.length;",
        "hash_o       <= has_text || slot_i.length;",
        crypto("known_records"),
        "verdicts",
    ),
    "length_block_left_out": BlockMutant(
        "crypto/gcm_front.sv",
        "= slot_i.length && hash_last == LaneW'(l);",
        "= 1'b0;",
        crypto("known_records"),
        "verdicts",
    ),
    "length_block_a_lane_too_far": BlockMutant(
        "crypto/gcm_front.sv",
        "= text_last + LaneW'(behind);",
        "= text_last + LaneW'(behind) + LaneW'(behind);",
        crypto("known_records", 512),
        "verdicts",
    ),
    "e_j0_added_to_every_piece": BlockMutant(
        "crypto/gcm_job_queue.sv",
        "= joins ? ej0 : 128'd0;",
        "= ej0;",
        crypto("cut_everywhere"),
        "verdicts",
    ),
    "sum_not_forwarded": BlockMutant(
        "crypto/gcm_judge.sv",
        "same_q    <= add && flow == flow_q;",
        "same_q    <= 1'b0;",
        crypto("cut_everywhere"),
        "verdicts",
    ),
    "highest_bit_of_the_exponent_ignored": BlockMutant(
        "crypto/gcm_power.sv",
        "left_q <= exponent_i;",
        "left_q <= {1'b0, exponent_i[9:0]};",
        crypto("longest_record"),
        "verdicts",
    ),
    "crypto_always_ready": BlockMutant(
        "crypto/gcm_job_queue.sv",
        "ready_o <= job_count <= CountW'(Depth - Reserve) && slow_q <= CountW'(SlowMax);",
        "ready_o <= 1'b1;",
        crypto("full_queue"),
        "assertion",
    ),
    "keystream_behind_the_text": BlockMutant(
        "crypto/gcm_back.sv",
        "keep_q <= from_on & ~behind;",
        "keep_q <= from_on;",
        crypto("known_records"),
        "keystream",
    ),
    # ---- Lookup ---------------------------------------------------------------------------------
    "flow_key_not_compared_in_full": BlockMutant(
        "rx/flow_ways.sv",
        "row_o[w][FlowW +: KeyW] == key_q2;",
        "row_o[w][FlowW +: 16] == key_q2[15:0];",
        BlockTest("flow_lookup", "flow_lookup_tests", "random_against_a_dict"),
        "lookup",
    ),
}
