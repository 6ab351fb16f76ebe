# SPDX-License-Identifier: BSD-2-Clause
"""Where each direction of a captured connection becomes protected, and with which keys.

A plan is what an application knows that just finished its handshake: the stream offset from which
kernel TLS can take over, keys, and the next record number; and later key changes (KeyUpdate, RFC
8446 section 4.6.3; renegotiation, RFC 5246 section 7.4.1.1), each at the record where it takes
effect.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sw_model.capture.connections import Connection, Direction
from sw_model.capture.handshake import (
    CLIENT_HELLO,
    FINISHED,
    KEY_LEN,
    SERVER_HELLO,
    Hello,
    MessageBuffer,
    parse_client_hello,
    parse_server_hello,
    suite_name,
)
from sw_model.capture.keychange import KeyChange
from sw_model.capture.records import RecordCursor, looks_like_tls, tls_start
from sw_model.crypto.keylog import KeyLog
from sw_model.crypto.keys import TrafficKeys, key_block_12, next_secret_13, traffic_keys_13
from sw_model.wire.tls import APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, Version


@dataclass(frozen=True, slots=True)
class Epoch:
    """From stream offset ``start`` on, ``keys`` seal the records; the first one is ``number``."""

    start: int
    keys: TrafficKeys
    number: int


@dataclass
class DirectionPlan:
    """What is known of one direction; ``reason`` says why it cannot be offloaded. ``tls_at`` is the
    stream offset of the first record (behind STARTTLS or a proxy's answer)."""

    direction: Direction
    tls_at: int = 0
    version: Version | None = None
    cipher: str | None = None
    epochs: list[Epoch] = field(default_factory=list)
    reason: str | None = None
    unknown_keys: str | None = None  # why there are no keys behind the last epoch


class _NotPlannable(Exception):
    """Ends the planning of a connection; the text is the reason."""


def plan_connection(connection: Connection, keylog: KeyLog) -> list[DirectionPlan]:
    """One plan for each direction, client's first. Never raises for odd captures."""
    plans = [DirectionPlan(d, tls_start(d.stream)) for d in connection.directions]
    hellos = [_first_hello(plan) for plan in plans]
    if hellos[0] == SERVER_HELLO or (hellos[0] is None and hellos[1] == CLIENT_HELLO):
        plans.reverse()  # the capture begins behind the SYN, with a frame of the server
    try:
        client, server = _hellos(connection, plans)
        for plan in plans:
            plan.version, plan.cipher = server.version, suite_name(server.suite)
        if server.version is None:
            raise _NotPlannable("TLS version other than 1.2 and 1.3")
        if server.suite not in KEY_LEN:
            raise _NotPlannable(f"{suite_name(server.suite)} is not AES-GCM")
        if client is None:
            client = _guess_client(plans[1], keylog, server)
        if server.version == "1.2":
            _plan_12(plans, keylog, client, server)
        else:
            for plan, side in zip(plans, ("CLIENT", "SERVER"), strict=True):
                _plan_13(plan, side, keylog, client.random, KEY_LEN[server.suite])
    except _NotPlannable as why:
        for plan in plans:
            plan.reason = str(why)
    return plans


def _first_hello(plan: DirectionPlan) -> int | None:
    return next((kind for kind, _ in _plain_messages(plan)), None)


def _guess_client(plan: DirectionPlan, keylog: KeyLog, server: Hello) -> Hello:
    """A capture of the server's direction only: the secrets that open its first record are its."""
    key_len = KEY_LEN[server.suite]
    for client_random in keylog.client_randoms():
        if server.version == "1.3":
            trial = DirectionPlan(plan.direction, plan.tls_at)
            _plan_13(trial, "SERVER", keylog, client_random, key_len)
            if trial.epochs:
                return Hello(client_random)
        elif master := keylog.get("CLIENT_RANDOM", client_random):
            keys = key_block_12(master, client_random, server.random, key_len)[1]
            cursor = RecordCursor(plan.direction.stream, plan.tls_at)
            finished = cursor.next() if _skip_to_ccs(cursor) else None
            if finished is not None and finished.open(keys, 0):
                return Hello(client_random)
    raise _NotPlannable("no TLS ClientHello in the capture, and no secret opens its records")


def carries_tls(connection: Connection) -> bool:
    """Is there TLS in either direction, as far as the capture shows?"""
    return any(looks_like_tls(d.stream) for d in connection.directions)


def _hellos(connection: Connection, plans: list[DirectionPlan]) -> tuple[Hello | None, Hello]:
    """The ClientHello and the ServerHello that count (the last one after a HelloRetryRequest)."""
    client = server = None
    for kind, body in _plain_messages(plans[0]):
        if kind == CLIENT_HELLO:
            client = parse_client_hello(body) or client
    for kind, body in _plain_messages(plans[1]):
        if kind == SERVER_HELLO:
            hello = parse_server_hello(body)
            server = hello if hello and not hello.retry else server
    if client is None and server is None and not connection.handshake_seen:
        raise _NotPlannable("the capture begins after the handshake")
    if client is None and server is None:
        raise _NotPlannable("no TLS ClientHello in the capture")
    if server is None:
        raise _NotPlannable("no TLS ServerHello in the capture")
    return client, server


def _plain_messages(plan: DirectionPlan) -> list[tuple[int, bytes]]:
    cursor, buffer = RecordCursor(plan.direction.stream, plan.tls_at), MessageBuffer()
    found: list[tuple[int, bytes]] = []
    while (record := cursor.next()) and record.header.type in (HANDSHAKE, CHANGE_CIPHER_SPEC):
        if record.header.type == HANDSHAKE:
            found += buffer.feed(record.body)
        elif found and found[-1][0] not in (CLIENT_HELLO, SERVER_HELLO):
            break  # TLS 1.2: what follows is protected
    return found


# ---- TLS 1.3 -------------------------------------------------------------------------------------


def _plan_13(
    plan: DirectionPlan, side: str, keylog: KeyLog, client_random: bytes, key_len: int
) -> None:
    secret = keylog.get(f"{side}_TRAFFIC_SECRET_0", client_random)
    if secret is None:
        plan.reason = f"no {side}_TRAFFIC_SECRET_0 for this connection among the secrets"
        return
    handshake = keylog.get(f"{side}_HANDSHAKE_TRAFFIC_SECRET", client_random)
    try:
        keys = traffic_keys_13(secret, key_len)
        handshake_keys = traffic_keys_13(handshake, key_len) if handshake else None
    except ValueError as error:
        plan.reason = str(error)
        return
    cursor = RecordCursor(plan.direction.stream, plan.tls_at)
    start = _find_application_epoch(cursor, keys, handshake_keys)
    if start is None:
        plan.reason = "the capture ends or has a hole before the handshake does"
        return
    cursor.at = start
    plan.epochs.append(Epoch(start, keys, 0))
    _follow_key_updates(plan, cursor, keys, secret, key_len)


def _find_application_epoch(
    cursor: RecordCursor, keys: TrafficKeys, handshake_keys: TrafficKeys | None
) -> int | None:
    """Offset of the first record under the application secret: the one behind Finished. Without the
    handshake secret, the first protected record that opens with the application keys. Early data
    (RFC 8446 section 4.2.10) opens with neither and is passed over."""
    number, buffer = 0, MessageBuffer()
    while True:
        start = cursor.at
        record = cursor.next()
        if record is None:
            return None
        if record.header.type != APPLICATION_DATA:
            continue
        if handshake_keys is None:
            if record.open(keys, 0):
                return start
            continue
        opened = record.open(handshake_keys, number)
        if opened is None:
            continue
        number += 1
        if any(kind == FINISHED for kind, _ in buffer.feed(opened[1])):
            return cursor.at


def _follow_key_updates(
    plan: DirectionPlan, cursor: RecordCursor, keys: TrafficKeys, secret: bytes, key_len: int
) -> None:
    number, change = 0, KeyChange("1.3")
    while record := cursor.next():
        opened = record.open(keys, number)
        number += 1
        if opened is not None and change.announced(*opened):
            secret = next_secret_13(secret)
            keys, number, change = traffic_keys_13(secret, key_len), 0, KeyChange("1.3")
            plan.epochs.append(Epoch(cursor.at, keys, 0))


# ---- TLS 1.2 -------------------------------------------------------------------------------------


def _plan_12(plans: list[DirectionPlan], keylog: KeyLog, client: Hello, server: Hello) -> None:
    """Both directions together: the keys of a renegotiated epoch need both new randoms."""
    cursors = [RecordCursor(plan.direction.stream, plan.tls_at) for plan in plans]
    reached = [_skip_to_ccs(cursor) for cursor in cursors]
    hellos: tuple[Hello, Hello] | None = (client, server)
    first = True
    while hellos is not None and any(reached):
        master = keylog.get("CLIENT_RANDOM", hellos[0].random)
        if master is None:
            if first:
                raise _NotPlannable("no CLIENT_RANDOM for this connection among the secrets")
            _no_keys(plans, reached, "no CLIENT_RANDOM for the renegotiated session")
            return
        key_len = KEY_LEN.get(hellos[1].suite)
        if key_len is None:
            _no_keys(plans, reached, f"renegotiated to {suite_name(hellos[1].suite)}")
            return
        keys = key_block_12(master, hellos[0].random, hellos[1].random, key_len)
        found: dict[int, Hello] = {}
        for i, plan in enumerate(plans):
            if reached[i]:
                reached[i] = _walk_epoch_12(plan, cursors[i], keys[i], found, first)
        hellos = (
            (found[CLIENT_HELLO], found[SERVER_HELLO])
            if CLIENT_HELLO in found and SERVER_HELLO in found
            else None
        )
        first = False
    _no_keys(plans, reached, "the capture lacks the renegotiated session's hello messages")
    for plan in plans:
        if not plan.epochs:
            plan.reason = "the capture ends or has a hole before the handshake does"


def _no_keys(plans: list[DirectionPlan], reached: list[bool], why: str) -> None:
    for plan, another in zip(plans, reached, strict=True):
        if another and plan.epochs:
            plan.unknown_keys = why


def _skip_to_ccs(cursor: RecordCursor) -> bool:
    while record := cursor.next():
        if record.header.type == CHANGE_CIPHER_SPEC:
            return True
    return False


def _walk_epoch_12(
    plan: DirectionPlan,
    cursor: RecordCursor,
    keys: TrafficKeys,
    found: dict[int, Hello],
    first: bool,
) -> bool:
    """Walk one epoch to its end; True if another begins (a protected ChangeCipherSpec). The first
    epoch is offloaded behind its Finished, record 0; later ones from their first record."""
    if not first:
        plan.epochs.append(Epoch(cursor.at, keys, 0))
    number, buffer = 0, MessageBuffer()
    while record := cursor.next():
        opened = record.open(keys, number)
        number += 1
        if first and number == 1:
            plan.epochs.append(Epoch(cursor.at, keys, 1))
        if opened is None:
            continue
        if opened[0] == CHANGE_CIPHER_SPEC:
            return True
        if opened[0] == HANDSHAKE:
            for kind, body in buffer.feed(opened[1]):
                hello = {CLIENT_HELLO: parse_client_hello, SERVER_HELLO: parse_server_hello}.get(
                    kind
                )
                if hello and (parsed := hello(body)):
                    found[kind] = parsed
    return False
