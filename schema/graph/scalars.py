"""The scalars of the public graph. What a caller typed is never repeated in a message."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from graphql.language import ValueNode
from graphql.utilities import value_from_ast_untyped
from strawberry.types.scalar import ScalarDefinition

from schema.partial_date import PartialDate
from schema.terms import AddressCode, AtvkCode, ClaimTypeCode, PersonCode, RegistrationNumber

Money = NewType("Money", Decimal)
JSON = NewType("JSON", object)

_CENT = Decimal("0.01")


def _from_text(name: str, parse: Callable[[str], Any]) -> Callable[[object], Any]:
    def parse_value(value: object) -> Any:
        if isinstance(value, str):
            try:
                return parse(value)
            except (ValueError, ArithmeticError):
                pass
        raise GraphQLError(f"This is no valid {name}.")

    return parse_value


def _from_literal(name: str, parse: Callable[[str], Any]) -> Callable[..., Any]:
    parse_value = _from_text(name, parse)

    def parse_literal(node: ValueNode, _: dict[str, Any] | None = None) -> Any:
        try:
            return parse_value(getattr(node, "value", None))
        except GraphQLError as error:
            raise GraphQLError(error.message, node) from None

    return parse_literal


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("an instant has a zone")
    return instant.astimezone(UTC)


def _day(text: str) -> date:
    if len(text) != 10:
        raise ValueError("a day is YYYY-MM-DD")
    return date.fromisoformat(text)


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or len(text) > 40:
        raise ValueError("a decimal is finite")
    return number


def _format_instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _format_money(value: Decimal) -> str:
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return format(value.quantize(_CENT) if exponent > -2 else value, "f")


_digits: Callable[[Any], str] = attrgetter("digits")


def _json_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
    return value_from_ast_untyped(node, variables)


def _scalar(
    name: str,
    description: str,
    serialize: Callable[[Any], Any],
    parse: Callable[[str], Any],
    specified_by_url: str | None = None,
) -> ScalarDefinition:
    return strawberry.scalar(
        name=name,
        description=description,
        serialize=serialize,
        parse_value=_from_text(name, parse),
        parse_literal=_from_literal(name, parse),
        specified_by_url=specified_by_url,
    )


SCALARS: dict[object, ScalarDefinition] = {
    date: _scalar("Date", "A calendar day, ISO 8601 (2026-11-23).", date.isoformat, _day),
    PartialDate: _scalar(
        "PartialDate",
        "A day of which parts may be unknown (1970, 1970-05 or 1970-05-17).",
        PartialDate.isoformat,
        PartialDate.parse,
    ),
    datetime: _scalar("DateTime", "An instant, RFC 3339 in UTC.", _format_instant, _instant),
    Money: _scalar("Money", 'Exact decimal in euro, as a string: "1234.50". Never a float.', _format_money, _decimal),
    Decimal: _scalar("Decimal", "Exact decimal, as a string.", lambda value: format(value, "f"), _decimal),
    PersonCode: _scalar(
        "PersonCode",
        "Personal code (personas kods), 11 digits without a hyphen. Not an immutable key: codes can be exchanged.",
        _digits,
        PersonCode.parse,
    ),
    RegistrationNumber: _scalar(
        "RegistrationNumber",
        "Registration number of a legal entity (reģistrācijas numurs), 11 digits with a check digit.",
        _digits,
        RegistrationNumber.parse,
    ),
    AddressCode: _scalar(
        "AddressCode", "Address code of the state address register (VARIS), 9 digits.", _digits, AddressCode.parse
    ),
    AtvkCode: _scalar(
        "AtvkCode", "Municipality code (ATVK), 7 digits; a dated code list, never an enum.", _digits, AtvkCode.parse
    ),
    ClaimTypeCode: _scalar("ClaimTypeCode", 'Code of a claim type, e.g. "housing-benefit".', str, ClaimTypeCode.parse),
    JSON: strawberry.scalar(
        name="JSON",
        description="A JSON value: the answers of a claim's form, checked against the claim type's JSON Schema.",
        serialize=lambda value: value,
        parse_value=lambda value: value,
        parse_literal=_json_literal,
    ),
}
