"""The control endpoint: what was called, which cases arrived, which faults are set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson

from adapters.sandbox.cases import STATUSES, CaseBook
from adapters.sandbox.exchange import Desk, Kind, Reply, json_reply
from adapters.sandbox.faults import DELIVERY_ONLY, Fault, FaultBox, Rule

_KEYS = frozenset({"register", "operation", "fault", "latency_ms", "share", "count"})
_LONGEST_WORD = 200
_CHANGE_KEYS = frozenset({"register", "reference", "status", "word", "note"})


class ControlError(ValueError):
    """The body of a POST is wrong; the message says why."""


class Control:
    """Counters and faults of all registers.

    Args:
        desks: the registers by name.
        cases: what owners' systems received.
        now: when cases change.
    """

    def __init__(self, desks: Mapping[str, Desk], cases: CaseBook, now: Callable[[], datetime]) -> None:
        self._desks = desks
        self._cases = cases
        self._now = now
        self.faults = {name: FaultBox(name) for name in desks}
        self.canary = 0
        self._calls: dict[str, dict[str, int]] = {}
        self._background: dict[str, dict[str, int]] = {}
        self._reset_counters()

    def count(self, register: str, operation: str) -> None:
        """One call of an operation; one that asks what changed is counted apart, as nobody asked for it."""
        if operation in self._calls[register]:
            self._calls[register][operation] += 1
        else:
            self._background[register]["poll"] += 1

    def count_ping(self, register: str) -> None:
        """One call that asks only whether the register is there, or for its contract."""
        self._background[register]["ping"] += 1

    def handle(self, method: str, body: bytes) -> Reply:
        """Answer a call to ``/_control``."""
        if method == "GET":
            return json_reply(200, self._state())
        if method == "POST":
            try:
                self._set(body)
            except ControlError as refused:
                return json_reply(400, {"error": str(refused)})
            return json_reply(200, self._state())
        if method == "DELETE":
            self._reset_counters()
            self._cases.clear()
            for box in self.faults.values():
                box.clear()
            return json_reply(200, self._state())
        return json_reply(405, {"error": "GET, POST or DELETE"})

    def close(self) -> None:
        """Close what keeps the cases."""
        self._cases.close()

    def _reset_counters(self) -> None:
        self.canary = 0
        self._calls = {
            name: {operation: 0 for operation, kind in desk.operations.items() if kind is not Kind.POLL}
            for name, desk in self._desks.items()
        }
        self._background = {
            name: {"ping": 0} | ({"poll": 0} if Kind.POLL in desk.operations.values() else {})
            for name, desk in self._desks.items()
        }

    def _state(self) -> dict[str, Any]:
        registers = {
            name: {
                "calls": self._calls[name],
                "background": self._background[name],
                "cases": [
                    {
                        "reference": case.reference,
                        "claimId": case.claim_id,
                        "messageId": case.message_id,
                        "claimType": case.claim_type,
                    }
                    for case in self._cases.of(name)
                ],
                "messages": [
                    {"reference": one.reference, "messageId": one.message_id, "kind": one.kind}
                    for one in self._cases.following(name)
                ],
                "faults": [
                    {
                        "operation": rule.operation,
                        "fault": rule.fault,
                        "latency_ms": rule.latency_ms,
                        "share": rule.share,
                        "count": rule.count,
                    }
                    for rule in self.faults[name].rules
                ],
            }
            for name in self._desks
        }
        return {"registers": registers, "canary": self.canary}

    def _set(self, body: bytes) -> None:
        try:
            asked = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise ControlError("the body is not JSON") from None
        if not isinstance(asked, dict):
            raise ControlError("the body is not a JSON object")
        if "reference" in asked:
            self._change(asked)
            return
        register, rule = self._read(asked)
        box = self.faults[register]
        if rule.fault is None:
            box.clear()
            if rule.latency_ms == 0:
                return
        box.set(rule)

    def _change(self, asked: dict[str, Any]) -> None:
        """Play the owner: a case gets another status, in the register's own code; or a ``word`` of no contract."""
        register = self._register(asked, _CHANGE_KEYS)
        reference, status, note, word = (asked.get(key) for key in ("reference", "status", "note", "word"))
        if not isinstance(reference, str) or not (note is None or isinstance(note, str)):
            raise ControlError("reference and note are texts")
        if word is not None:
            if not isinstance(word, str) or not 0 < len(word) <= _LONGEST_WORD or status is not None:
                raise ControlError(f"word is a text of 1 to {_LONGEST_WORD} characters, without a status")
            status = word
        elif status not in STATUSES:
            raise ControlError(f"status is none of {', '.join(STATUSES)}")
        at = self._now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if not self._cases.change(register, reference, status, at, note):
            raise ControlError(f"{register} has no such case")

    def _register(self, asked: dict[str, Any], keys: frozenset[str]) -> str:
        unknown = sorted(asked.keys() - keys)
        if unknown:
            raise ControlError(f"unknown key {unknown[0]!r}; known: {', '.join(sorted(keys))}")
        register = asked.get("register")
        if not isinstance(register, str) or register not in self._desks:
            raise ControlError(f"register is none of {', '.join(sorted(self._desks))}")
        return register

    def _read(self, asked: dict[str, Any]) -> tuple[str, Rule]:
        register = self._register(asked, _KEYS)
        rule = Rule(
            operation=self._operation(register, asked.get("operation")),
            fault=_fault(asked.get("fault")),
            latency_ms=_whole(asked.get("latency_ms", 0), "latency_ms", 0, 3_600_000),
            share=_share(asked.get("share", 1.0)),
            count=None if asked.get("count") is None else _whole(asked["count"], "count", 1, 1_000_000_000),
        )
        kinds = self._desks[register].operations
        aimed = [kinds[rule.operation]] if rule.operation is not None else list(kinds.values())
        if rule.fault in DELIVERY_ONLY and Kind.DELIVER not in aimed:
            raise ControlError(f"{rule.fault} is for deliveries, and this receives none")
        return register, rule

    def _operation(self, register: str, value: object) -> str | None:
        known = self._desks[register].operations
        if value is None or (isinstance(value, str) and value in known):
            return value
        raise ControlError(f"operation is none of {', '.join(known)}, null")


def _fault(value: object) -> Fault | None:
    if value is None:
        return None
    if isinstance(value, str) and value in list(Fault):
        return Fault(value)
    raise ControlError(f"fault is none of {', '.join(Fault)}, null")


def _whole(value: object, name: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ControlError(f"{name} is not a whole number from {least} to {most}")
    return value


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ControlError("share is not a number from 0 to 1")
    return float(value)
