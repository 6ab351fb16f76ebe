# SPDX-License-Identifier: BSD-2-Clause
"""The TCP connection states and what moves between them (RFC 9293 section 3.3.2), as a table."""

from __future__ import annotations

from enum import Enum


class State(Enum):
    CLOSED = "CLOSED"
    LISTEN = "LISTEN"
    SYN_SENT = "SYN_SENT"
    SYN_RCVD = "SYN_RCVD"
    ESTABLISHED = "ESTABLISHED"
    FIN_WAIT_1 = "FIN_WAIT_1"
    FIN_WAIT_2 = "FIN_WAIT_2"
    CLOSE_WAIT = "CLOSE_WAIT"
    CLOSING = "CLOSING"
    LAST_ACK = "LAST_ACK"
    TIME_WAIT = "TIME_WAIT"


class Event(Enum):
    CONNECT = "active open"
    LISTEN = "passive open"
    ADOPT = "taken over in mid-stream"
    SYN = "SYN received"
    SYN_ACK = "SYN and ACK of ours received"
    SYN_ACKED = "our SYN acknowledged"
    CLOSE = "close"
    FIN = "FIN received in order"
    FIN_ACKED = "our FIN acknowledged"
    TIMEOUT = "end of TIME_WAIT"
    ABORT = "reset by either side, or given up"


_S, _E = State, Event

TRANSITIONS: dict[tuple[State, Event], State] = {
    (_S.CLOSED, _E.CONNECT): _S.SYN_SENT,
    (_S.CLOSED, _E.LISTEN): _S.LISTEN,
    (_S.CLOSED, _E.ADOPT): _S.ESTABLISHED,
    (_S.LISTEN, _E.SYN): _S.SYN_RCVD,
    (_S.LISTEN, _E.CLOSE): _S.CLOSED,
    (_S.SYN_SENT, _E.SYN): _S.SYN_RCVD,
    (_S.SYN_SENT, _E.SYN_ACK): _S.ESTABLISHED,
    (_S.SYN_RCVD, _E.SYN_ACKED): _S.ESTABLISHED,
    (_S.ESTABLISHED, _E.CLOSE): _S.FIN_WAIT_1,
    (_S.ESTABLISHED, _E.FIN): _S.CLOSE_WAIT,
    (_S.FIN_WAIT_1, _E.FIN_ACKED): _S.FIN_WAIT_2,
    (_S.FIN_WAIT_1, _E.FIN): _S.CLOSING,
    (_S.FIN_WAIT_2, _E.FIN): _S.TIME_WAIT,
    (_S.CLOSE_WAIT, _E.CLOSE): _S.LAST_ACK,
    (_S.CLOSING, _E.FIN_ACKED): _S.TIME_WAIT,
    (_S.LAST_ACK, _E.FIN_ACKED): _S.CLOSED,
    (_S.TIME_WAIT, _E.TIMEOUT): _S.CLOSED,
}

# Both FINs were seen: a reset no longer takes anything away.
ENDING = frozenset((_S.CLOSING, _S.LAST_ACK, _S.TIME_WAIT))
# The peer may still send data.
RECEIVING = frozenset((_S.ESTABLISHED, _S.FIN_WAIT_1, _S.FIN_WAIT_2))


def next_state(state: State, event: Event) -> State:
    """The state after ``event``; ValueError if it is not allowed here."""
    if event is Event.ABORT:
        return State.CLOSED
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise ValueError(f"{event.name} is not possible in {state.name}") from None
