"""Reads a world folder. Whatever is wrong with it is one clear line, never a person quietly left out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from adapters.sandbox.world.model import (
    FOUNDED,
    Address,
    Benefit,
    Enterprise,
    IncomeSource,
    Office,
    OpeningCase,
    Property,
    Resident,
    SocialStatus,
    TaxBook,
    Vehicle,
    month_start,
)

FILE = "residents.toml"

T = TypeVar("T")

_CODE = re.compile(r"[0-9]{11}", re.ASCII)
_ADDRESS = re.compile(r"[0-9]{9}", re.ASCII)
_ATVK = re.compile(r"[0-9]{7}", re.ASCII)
_MONEY = re.compile(r"[0-9]{1,7}\.[0-9]{2}", re.ASCII)
_PARTIAL_DATE = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?", re.ASCII)
_COUNTRY = re.compile(r"([A-Z]{3})?", re.ASCII)
_POSTAL = re.compile(r"LV-[0-9]{4}", re.ASCII)
_SHARE = re.compile(r"[1-9][0-9]{0,4}/[1-9][0-9]{0,4}", re.ASCII)
_YEAR = re.compile(r"(18|19|20)[0-9]{2}", re.ASCII)
_PLATE = re.compile(r"[^\x00-\x1f]{1,20}")
_NAME = re.compile(r"[^\x00-\x1f]{1,100}")
_FORM = re.compile(r"[A-Z]{2,6}", re.ASCII)
_TEXT = re.compile(r"(?s).{1,200}")

SEXES = ("S", "V", "N")
STATUSES = ("AKT", "MIR", "IZC", "PAS")
MARITAL = ("NEP", "PRE", "SKI", "ATR", "PAR", "NAV")
INCOME_KINDS = ("1001", "1003", "1005", "1007", "1009", "1012", "1099")
BENEFIT_KINDS = ("MAJ", "GMI", "KRI", "EDI", "APR")
BENEFIT_STATUSES = ("PIE", "APT", "IZB")
SOCIAL_KINDS = ("TRU", "MAZ")
PROPERTY_KINDS = ("ZEM", "EKA", "DZI")
ADDRESS_STATUSES = ("EKS", "DEL", "ERR")
ENTERPRISE_STATUSES = ("REGISTRETS", "LIKVIDACIJA", "LIKVIDETS", "REORGANIZETS")
RIGHTS = ("INDIVIDUALLY", "WITH_ALL", "WITH_AT_LEAST", "NONE", "")
POSTS = (
    *("CHAIR_OF_BOARD", "BOARD_MEMBER", "CHAIR_OF_COUNCIL", "COUNCIL_MEMBER", "PROCURATOR", "LIQUIDATOR"),
    *("MEMBER", "STOCKHOLDER", "OWNER"),
)
VEHICLE_STATUSES = ("UZS", "PAR", "ATS", "IZV", "IZS", "NOR")


class WorldError(ValueError):
    """A world folder cannot be used; the message is one line that names file, entry and reason."""


@dataclass(slots=True)
class Part:
    """What one folder adds: keyed by what replaces what."""

    residents: dict[str, Resident] = field(default_factory=dict)
    addresses: dict[str, Address] = field(default_factory=dict)
    enterprises: dict[str, Enterprise] = field(default_factory=dict)
    cases: list[OpeningCase] = field(default_factory=list)


class _Table:
    """One TOML table that is taken apart; what nobody asked for is an error at the end."""

    def __init__(self, where: str, values: object) -> None:
        if not isinstance(values, dict):
            raise WorldError(f"{where}: is not a table")
        self.where = where
        self._left: dict[str, Any] = dict(values)

    def fail(self, key: str, why: str) -> WorldError:
        return WorldError(f"{self.where}: {key} {why}")

    def text(self, key: str, form: re.Pattern[str], shape: str) -> str:
        found = self.maybe(key, form, shape)
        if found is None:
            raise self.fail(key, "is missing")
        return found

    def maybe(self, key: str, form: re.Pattern[str], shape: str) -> str | None:
        value = self._left.pop(key, None)
        if value is not None and not (isinstance(value, str) and form.fullmatch(value)):
            raise self.fail(key, f"is not {shape}")
        return value

    def one_of(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        value = self._left.pop(key, default)
        if value not in allowed:
            raise self.fail(key, f"is none of {', '.join(allowed)}")
        return str(value)

    def flag(self, key: str) -> bool:
        value = self._left.pop(key, False)
        if not isinstance(value, bool):
            raise self.fail(key, "is neither true nor false")
        return value

    def codes(self, key: str) -> tuple[str, ...]:
        value = self._left.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and _CODE.fullmatch(one) for one in value):
            raise self.fail(key, "is not a list of personal codes (11 digits)")
        return tuple(value)

    def cents(self, key: str) -> int | None:
        value = self.maybe(key, _MONEY, 'an amount like "412.50"')
        return None if value is None else int(Decimal(value) * 100)

    def day(self, key: str, today: date, *, last: bool = False) -> date | None:
        """A date, or the number of months from the current one (first day; with ``last`` the last day)."""
        value = self._left.pop(key, None)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= 1200:
            return month_start(today, value + 1) - timedelta(days=1) if last else month_start(today, value)
        if value is not None:
            raise self.fail(key, "is neither a date nor a number of months from this one")
        return None

    def start(self, today: date) -> date:
        """``from``, which has to be there."""
        found = self.day("from", today)
        if found is None:
            raise self.fail("from", "is missing")
        return found

    def tables(self, key: str) -> Iterator[_Table]:
        value = self._left.pop(key, [])
        if not isinstance(value, list):
            raise self.fail(key, "is not a list of tables")
        for number, one in enumerate(value, 1):
            yield _Table(f"{self.where}, {key} {number}", one)

    def table(self, key: str) -> _Table | None:
        value = self._left.pop(key, None)
        return None if value is None else _Table(f"{self.where}, {key}", value)

    def close(self) -> None:
        for key in self._left:
            raise self.fail(key, "is not known here")


def load_folder(folder: Path, today: date) -> Part:
    """Read ``residents.toml`` of a folder; a folder without one adds nobody.

    Raises:
        WorldError: no such folder, no TOML, or an entry that is not as the README says.
    """
    if not folder.is_dir():
        raise WorldError(f"{folder}: no such folder")
    path = folder / FILE
    if not path.exists():
        return Part()
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise WorldError(f"{path}: cannot be read: {reason}") from None
    root = _Table(str(path), document)
    part = Part()
    _collect(root, "resident", part.residents, lambda table: _resident(table, today), lambda one: one.code)
    _collect(root, "address", part.addresses, lambda table: _address(table, today), lambda one: one.code)
    _collect(root, "enterprise", part.enterprises, lambda table: _enterprise(table, today), lambda one: one.number)
    for table in root.tables("case"):
        part.cases.append(_case(table))
        table.close()
    root.close()
    return part


def _collect(
    root: _Table, key: str, into: dict[str, T], read: Callable[[_Table], T], key_of: Callable[[T], str]
) -> None:
    for table in root.tables(key):
        one = read(table)
        table.close()
        if into.setdefault(key_of(one), one) is not one:
            raise WorldError(f"{table.where}: the same {key} stands here twice")


def _resident(table: _Table, today: date) -> Resident:
    return Resident(
        code=table.text("code", _CODE, "a personal code (11 digits)"),
        given_name=table.maybe("given_name", _TEXT, "text"),
        family_name=table.maybe("family_name", _TEXT, "text"),
        birth_date=table.maybe("birth_date", _PARTIAL_DATE, "YYYY, YYYY-MM or YYYY-MM-DD in quotes"),
        sex=table.one_of("sex", SEXES, "N"),
        citizenship=_citizenship(table),
        status=table.one_of("status", STATUSES, "AKT"),
        marital=table.one_of("marital", MARITAL, "NAV"),
        restricted=table.flag("restricted"),
        former_codes=table.codes("former_codes"),
        address=table.maybe("address", _ADDRESS, "an address code (9 digits)"),
        atvk=table.maybe("atvk", _ATVK, "a municipality code (7 digits)"),
        declared_since=table.day("declared_since", today),
        spouse=table.maybe("spouse", _CODE, "a personal code (11 digits)"),
        partner=table.maybe("partner", _CODE, "a personal code (11 digits)"),
        children=table.codes("children"),
        income=tuple(_closed(one, _income(one, today)) for one in table.tables("income")),
        tax_book=_tax_book(table.table("tax_book"), today),
        benefits=tuple(_closed(one, _benefit(one, today)) for one in table.tables("benefits")),
        social_statuses=tuple(_closed(one, _social_status(one, today)) for one in table.tables("social_statuses")),
        properties=tuple(_closed(one, _property(one)) for one in table.tables("properties")),
        vehicles=tuple(_closed(one, _vehicle(one, today)) for one in table.tables("vehicles")),
        **_employment(table, today),
    )


def _employment(table: _Table, today: date) -> dict[str, date | None]:
    keys = ("unemployed_since", "unemployed_until", "job_seeker_since")
    unemployed, until, seeker = (table.day(key, today) for key in keys)
    if until is not None and (unemployed is None or until <= unemployed):
        raise table.fail("unemployed_until", "is not after unemployed_since")
    if seeker is not None and unemployed is not None and until is None:
        raise table.fail("job_seeker_since", "contradicts unemployed_since")
    return dict(zip(keys, (unemployed, until, seeker), strict=True))


def _closed(table: _Table, value: T) -> T:
    table.close()
    return value


def _citizenship(table: _Table) -> str | None:
    found = table.maybe("citizenship", _COUNTRY, 'a country like "LVA", or "" for unknown')
    return "LVA" if found is None else found or None


def _income(table: _Table, today: date) -> IncomeSource:
    kind = table.one_of("kind", INCOME_KINDS)
    gross = table.cents("gross")
    first = table.day("from", today)
    if gross is None or first is None:
        raise table.fail("gross" if gross is None else "from", "is missing")
    return IncomeSource(
        kind=kind,
        gross=gross,
        tax=table.cents("tax"),
        first=first,
        end=table.day("to", today),
        payer=table.maybe("payer", _CODE, "a registration number (11 digits)"),
        payer_name=table.maybe("payer_name", _TEXT, "text"),
    )


def _tax_book(table: _Table | None, today: date) -> TaxBook | None:
    if table is None:
        return None
    book = TaxBook(
        first=table.day("from", today),
        last=table.day("to", today, last=True),
        employer=table.maybe("employer", _CODE, "a registration number (11 digits)"),
        employer_name=table.maybe("employer_name", _TEXT, "text"),
        dependants=table.codes("dependants"),
    )
    return _closed(table, book)


def _benefit(table: _Table, today: date) -> Benefit:
    first = table.start(today)
    return Benefit(
        atvk=table.text("atvk", _ATVK, "a municipality code (7 digits)"),
        kind=table.one_of("kind", BENEFIT_KINDS),
        amount=table.cents("amount"),
        first=first,
        last=table.day("to", today, last=True),
        status=table.one_of("status", BENEFIT_STATUSES),
    )


def _social_status(table: _Table, today: date) -> SocialStatus:
    first = table.start(today)
    return SocialStatus(
        atvk=table.text("atvk", _ATVK, "a municipality code (7 digits)"),
        kind=table.one_of("kind", SOCIAL_KINDS),
        first=first,
        last=table.day("to", today, last=True),
    )


def _property(table: _Table) -> Property:
    return Property(
        number=table.text("number", _CODE, "a cadastre number (11 digits)"),
        kind=table.one_of("kind", PROPERTY_KINDS),
        share=table.maybe("share", _SHARE, 'a fraction like "1/2"'),
        address=table.maybe("address", _ADDRESS, "an address code (9 digits)"),
        value=table.cents("value"),
    )


def _vehicle(table: _Table, today: date) -> Vehicle:
    year = table.maybe("year", _YEAR, 'a year like "2016"')
    return Vehicle(
        plate=table.maybe("plate", _PLATE, "text of at most 20 characters"),
        make=table.text("make", _NAME, "text of at most 100 characters"),
        model=table.maybe("model", _NAME, "text of at most 100 characters"),
        year=None if year is None else int(year),
        since=table.day("since", today),
        share=table.maybe("share", _SHARE, 'a fraction like "1/2"'),
        status=table.one_of("status", VEHICLE_STATUSES, "UZS"),
        stolen=table.flag("stolen"),
    )


def _address(table: _Table, today: date) -> Address:
    return Address(
        code=table.text("code", _ADDRESS, "an address code (9 digits)"),
        text=table.text("text", _TEXT, "text"),
        atvk=table.maybe("atvk", _ATVK, "a municipality code (7 digits)"),
        parish=table.maybe("parish", _TEXT, "text"),
        street=table.maybe("street", _TEXT, "text"),
        house=table.maybe("house", _TEXT, "text"),
        flat=table.maybe("flat", _TEXT, "text"),
        postal_code=table.maybe("postal_code", _POSTAL, "a postal code like LV-4201"),
        status=table.one_of("status", ADDRESS_STATUSES, "EKS"),
        closed=table.day("closed", today),
        successor=table.maybe("successor", _ADDRESS, "an address code (9 digits)"),
    )


def _enterprise(table: _Table, today: date) -> Enterprise:
    return Enterprise(
        number=table.text("number", _CODE, "a registration number (11 digits)"),
        name=table.text("name", _TEXT, "text"),
        address=table.maybe("address", _TEXT, "text"),
        vat=table.flag("vat"),
        properties=tuple(_closed(one, _property(one)) for one in table.tables("properties")),
        form=table.maybe("form", _FORM, "a legal form like SIA, AS or BDR") or "SIA",
        status=table.one_of("status", ENTERPRISE_STATUSES, "REGISTRETS"),
        registered=table.day("registered", today) or FOUNDED,
        removed=table.day("removed", today),
        seat=table.maybe("seat", _ADDRESS, "an address code (9 digits)"),
        offices=tuple(_closed(one, _office(one, today)) for one in table.tables("officers")) or None,
    )


def _office(table: _Table, today: date) -> Office:
    first = table.start(today)
    return Office(
        code=table.text("code", _CODE, "a personal code (11 digits)"),
        post=table.one_of("post", POSTS),
        right=table.one_of("right", RIGHTS, "") or None,
        first=first,
        ended=table.day("to", today, last=True),
    )


def _case(table: _Table) -> OpeningCase:
    return OpeningCase(
        register=table.text("register", _TEXT, "a register's name"),
        reference=table.text("reference", _TEXT, "text"),
        claim_id=table.text("claim_id", _TEXT, "text"),
        message_id=table.text("message_id", _TEXT, "text"),
        claim_type=table.text("claim_type", _TEXT, "text"),
        municipality=table.maybe("municipality", _ATVK, "a municipality code (7 digits)"),
    )
