"""Any OpenAPI contract as a register of the sandbox: requests are checked against it, answers are generated from it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.sandbox.descriptions.addresses import (
    Absent,
    Place,
    from_cookies,
    from_header,
    from_query,
    from_segment,
)
from adapters.sandbox.descriptions.documents import DescriptionError
from adapters.sandbox.descriptions.echoing import doubled, echoed, said, without_one
from adapters.sandbox.descriptions.examples import typical_or_any
from adapters.sandbox.descriptions.forms import FORMS, read_form
from adapters.sandbox.descriptions.instances import Instances
from adapters.sandbox.descriptions.operations import Content, Described, Description
from adapters.sandbox.descriptions.recorded import Recorded
from adapters.sandbox.descriptions.segments import segments
from adapters.sandbox.descriptions.written import json_text, read_text
from adapters.sandbox.exchange import JSON, Asked, Call, Kind, Reply, Twist, json_reply
from adapters.sandbox.invented import invented

_REASON = "X-Sandbox-Reason"
_BYTES = b"%PDF-1.4 (CSC sandbox)\n"


class RefusedError(ValueError):
    """The request is not as the contract says; the message names the part and holds no value."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status = status


def simulated_desk(
    name: str, contract: Path, cases: Path | None = None, kinds: Mapping[str, Kind] | None = None
) -> SimulatedDesk:
    """A register that answers every operation of a contract.

    Args:
        name: the register's name, first step of its address.
        contract: the main file of the description.
        cases: an adapter's folder of recorded cases, whose replies come before generated ones.
        kinds: what operations do, where they do not read.

    Raises:
        DescriptionError: the contract cannot be read, or has no operation that can.
    """
    try:
        description = Description(contract)
    except (TypeError, AttributeError, LookupError, RecursionError):
        raise DescriptionError(f"{contract.name} is no OpenAPI description") from None
    if not description.operations:
        why = next(iter(description.left_out.values()), "it has none")
        raise DescriptionError(f"{contract.name}: no operation can be used: {why}")
    return SimulatedDesk(name, description, Recorded(cases), kinds or {})


@dataclass(frozen=True, slots=True)
class _Request:
    """A call that is as the contract says."""

    values: Mapping[str, Any]
    body: Any

    @property
    def canonical(self) -> str:
        return json_text([sorted((name, json_text(value)) for name, value in self.values.items()), _sorted(self.body)])


class SimulatedDesk:
    """A register that speaks REST as its contract says. The same request has the same answer."""

    def __init__(self, name: str, description: Description, recorded: Recorded, kinds: Mapping[str, Kind]) -> None:
        self.name = name
        self.operations: Mapping[str, Kind] = {key: kinds.get(key, Kind.READ) for key in description.operations}
        self.left_out: Mapping[str, str] = description.left_out
        self._description = description
        self.cases = recorded.cases
        self._recorded = recorded

    def publish(self, call: Call) -> Reply | None:
        """The description under the base address and under its file's name, where no operation stands there."""
        main = self._description.documents.main
        if call.method not in ("GET", "HEAD") or call.path not in ("", "/", f"/{main}") or self._found(call):
            return None
        media = JSON if main.endswith(".json") else "application/yaml"
        return Reply(200, media, self._description.text)

    def open(self, call: Call) -> Asked | Reply:
        """Find the operation by method and path."""
        found = self._found(call)
        if found is not None:
            return Asked(found.name, call, found)
        others = [one.method for one in self._description.operations.values() if _steps(one, call) is not None]
        if others:
            return Reply(405, JSON, b'{"error":"no such method here"}', {"Allow": ", ".join(sorted(set(others)))})
        return json_reply(404, {"error": "no such address"})

    def answer(self, asked: Asked, twist: Twist) -> Reply:
        """Check parameters and body; answer with a recorded reply, else with a generated one."""
        try:
            return self._answer(asked, twist)
        except LookupError:
            return json_reply(501, {"error": "no answer could be made of the contract"})

    def _answer(self, asked: Asked, twist: Twist) -> Reply:
        operation: Described = asked.payload
        headers = _echoed_headers(asked.call)
        try:
            request = self._checked(operation, asked.call)
        except RefusedError as refused:
            return self._declared(operation, (str(refused.status),), refused.status, {**headers, _REASON: str(refused)})
        if twist in (Twist.REJECT, Twist.DECLARED_FAULT):
            fails = [status for status in operation.answers if status[0] == "4"]
            return self._declared(operation, tuple(fails), 422, headers)
        status = _success(operation)
        made = self._headers(operation, status)
        number = int(status) if status.isdigit() else 200
        content = next(iter(operation.answers.get(status, ())), None)
        if content is None or number == 204:
            return Reply(number, JSON, b"", {**made, **headers})
        return Reply(number, _media(content), self._body(operation, content, request, twist), {**made, **headers})

    def failure(self, status: int) -> Reply:
        """Say "not now"."""
        return json_reply(status, {"error": "not available for now (CANARY-7f3a)"})

    # ------------------------------------------------------------ what came in

    def _found(self, call: Call) -> Described | None:
        fitting = [one for one in self._description.operations.values() if one.method == call.method]
        fitting = [one for one in fitting if _steps(one, call) is not None]
        # Where two paths fit, the one with fewer templates is meant.
        return min(fitting, key=lambda one: one.path.count("{"), default=None)

    def _checked(self, operation: Described, call: Call) -> _Request:
        steps = _steps(operation, call) or {}
        values: dict[str, Any] = {}
        for place in operation.places:
            try:
                value = _value(place, call, steps)
            except Absent:
                if place.required:
                    raise RefusedError(400, f"{place.location} {place.name} is missing") from None
                continue
            except (ValueError, KeyError):
                raise RefusedError(400, f"{place.location} {place.name} cannot be read") from None
            if not self._description.requests.validator(place.schema).is_valid(value):
                raise RefusedError(400, f"{place.location} {place.name} is not as the contract says")
            values[place.name] = value
        return _Request(values, self._checked_body(operation, call))

    def _checked_body(self, operation: Described, call: Call) -> Any:
        if not operation.bodies:
            return None
        if not call.body and not operation.body_required:
            return None
        sent = call.headers.get("content-type", "")
        name = sent.partition(";")[0].strip().lower()
        content = next((one for one in operation.bodies if _fits(one, name)), None)
        if content is None:
            raise RefusedError(415, "the body's media type is none of the contract's")
        if content.schema is None or not (content.is_json or name in FORMS):
            return None
        try:
            body = read_form(call.body, sent, content) if name in FORMS else read_text(call.body)
        except (ValueError, RecursionError):
            raise RefusedError(400, "the body cannot be read") from None
        judge = self._description.requests.validator(content.schema)
        slip = next(judge.iter_errors(body), None)
        if slip is not None:
            raise RefusedError(400, f"the body is not as the contract says ({slip.validator})")
        return body

    # ------------------------------------------------------------ what goes out

    def _body(self, operation: Described, content: Content, request: _Request, twist: Twist) -> bytes:
        if content.schema is None or not content.is_json:
            return _other_body(self._generated(operation, content, request, ""), content)
        judge = self._description.answers.validator(content.schema)
        asked = said(request.values, request.body)
        if twist is Twist.NONE:
            recorded = self._recorded.find(asked, judge.is_valid)
            if recorded is not None:
                return recorded
        if twist is Twist.WRONG_PERSON:
            return json_text(self._generated(operation, content, request, "another")).encode()
        made = echoed(self._generated(operation, content, request, ""), asked, judge.is_valid)
        if twist is Twist.TWO_PERSONS:
            made = doubled(made, self._generated(operation, content, request, "another"))
        if twist is Twist.MISSING_FIELD:
            made = without_one(made, judge.is_valid)
        return json_text(made).encode()

    def _generated(self, operation: Described, content: Content, request: _Request, salt: str) -> Any:
        if content.schema is None:
            return None
        digest = hashlib.sha256(f"{self.name} {operation.name} {salt} {request.canonical}".encode()).digest()
        seed = int.from_bytes(digest[:8], "big")
        made = typical_or_any(self._description.answers, seed, content.schema)
        about_nobody = _invented(made)
        return about_nobody if self._description.answers.validator(content.schema).is_valid(about_nobody) else made

    def _headers(self, operation: Described, status: str) -> dict[str, str]:
        made = {}
        for name, schema in operation.headers.get(status, {}).items():
            value = Instances(self._description.answers, len(name), expressible=True).one(schema)
            text = value if isinstance(value, str) else json_text(value)
            if text.isascii() and text.isprintable():
                made[name] = text
        return made

    def _declared(
        self, operation: Described, statuses: tuple[str, ...], otherwise: int, headers: Mapping[str, str]
    ) -> Reply:
        """The answer that the contract has for a failure, or a plain one."""
        for status in (*statuses, f"{str(otherwise)[0]}XX", "default"):
            for content in operation.answers.get(status, ()):
                if content.is_json and content.schema is not None:
                    number = int(status) if status.isdigit() else otherwise
                    made = typical_or_any(self._description.answers, number, content.schema)
                    return Reply(number, _media(content), json_text(made).encode(), headers)
        return Reply(otherwise, JSON, b'{"error":"refused"}', headers)


def _steps(operation: Described, call: Call) -> Mapping[str, str] | None:
    return segments(operation.path, call.raw_path or call.path)


def _value(place: Place, call: Call, steps: Mapping[str, str]) -> Any:
    if place.location == "path":
        return from_segment(place, steps[place.name])
    if place.location == "query":
        return from_query(place, call.raw_query)
    if place.location == "header":
        return from_header(place, call.headers.get(place.name.lower()))
    return from_cookies(place, call.headers.get("cookie"))


def _fits(content: Content, name: str) -> bool:
    declared = content.media.partition(";")[0].strip().lower()
    return "*" in declared or declared == name


def _success(operation: Described) -> str:
    succeeds = [status for status in operation.answers if status[0] == "2"]
    return next(iter(succeeds), "default" if "default" in operation.answers else "200")


def _media(content: Content) -> str:
    return JSON if "*" in content.media else content.media


def _other_body(made: Any, content: Content) -> bytes:
    if isinstance(made, str) and (content.media.startswith("text/") or content.media.endswith("xml")):
        return made.encode()
    return _BYTES if made is None or isinstance(made, str) else json_text(made).encode()


def _echoed_headers(call: Call) -> dict[str, str]:
    """What X-Road's security server adds to an answer, where the request came by it."""
    if "x-road-id" not in call.headers:
        return {}
    digest = base64.b64encode(hashlib.sha512(call.body).digest()).decode()
    return {"X-Road-Id": call.headers["x-road-id"], "X-Road-Request-Hash": digest}


def _invented(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _invented(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_invented(inner) for inner in value]
    return invented(value) if isinstance(value, str) else value


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(inner) for inner in value] if isinstance(value, list) else value
