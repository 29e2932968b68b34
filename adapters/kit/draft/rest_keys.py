"""Which values of a request could name the subject of an OpenAPI operation, and how its key stands in them."""

from __future__ import annotations

import re
import time

from adapters.kit.draft.choice import ChoiceError, OptionError, listed
from adapters.kit.draft.keys import WORDS, Fit, Place, another_form, fit_of, ways
from adapters.kit.draft.rest_fields import Asked, Schemas
from adapters.kit.draft.soap_draft import Wishes
from adapters.kit.openapi.bodies import JsonBody
from adapters.kit.openapi.json_codec import JsonCodec
from adapters.kit.openapi.json_reader import Readers
from adapters.kit.openapi.operations import Body, OperationRead
from adapters.kit.ports import CallContext
from adapters.kit.xroad import RestHeaders, XRoad

_IN_AN_ADDRESS = ("path", "query")
_MAY_STAND_IN_AN_ADDRESS = frozenset({"RegistrationNumber"})
"""Kinds of keys that name no person."""
_OF_EVERY_CALL = re.compile(
    r"accept|authorization|content-|cookie|x-road-|if-|user-agent|cache|prefer|.*(correlation|request|trace|message|call|"
    r"session|client|consumer|tenant|application).?id|.*(api.?key|token|version|language|signature)",
    re.IGNORECASE,
)
"""Headers that are about the call, whoever is asked about."""


class RequestKeys:
    """Of one operation.

    Args:
        readers: of requests.
        schemas: the same.
    """

    def __init__(self, wishes: Wishes, operation: OperationRead, readers: Readers, schemas: Schemas) -> None:
        self._wishes = wishes
        self._operation = operation
        self._readers = readers
        self._schemas = schemas

    def found(self) -> list[Place]:
        """Values of the request that may name the subject; where a person named one, that alone."""
        asked = list(self._asked())
        if self._wishes.key is not None:
            asked = [self._told(asked, self._wishes.key)]
        found = [place for each in asked if (place := self._place(each)).fit is not Fit.NONE]
        if not found:
            there = ", ".join("/".join(each.path) for each in asked) or "no single value"
            raise ChoiceError(
                f"the request has no value that takes the subject's {self._wishes.subject.words} ({there}); --key or "
                "--subject names another"
            )
        if self._wishes.subject.type not in _MAY_STAND_IN_AN_ADDRESS:
            found = self._outside_addresses(found)
        elif self._wishes.key is None:
            about_them = [each for each in found if not _of_every_call(each)]
            if not about_them:
                raise ChoiceError(f"say with --key which names the subject: {listed(each.path for each in found)}")
            found = about_them
        return found

    def _outside_addresses(self, found: list[Place]) -> list[Place]:
        """Only keys in the body or in a header. Raises: ChoiceError: none is left, or nobody can say which is meant."""
        hidden = [each for each in found if each.path[0] not in _IN_AN_ADDRESS]
        if self._wishes.key is None:
            if bodies := [each for each in hidden if each.path[0] == "body"]:
                return bodies
            headers = [each for each in hidden if not _of_every_call(each)]
            open_ = [each for each in found if each.path[0] in _IN_AN_ADDRESS and each.required]
            if headers and (len(headers) > 1 or open_):
                raise ChoiceError(
                    f"say with --key which names the subject: {listed(each.path for each in headers + open_)}"
                )
            hidden = headers
        if hidden:
            return hidden
        place = next((each for each in found if each.path[0] in _IN_AN_ADDRESS), None)
        if place is None:
            raise ChoiceError(f"say with --key which names the subject: {listed(each.path for each in found)}")
        raise ChoiceError(
            f"operation {self._operation.name} takes a key only in its address ({'/'.join(place.path)}), and addresses "
            f"stand in logs on the way: the subject's {self._wishes.subject.words} must not be there. Ask the owner "
            "for an operation that takes it in the body or in a header"
        )

    def _asked(self) -> list[Asked]:
        made: list[Asked] = []
        body = sent_body(self._operation)
        if body is not None:
            made += self._schemas.asked(body.handle, ("body",), required=True)
        for place in ("header", *_IN_AN_ADDRESS):
            for each in self._operation.parameters:
                if each.location == place and not (place == "header" and each.name.lower() in our_headers()):
                    made += [
                        one
                        for one in self._schemas.asked(each.codec.handle, (place, each.name), required=each.required)
                        if len(one.path) == 2
                    ]
        return made

    def _told(self, asked: list[Asked], key: str) -> Asked:
        """What a person means by a path, which may leave out where it stands."""
        wished = tuple(key.split("/"))
        found = [each for each in asked if each.path == wished] or [each for each in asked if each.path[1:] == wished]
        if len(found) != 1:
            there = ", ".join("/".join(each.path) for each in found or asked) or "none"
            raise OptionError(f"{'several' if found else 'no'} {key} in the request; there is {there}")
        return found[0]

    def _place(self, asked: Asked) -> Place:
        codec = JsonCodec(self._readers, asked.handle, typed=True)
        kinds, there = self._schemas.kinds(asked.handle), (asked.path, asked.required, asked.repeats)
        narrow = "string" in kinds and not any(map(codec.is_valid, WORDS))
        sample = self._wishes.subject.sample
        others = [f"{sample[:-8]}{number:08}" for number in (0, 7, 213)]
        for number in (False, True):
            if not kinds & ({"integer"} if number else {"string"}):
                continue
            tried = zip(ways(sample, number=number), *(ways(each, number=number) for each in others), strict=True)
            for (expression, written), *further in tried:
                if all(codec.is_valid(each) for each in (written, *(made for _, made in further))):
                    fit = fit_of(expression, written, narrow=narrow and not number)
                    return Place(*there, fit, expression, written, asked.most)
        other = another_form(codec.is_valid) if narrow else None
        return Place(*there, Fit.NONE if other is None else Fit.OTHER, written=other, most=asked.most)


def sent_body(operation: OperationRead) -> Body | None:
    """The body that a call sends; None: none has to be sent."""
    bodies = operation.bodies
    if not bodies or not (isinstance(bodies[0].codec, JsonBody) or operation.body_required):
        return None
    return bodies[0]


def _of_every_call(place: Place) -> bool:
    return place.path[0] == "header" and _OF_EVERY_CALL.match(place.path[1]) is not None


def our_headers() -> set[str]:
    """Headers that the gateway writes, in lower case."""
    context = CallContext("request-1", "demo-1", "officer-1", "housing-benefit", None, time.monotonic())
    written = RestHeaders(XRoad.development("draft")).write("1", context)
    return {name.lower() for name in written} | {"x-road-represented-party", "x-road-security-server"}
