"""The EU VAT information exchange (VIES), played for Latvian numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from adapters.sandbox.exchange import Twist
from adapters.sandbox.soap import Element, SoapDesk, SoapError, element, schema_inside
from adapters.sandbox.world.model import World

NAME = "vies"
TYPES = "urn:ec.europa.eu:taxud:vies:services:checkVat:types"
_UNDISCLOSED = "---"


def vies(world: World, contract: Path, today: Callable[[], date]) -> SoapDesk:
    """Operations ``checkVat`` and ``checkVatApprox``."""

    def check(request: Element, twist: Twist, _: str) -> Sequence[Element]:
        country, number = _asked(request)
        numbers = [number]
        if twist in (Twist.WRONG_PERSON, Twist.TWO_PERSONS):
            other = world.another_enterprise(number).number
            numbers = [other] if twist is Twist.WRONG_PERSON else [number, other]
        return [_el("checkVatResponse", None, *parts(country, one, "name", "address")) for one in numbers]

    def check_approx(request: Element, twist: Twist, _: str) -> Sequence[Element]:
        country, number = _asked(request)
        asked = world.another_enterprise(number).number if twist is Twist.WRONG_PERSON else number
        known = parts(country, asked, "traderName", "traderAddress")
        return [_el("checkVatApproxResponse", None, *known, _el("requestIdentifier", ""))]

    def parts(country: str, number: str, name: str, address: str) -> list[Element]:
        enterprise = world.enterprises.get(number) if country == "LV" else None
        valid = enterprise is not None and enterprise.vat
        return [
            _el("countryCode", country),
            _el("vatNumber", number),
            # The real service answers the day with its offset.
            _el("requestDate", f"{today().isoformat()}+01:00"),
            _el("valid", "true" if valid else "false"),
            _el(name, enterprise.name if enterprise and valid else _UNDISCLOSED),
            _el(address, (enterprise.address or _UNDISCLOSED) if enterprise and valid else _UNDISCLOSED),
        ]

    return SoapDesk(
        NAME,
        contract / "checkVatService.wsdl",
        TYPES,
        schema_inside(contract / "checkVatService.wsdl"),
        {"checkVat": (check, "valid"), "checkVatApprox": (check_approx, "valid")},
        _fault,
        xroad=False,
    )


def _asked(request: Element) -> tuple[str, str]:
    country = request.findtext(f"{{{TYPES}}}countryCode") or ""
    number = request.findtext(f"{{{TYPES}}}vatNumber") or ""
    if not re.fullmatch(r"[A-Z]{2}", country) or not re.fullmatch(r"[0-9A-Za-z+*.]{2,12}", number):
        raise SoapError("invalid", "INVALID_INPUT")
    return country, number


def _fault(reason: str, text: str) -> tuple[str, Element | None]:
    return ("INVALID_INPUT" if reason == "invalid" else "MS_UNAVAILABLE"), None


def _el(name: str, text: str | None = None, *children: Element) -> Element:
    return element(TYPES, name, text, *children)
