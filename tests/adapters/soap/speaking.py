"""A small contract spoken in every way, and a register of a few lines that answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from adapters.kit.connection import Connection
from adapters.kit.contract_test import a_context
from adapters.kit.errors import RegisterError
from adapters.kit.soap.envelope import VERSIONS
from adapters.kit.soap.parts import FaultPart, HeaderPart, SoapVersion, Spoken
from adapters.kit.soap.service import Answered, SoapService
from adapters.kit.soap.wsdl import load_contract
from adapters.kit.wire import WireReply, WireRequest

_READ = load_contract(Path(__file__).parent / "contract" / "spoken.wsdl").operations
NS = "urn:spoken"
ASK = replace(
    Spoken.of(_READ["Ask"]),
    headers_in=(HeaderPart("session", _READ["Headers"].request, required=False),),
    headers_out=(HeaderPart("quota", _READ["Headers"].response, required=False),),
    faults=(FaultPart("Locked", _READ["Faults"].request), FaultPart("Refused", _READ["Faults"].response)),
)
BODY = {"Code": "1"}
ANSWER = f'<Answer xmlns="{NS}"><Code>1</Code></Answer>'


def spoken(version: SoapVersion = "1.1", **changes: Any) -> Spoken:
    """The operation ``Ask``."""
    return replace(ASK, soap_version=version, **changes)


def envelope(body: str = ANSWER, *, version: SoapVersion = "1.1", headers: str = "") -> bytes:
    """An answer; prefix ``s`` is the envelope's."""
    head = f"<s:Header>{headers}</s:Header>" if headers else ""
    return f'<s:Envelope xmlns:s="{VERSIONS[version].namespace}">{head}<s:Body>{body}</s:Body></s:Envelope>'.encode()


def fault(code: str = "s:Server", text: str = "no", detail: str = "", *, version: SoapVersion = "1.1") -> bytes:
    """A fault of either version."""
    if version == "1.1":
        inside = f"<faultcode>{code}</faultcode><faultstring>{text}</faultstring><detail>{detail}</detail>"
    else:
        inside = (
            f"<s:Code><s:Value>{code}</s:Value></s:Code><s:Reason><s:Text xml:lang='en'>{text}</s:Text></s:Reason>"
            f"<s:Detail>{detail}</s:Detail>"
        )
    return envelope(f"<s:Fault>{inside}</s:Fault>", version=version)


@dataclass
class Replying:
    """A wire whose answer may depend on the request; the requests are kept."""

    reply: Callable[[WireRequest], WireReply]
    requests: list[WireRequest] = field(default_factory=list)

    async def request(self, request: WireRequest) -> WireReply:
        """See ``Wire.request``."""
        self.requests.append(request)
        return self.reply(request)


def replying(body: bytes, status: int = 200, content_type: str = "") -> Replying:
    """A wire with one answer."""
    headers = {"content-type": content_type} if content_type else {}
    return Replying(lambda request: WireReply(status, headers, body))


def service(wire: Replying, operation: Spoken | None = None, **how: Any) -> SoapService:
    """A service of one operation."""

    @dataclass(frozen=True)
    class Contract:
        operations: Mapping[str, Spoken]

    connection = how.pop("connection", Connection("http://127.0.0.1:9/spoken"))
    how.setdefault("xroad", None)
    return SoapService("spoken", Contract({"Ask": operation or spoken()}), connection, wire, **how)


async def answered(wire: Replying, operation: Spoken | None = None, **how: Any) -> Answered:
    """One call, read whole."""
    return await service(wire, operation, **how).answered("Ask", BODY, a_context())


async def called(wire: Replying, operation: Spoken | None = None, **how: Any) -> Any:
    """One call, read by the shortest way."""
    return await service(wire, operation, **how).call("Ask", BODY, a_context())


async def fails(wire: Replying, operation: Spoken | None = None, **how: Any) -> RegisterError:
    """The error of one call, which both ways of reading agree on."""
    errors = []
    for ask in (answered, called):
        with pytest.raises(RegisterError) as caught:
            await ask(wire, operation, **how)
        errors.append(caught.value)
    assert (type(errors[0]), str(errors[0])) == (type(errors[1]), str(errors[1]))
    return errors[0]
