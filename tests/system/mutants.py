# SPDX-License-Identifier: BSD-2-Clause
"""Planted faults: a line of RTL changed, or a switch of a model, and the checker that must notice.

A fault that nobody notices is a hole in the bench. Worlds are as small as the fault allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sw_model.world.config import WorldConfig
from tests.system.scenarios import LOST_HEADER, SCENARIOS, both, link, lossy, session, world

# Checkers by name; each says so in its own words (regular expressions).
CHECKERS: dict[str, str] = {
    "scoreboard": r"metadata differs|byte \d+ of \d+ differs|completion \d+ \(golden",
    "status": r"metadata differs: tls_status",
    "bytes": r"byte \d+ of \d+ differs",
    "stream model": r"tuser changed inside a frame",
    "assertion": r"\$fatal|FATAL",
    "packet rules": r"not marked, but not bit-exact|marked, but stream byte",
    "last tag": r"holds the last tag byte of record \d+, which was forged",
    "delivery": r"bytes? \d* ?delivered|ended in \w+ with error|forged record was left out",
    "confirmations": r"confirmation of a false record",
    "requests": r"second request while one is outstanding",
    "key wipe": r"key wipe",
    "expectation": r"packets are marked|packets with status none|offloaded again",
}


@dataclass(frozen=True, slots=True)
class RtlMutant:
    """``text`` stands exactly once in ``file`` (below hdl/) and becomes ``instead``."""

    file: str
    text: str
    instead: str
    world: str
    caught_by: str


@dataclass(frozen=True, slots=True)
class ModelMutant:
    """Switches of ``NicFaults``, ``DriverFaults`` or ``Bugs``. ``on_rtl``: the golden model is
    broken and the RTL is not, so that the scoreboard must find them different."""

    world: str
    caught_by: str
    nic: Mapping[str, bool] = field(default_factory=dict)
    driver: Mapping[str, bool] = field(default_factory=dict)
    kernel: Mapping[str, bool] = field(default_factory=dict)
    on_rtl: bool = False


WORLDS: dict[str, WorldConfig] = {
    "plain": world(*both(500)),
    "split": world(session(2000, record=2000)),
    "left": world(session(12_000, record=3000, close_after=3000), forward=lossy()),
    "bad_tag": world(session(1200, record=400, forged=(1,))),
    "long_bad_tag": SCENARIOS["bad_tag"].world,
    "bytes": world(session(12, version="1.2", record=6), mss=1),
    "torn": world(session(5000, record=5000), forward=link(drop=(3,)), min_rto_ns=20_000),
    "header_lost": world(
        session(3000, record=300), mss=536, forward=link(drop=(4,)), min_rto_ns=20_000
    ),
    "duplicates": world(session(2500, record=700), forward=link(duplicate=1.0)),
    "damaged": world(session(3000, record=700), forward=link(corrupt=0.5), min_rto_ns=20_000),
    "numbers": SCENARIOS["record_number"].world,
    "vlan": world(session(700), vlan=100),
    "resync": LOST_HEADER,
    # The confirmed record's successor is longer than a packet: its tag is waited for.
    "authenticate": world(
        session(13_000, version="1.2", record=1200), mss=536, forward=lossy(drop=(3,))
    ),
    "false_headers": SCENARIOS["false_headers"].world,
    "lossy": SCENARIOS["wrap_and_loss"].world,
}

RTL: dict[str, RtlMutant] = {
    "verdict_ignored": RtlMutant(
        "rx/hold_decide.sv",
        "assign failed     = desc.verdict && !verdict_ok;",
        "assign failed     = 1'b0;",
        "bad_tag",
        "status",
    ),
    "tag_compared_on_127_bits": RtlMutant(
        "crypto/gcm_judge.sv",
        "(piece_q && check_q && new_sum != '0)",
        "(piece_q && check_q && new_sum[127:1] != '0)",
        "bad_tag",
        "status",
    ),
    "verdict_kept_for_next_record": RtlMutant(
        "crypto/gcm_judge.sv",
        "failed_q <= failed && !pkt_end_q",
        "failed_q <= failed",
        "long_bad_tag",
        "status",
    ),
    "record_number_off_by_one": RtlMutant(
        "rx/ctx_cmd.sv",
        "stat_i.record_number - 64'd1;",
        "stat_i.record_number;",
        "plain",
        "status",
    ),
    "record_number_of_32_bits": RtlMutant(
        "rx/walk_ctx.sv",
        "number_q <= number_q + 64'd1;",
        "number_q[31:0] <= number_q[31:0] + 32'd1;",
        "numbers",
        "status",
    ),
    "ghash_exponent_off_by_one": RtlMutant(
        "rx/piece_plan.sv",
        "= blocks - (text_any ? last_block : 11'h7ff);",
        "= blocks - (text_any ? last_block : 11'h7ff) + 11'd1;",
        "split",
        "status",
    ),
    "checksum_ignored": RtlMutant(
        "rx/hdr_join.sv",
        "assign l4_ok       = form.meta.l4_ok && sum_l4;",
        "assign l4_ok       = form.meta.l4_ok;",
        "damaged",
        "scoreboard",
    ),
    "past_data_moves_state": RtlMutant(
        "rx/seq_check.sv",
        "assign delta    = {distance[31], distance};",
        "assign delta    = {1'b0, distance};",
        "torn",
        "scoreboard",
    ),
    "torn_record_whole": RtlMutant(
        "rx/seq_check.sv",
        "rec_open && rec.whole && !torn;",
        "rec_open && rec.whole;",
        "torn",
        "status",
    ),
    "resync_code_missing": RtlMutant(
        "rx/track_desc.sv",
        "desc_d.lost     = lost;",
        "desc_d.lost     = 1'b0;",
        "header_lost",
        "status",
    ),
    "authentication_skipped": RtlMutant(
        "rx/ctx_cmd.sv",
        "= AuthAuthentication;",
        "= AuthOffload;",
        "authenticate",
        "scoreboard",
    ),
    "header_byte_lost": RtlMutant(
        "rx/walk_ctx.sv",
        "assign chain_out.hdr_cnt       = cnt;",
        "assign chain_out.hdr_cnt       = (cnt == 4'd3) ? 4'd2 : cnt;",
        "bytes",
        "scoreboard",
    ),
    "keystream_shifted_at_beat_edge": RtlMutant(
        "rx/ks_align.sv",
        "own_q[k] ? 8'h00 : rot_q[8*k +: 8];",
        "own_q[k] ? 8'h00 : rot_q[8*((k + 1) % BeatBytes) +: 8];",
        "plain",
        "bytes",
    ),
    "padding_decrypted": RtlMutant(
        "rx/pkt_hold.sv",
        "((decrypt && has_word) ? word : '0)",
        "(decrypt ? word : '0)",
        "plain",
        "bytes",
    ),
    "metadata_changes_inside_frame": RtlMutant(
        "rx/pkt_hold.sv",
        ".s_axis_tuser  (meta),",
        ".s_axis_tuser  (meta & {MetaW{!idx_q[2]}}),",
        "plain",
        "stream model",
    ),
    "vlan_of_rule_ignored": RtlMutant(
        "cmd/cmd_decode.sv",
        "body[491:480], ",
        "12'd0, ",
        "vlan",
        "scoreboard",
    ),
    "key_not_wiped": RtlMutant(
        "crypto/gcm_keys.sv",
        "    .key_we_i   (start),",
        "    .key_we_i   (start && is_write),",
        "plain",
        "key wipe",
    ),
    "sum_not_wiped": RtlMutant(
        "crypto/gcm_judge.sv",
        "assign row_we    = add || wipe_i;",
        "assign row_we    = add;",
        "left",
        "key wipe",
    ),
}

MODELS: dict[str, ModelMutant] = {
    "nic_marks_bad_tag": ModelMutant("long_bad_tag", "last tag", nic={"mark_bad_tag": True}),
    "nic_transforms_failed": ModelMutant(
        "long_bad_tag", "packet rules", nic={"transformed_bytes_on_auth_fail": True}
    ),
    "nic_mixes_bytes": ModelMutant("numbers", "packet rules", nic={"mix_bytes": True}),
    "nic_no_resync_code": ModelMutant("resync", "expectation", nic={"no_resync_code": True}),
    "nic_off_by_one": ModelMutant("resync", "expectation", nic={"off_by_one_record_number": True}),
    "golden_past_data": ModelMutant(
        "duplicates", "scoreboard", nic={"process_past_data": True}, on_rtl=True
    ),
    "golden_bad_checksum": ModelMutant(
        "damaged", "scoreboard", nic={"ignore_bad_checksum": True}, on_rtl=True
    ),
    "golden_torn_record": ModelMutant(
        "torn", "scoreboard", nic={"mark_torn_record": True}, on_rtl=True
    ),
    "driver_v1": ModelMutant("plain", "expectation", driver={"v1_programming": True}),
    "driver_wrong_number": ModelMutant(
        "resync", "confirmations", driver={"confirm_wrong_number": True}
    ),
    "driver_confirms_blindly": ModelMutant(
        "false_headers", "confirmations", driver={"confirm_without_find": True}
    ),
    "driver_ignores_pending": ModelMutant("lossy", "requests", driver={"ignore_pending": True}),
    "driver_code3_decrypted": ModelMutant(
        "long_bad_tag", "delivery", driver={"code3_is_decrypted": True}
    ),
    "driver_code2_decrypted": ModelMutant(
        "resync", "delivery", driver={"code2_is_decrypted": True}
    ),
    "kernel_capability_number": ModelMutant(
        "plain", "expectation", kernel={"alloc_capability_by_number": True}
    ),
}
