"""Generates the rest of the residents from a fixed seed: the same people on every machine, in every municipality."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from adapters.sandbox.world.load import Part
from adapters.sandbox.world.model import (
    Address,
    Benefit,
    Enterprise,
    IncomeSource,
    Resident,
    SocialStatus,
    TaxBook,
    month_start,
)

SEED = 959201
FIRST_CODE = 39_500_000_000
"""Generated personal codes lie in 395…; those of named people in 391… and 399…."""

_FEMALE = (
    "Aija Agnese Baiba Dace Dzintra Elīna Evija Gunta Ieva Inese "
    "Kristīne Laima Laura Līna Maija Rūta Sandra Santa Signe Zane"
)
_MALE = (
    "Aigars Aivars Andris Artūrs Dainis Edgars Gatis Guntis Imants Juris "
    "Kaspars Māris Normunds Oskars Raimonds Roberts Uldis Valdis Viesturs Ziedonis"
)
# Family names in both forms, since a Latvian family name follows the person's sex.
_FAMILY = """
Balodis:Balode Krūmiņš:Krūmiņa Eglītis:Eglīte Zariņš:Zariņa Vanags:Vanaga Lapiņš:Lapiņa Zvirbulis:Zvirbule
Briedis:Briede Jansons:Jansone Šmits:Šmite Apsītis:Apsīte Dzenis:Dzene Grīnbergs:Grīnberga Kļaviņš:Kļaviņa
Mednis:Medne Rozītis:Rozīte Siliņš:Siliņa Strazdiņš:Strazdiņa Tīrums:Tīruma Upenieks:Upeniece Vilks:Vilka
Zālītis:Zālīte Āboliņš:Āboliņa Ērglis:Ērgle Ķirsis:Ķirse
"""
_ADULT_YEARS = 18
_MINOR_DAYS = 17 * 365
_STREETS = "Dārza Meža Skolas Parka Liepu Ozolu Saules Upes Ziedu Pļavu Kalna Tirgus Avotu Lauku Jaunā"
_FARMS = (
    "Ābeles Bitītes Celmiņi Dzintari Egles Gravas Jaunzemi Kalnāji Lejnieki Mežmalas Ozoli Priedes Rasas Strauti Vējiņi"
)
_TRADES = "Koks Maize Būve Serviss Tirdzniecība Transports Mežs Piens Metāls Tekstils"


class Generator:
    """One run over one seed.

    Args:
        municipalities: ATVK to ``{name, town, postal, parishes}``.
        today: incomes and benefits are relative to it.
        taken: codes of named people, which count towards the total.
    """

    def __init__(self, municipalities: Mapping[str, Mapping[str, Any]], today: date, taken: int) -> None:
        self._random = Random(SEED)  # noqa: S311 - invents people, keeps no secret
        self._municipalities = municipalities
        self._today = today
        self._left = taken
        self._made = 0
        self._part = Part()
        self._female, self._male = _FEMALE.split(), _MALE.split()
        self._family = [tuple(pair.split(":")) for pair in _FAMILY.split()]
        self._streets, self._farms = _STREETS.split(), _FARMS.split()
        self._employers: list[Enterprise] = []

    def residents(self, total: int) -> Part:
        """Fill up to ``total`` residents, one household after the other."""
        self._enterprises()
        codes = sorted(self._municipalities)
        households = 0
        while len(self._part.residents) + self._left < total:
            # Rīga and Valmiera are where the demo happens: every eighth household lives in one of the two.
            atvk = codes[households % len(codes)] if households % 8 else ("0001000", "0054000")[households // 8 % 2]
            self._household(atvk, total - self._left - len(self._part.residents))
            households += 1
        return self._part

    def _enterprises(self) -> None:
        trades = _TRADES.split()
        serial = 40_203_000_000
        while len(self._employers) < 200:
            serial += 37
            digits = str(serial)
            if sum(int(d) * w for d, w in zip(digits, (9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1), strict=True)) % 11 != 3:
                continue
            name = f'SIA "{trades[len(self._employers) % len(trades)]} {len(self._employers) + 1}"'
            one = Enterprise(digits, name, "Dārza iela 1, Rīga, LV-1010", vat=self._random.random() < 0.8)
            self._employers.append(one)
            self._part.enterprises[digits] = one

    def _household(self, atvk: str, room: int) -> None:
        pick = self._random.random
        family = self._random.choice(self._family)
        address = self._address(atvk) if pick() > 0.02 else None
        since = self._today - timedelta(days=self._random.randrange(200, 9000))
        restricted = pick() < 0.005
        age = self._random.randrange(20, 90)
        couple = room >= 2 and age < 80 and pick() < 0.55
        married = couple and pick() < 0.8
        count = self._random.choice((0, 1, 1, 2, 2, 3)) if age < 50 else 0
        children = [self._new_code() for _ in range(min(count, room - 1 - couple))]
        first, second = self._new_code(), self._new_code() if couple else None
        poor = pick() < 0.12
        parents = [(first, second, self._random.random() < 0.5)]
        if second is not None:
            parents.append((second, first, not parents[0][2]))
        for code, other, female in parents:
            self._adult(
                code, other, female, family, age, married, couple, children, address, atvk, since, restricted, poor
            )
        for code in children:
            female = pick() < 0.5
            days = self._random.randrange(30, _MINOR_DAYS)
            # Of young parents the children are younger in proportion, so that nobody is born to a child.
            born = self._today - timedelta(days=days * min(_MINOR_DAYS, (age - _ADULT_YEARS) * 365) // _MINOR_DAYS)
            self._add(
                Resident(
                    code=code,
                    given_name=self._given(female),
                    family_name=family[female],
                    birth_date=born.isoformat(),
                    sex="S" if female else "V",
                    marital="NEP",
                    restricted=restricted,
                    address=address,
                    atvk=None if address is None else atvk,
                    declared_since=None if address is None else max(since, born),
                )
            )

    def _adult(
        self,
        code: str,
        other: str | None,
        female: bool,
        family: tuple[str, ...],
        age: int,
        married: bool,
        couple: bool,
        children: list[str],
        address: str | None,
        atvk: str,
        since: date,
        restricted: bool,
        poor: bool,
    ) -> None:
        pick = self._random.random
        born = self._today - timedelta(days=age * 365 + self._random.randrange(365))
        income = self._income(age, poor)
        employer = income[0] if income and income[0].kind == "1001" else None
        gone = not couple and not children and pick() < 0.03
        benefits, statuses = self._assistance(atvk) if poor and address is not None else ((), ())
        self._add(
            Resident(
                code=code,
                given_name=self._given(female),
                family_name=family[female],
                birth_date=born.isoformat() if pick() > 0.01 else str(born.year),
                sex="S" if female else "V",
                citizenship=self._random.choice(("LVA",) * 18 + ("EST", "UKR")),
                status=("MIR" if pick() < 0.5 else "IZC") if gone else "AKT",
                marital=("PRE" if married else "PAR") if couple else self._random.choice(("NEP", "SKI", "ATR")),
                restricted=restricted,
                former_codes=(str(int(code) + 400_000_000),) if pick() < 0.02 else (),
                address=None if gone else address,
                atvk=None if gone or address is None else atvk,
                declared_since=None if gone or address is None else since,
                spouse=other if married else None,
                partner=None if married else other,
                children=tuple(children),
                income=() if gone else income,
                tax_book=TaxBook(date(2021, 1, 1), None, employer.payer, None, tuple(children)) if employer else None,
                benefits=() if gone else benefits,
                social_statuses=() if gone else statuses,
            )
        )

    def _income(self, age: int, poor: bool) -> tuple[IncomeSource, ...]:
        start = month_start(self._today, -self._random.randrange(4, 48))
        if age >= 65:
            return (IncomeSource("1007", self._random.randrange(25_000, 90_000), 0, start, None, None, "VSAA"),)
        if self._random.random() < 0.15:
            return ()
        gross = self._random.randrange(20_000, 50_000) if poor else self._random.randrange(78_000, 320_000)
        employer = self._random.choice(self._employers)
        return (
            IncomeSource("1001", gross, gross * 14 // 100, start, None, employer.number, employer.name, wobble=4_000),
        )

    def _assistance(self, atvk: str) -> tuple[tuple[Benefit, ...], tuple[SocialStatus, ...]]:
        first, last = month_start(self._today, -2), month_start(self._today, 4) - timedelta(days=1)
        kind = self._random.choice(("MAJ", "GMI", "EDI"))
        benefit = Benefit(atvk, kind, self._random.randrange(2_000, 16_000), first, last, "PIE")
        return (benefit,), (SocialStatus(atvk, self._random.choice(("TRU", "MAZ")), first, last),)

    def _address(self, atvk: str) -> str:
        place = self._municipalities[atvk]
        code = f"1{len(self._part.addresses) + 50_000_000:08}"
        county = "" if place["name"] == place["town"] else f"{place['name']}, "
        postal = f"LV-{place['postal']}{self._random.randrange(1, 60):02}"
        if place["parishes"] and self._random.random() < 0.3:
            parish, house = self._random.choice(place["parishes"]), self._random.choice(self._farms)
            found = Address(code, f'"{house}", {parish}, {county}{postal}', atvk, parish, None, house, None, postal)
        else:
            street, house = f"{self._random.choice(self._streets)} iela", str(self._random.randrange(1, 120))
            flat = str(self._random.randrange(1, 60)) if self._random.random() < 0.6 else None
            door = f"{house} - {flat}" if flat else house
            text = f"{street} {door}, {place['town']}, {county}{postal}"
            found = Address(code, text, atvk, None, street, house, flat, postal)
        self._part.addresses[code] = found
        return code

    def _given(self, female: bool) -> str:
        return self._random.choice(self._female if female else self._male)

    def _new_code(self) -> str:
        # 7919 has no common divisor with the range, so codes look scattered and none comes twice.
        self._made += 1
        return str(FIRST_CODE + self._made * 7919 % 100_000_000)

    def _add(self, resident: Resident) -> None:
        self._part.residents[resident.code] = resident
