"""Worlds made from a seed: people, organisations and claims in every position that access.md tells apart.

Everything is written as files for ``gateway demo --world DIR``; the oracle reads them back as anybody could.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from schema.terms import RegistrationNumber
from tests.oracle.rules import STATUSES
from tests.oracle.table import CLAIM_TYPES

HOME = "0054000"
_TOWNS = ("0020000", "0026000", "0033000", "0047000", "0052000")
_ALL = tuple(CLAIM_TYPES)
_THIRD_PARTY_TYPES = tuple(code for code, each in CLAIM_TYPES.items() if each.third_parties)
_READS = ["READ", "READ_EVIDENCE"]
_ALL_OF_MANDATE = ["PREPARE", "SUBMIT", "READ", "READ_EVIDENCE", "WITHDRAW"]

Row = dict[str, Any]


@dataclass
class _Draft:
    """A world on its way into files."""

    random: random.Random
    town: str
    prefix: str
    codes: Iterator[int]
    numbers: Iterator[str]
    personas: dict[str, Row] = field(default_factory=dict)
    residents: list[Row] = field(default_factory=list)
    addresses: list[Row] = field(default_factory=list)
    enterprises: list[Row] = field(default_factory=list)
    third_parties: list[Row] = field(default_factory=list)
    centres: list[Row] = field(default_factory=list)
    mandates: list[Row] = field(default_factory=list)
    claims: list[Row] = field(default_factory=list)
    applicants: list[str] = field(default_factory=list)
    entities: list[tuple[str, str]] = field(default_factory=list)
    """Number, and the code of whoever may represent it."""

    def code(self) -> str:
        """A personal code that is free for worlds."""
        return f"393{next(self.codes):08d}"

    def persona(self, kind: str, capacity: str, **details: Any) -> str:
        """Add one; gives its code."""
        same = sum(name.startswith(f"{self.prefix}-{kind}") for name in self.personas)
        row = {"capacity": capacity, "code": details.pop("code", None) or self.code(), **details}
        self.personas[f"{self.prefix}-{kind}{same or ''}"] = row
        return str(row["code"])


def write_world(folder: Path, seed: int, *, statuses_of_each_type: int = len(STATUSES)) -> None:
    """Write a world's files.

    Args:
        folder: is made.
        seed: the same seed gives the same world; different seeds share no person and no id.
        statuses_of_each_type: claims of each claim type, each in another status.
    """
    chosen = random.Random(seed)
    draft = _Draft(chosen, chosen.choice(_TOWNS), f"w{seed}", count(seed * 10_000), _registration_numbers(seed))
    _families(draft)
    _legal_entities(draft)
    _third_parties(draft)
    _centres(draft)
    _officers(draft)
    _holders(draft)
    _claims(draft, statuses_of_each_type)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "personas.toml", persona=draft.personas)
    _write(folder / "residents.toml", resident=draft.residents, address=draft.addresses, enterprise=draft.enterprises)
    _write(folder / "third_parties.toml", third_party=draft.third_parties)
    _write(folder / "organisations.toml", centre=draft.centres)
    _write(folder / "mandates.toml", mandate=draft.mandates)
    _write(folder / "claims.toml", claim=draft.claims)


def _families(draft: _Draft) -> None:
    """A family, one whose spouse is protected, one that is, one who lives alone, one with no address, one of today's."""
    for place, (adults, children, has_address, protected) in enumerate(
        ((2, 2, True, ()), (2, 1, True, (1,)), (2, 1, True, (0, 1, 2)), (1, 0, True, ()), (1, 1, False, ()))
    ):
        codes = [draft.code() for _ in range(adults + children)]
        address = f"3{int(draft.prefix[1:]) % 1000:03d}{place:05d}"
        if has_address:
            town = draft.random.choice((HOME, draft.town))
            draft.addresses.append({"code": address, "text": f"Jaunā iela {place + 1}, LV-4201", "atvk": town})
        for index, code in enumerate(codes):
            row: Row = {
                "code": code,
                "given_name": f"Vārds{place}{index}",
                "family_name": f"{draft.prefix}ietis{place}",
            }
            row["birth_date"] = f"{2015 if index >= adults else 1980}-0{index + 1}-11"
            row["restricted"] = index in protected
            row |= {"address": address} if has_address else {}
            if index < adults:
                row |= {"spouse": codes[1 - index]} if adults == 2 else {}
                row["children"] = codes[adults:]
                row["income"] = [{"kind": "1001", "gross": f"{700 + index}.50", "tax": "10.00", "from": -20}]
                row["income"][0]["payer"] = "40003111100"
                if has_address and index == 0:
                    number = f"9{int(draft.prefix[1:]) % 1000:03d}{place:07d}"
                    row["properties"] = [{"number": number, "kind": "DZI", "share": "1/1", "address": address}]
                row["tax_book"] = {"from": -20, "employer": "40003111100", "dependants": codes[adults:]}
                row["benefits"] = [
                    {"atvk": HOME, "kind": "MAJ", "amount": "75.00", "from": -2, "to": 3, "status": "PIE"},
                ]
            draft.residents.append(row)
        draft.applicants.append(codes[0])
        assurance = draft.random.choice(("SUBSTANTIAL", "HIGH"))
        draft.persona("citizen", "CITIZEN", code=codes[0], assurance=assurance)
        if adults == 2 and place < 2:
            draft.persona("spouse", "CITIZEN", code=codes[1], assurance="HIGH")
    draft.persona("citizen-low", "CITIZEN", code=draft.applicants[0], assurance="LOW")


def _legal_entities(draft: _Draft) -> None:
    for place in range(2):
        number = next(draft.numbers)
        draft.enterprises.append({"number": number, "name": f'SIA "{draft.prefix} {place}"', "vat": place == 0})
        code = draft.persona("director", "LEGAL_REPRESENTATIVE", assurance="HIGH", legal_entity=number)
        draft.entities.append((number, code))
    number = draft.entities[0][0]
    for kind, details in (
        ("joint", {"represents_alone": False}),
        ("director-low", {"assurance": "LOW"}),
    ):
        draft.persona(kind, "LEGAL_REPRESENTATIVE", **{"assurance": "HIGH", "legal_entity": number, **details})


def _third_parties(draft: _Draft) -> None:
    some = sorted(draft.random.sample(_THIRD_PARTY_TYPES, 4))
    for kind, status, term, types, places in (
        ("all", "ACTIVE", (-300, 300), _THIRD_PARTY_TYPES, [HOME, draft.town]),
        ("some", "ACTIVE", (0, 0), some, [HOME]),
        ("elsewhere", "ACTIVE", (-9, 9), _ALL, [draft.town]),
        ("suspended", "SUSPENDED", (-300, 300), _THIRD_PARTY_TYPES, [HOME, draft.town]),
        ("ended", "ENDED", (-300, 300), _THIRD_PARTY_TYPES, [HOME, draft.town]),
        ("over", "ACTIVE", (-300, -1), _THIRD_PARTY_TYPES, [HOME, draft.town]),
        ("early", "ACTIVE", (1, 300), _THIRD_PARTY_TYPES, [HOME, draft.town]),
        ("by-mandate", "ACTIVE", (-300, 300), _ALL, "all"),
    ):
        third_party = f"{draft.prefix}-tp-{kind}"
        contract = {"number": f"L-{kind}", "kind": "DELEGATION", "valid_from": term[0], "valid_to": term[1]}
        draft.third_parties.append(
            {
                "id": third_party,
                "name": f'Biedrība "{third_party}"',
                "registration_number": next(draft.numbers),
                "kind": "NGO",
                "status": status,
                "claim_types": list(types),
                "municipalities": places,
                "contract": contract,
            }
        )
        draft.persona(f"worker-{kind}", "THIRD_PARTY_WORKER", organisation=third_party)


def _centres(draft: _Draft) -> None:
    for kind, place, basket in (
        ("home", HOME, _ALL[:6]),
        ("town", draft.town, _ALL[4:]),
    ):
        centre = f"{draft.prefix}-centre-{kind}"
        draft.centres.append(
            {
                "id": centre,
                "name": f"VPVKAC {centre}",
                "municipality": place,
                "significance": "COUNTY",
                "claim_types": list(basket),
            }
        )
        draft.persona(f"clerk-{kind}", "CLERK", organisation=centre)
    draft.persona("colleague", "CLERK", organisation=f"{draft.prefix}-centre-home")


def _officers(draft: _Draft) -> None:
    for department in sorted({each.department for each in CLAIM_TYPES.values()}):
        owner = next(each for each in CLAIM_TYPES.values() if each.department == department).owner(HOME)
        draft.persona(f"officer-{department}", "OWNER_OFFICER", organisation=owner)
    draft.persona("officer-town", "OWNER_OFFICER", organisation=f"social-{draft.town}")
    draft.persona("officer-applicant", "OWNER_OFFICER", organisation=f"social-{HOME}", code=draft.applicants[0])
    for capacity in ("POLICY_OFFICER", "MINISTRY_IT", "AUDITOR"):
        draft.persona(capacity.lower().replace("_", "-"), capacity)


def _holders(draft: _Draft) -> None:
    first, second, protected = draft.applicants[0], draft.applicants[1], draft.applicants[2]
    some = sorted(draft.random.sample(_ALL, 5))
    for kind, grantor, types, actions, term, status in (
        ("holder", first, _ALL, _ALL_OF_MANDATE, (-9, 9), "ACTIVE"),
        ("reader", second, _ALL, _READS, (0, 0), "ACTIVE"),
        ("writer", first, _ALL, ["READ", "PREPARE", "WITHDRAW"], (-1, 9), "ACTIVE"),
        ("blind", first, _ALL, ["PREPARE", "SUBMIT", "READ_EVIDENCE"], (-1, 9), "ACTIVE"),
        ("few", protected, some, _ALL_OF_MANDATE, (-1, 9), "ACTIVE"),
        ("over", first, _ALL, _ALL_OF_MANDATE, (-9, -1), "ACTIVE"),
        ("early", first, _ALL, _ALL_OF_MANDATE, (1, 9), "ACTIVE"),
        ("revoked", first, _ALL, _ALL_OF_MANDATE, (-9, 9), "REVOKED"),
        ("unconfirmed", first, _ALL, _ALL_OF_MANDATE, (-9, 9), "UNCONFIRMED"),
    ):
        code = draft.persona(f"mandate-{kind}", "MANDATE_HOLDER", grantor=grantor, assurance="HIGH")
        _mandate(draft, grantor, {"holder": code}, types, actions, term, status)
    for third_party, grantor, actions, term in (
        ("by-mandate", first, [*_READS, "PREPARE", "SUBMIT"], (-9, 9)),
        ("by-mandate", second, ["READ", "PREPARE"], (-9, 9)),
        ("by-mandate", protected, _READS, (-9, -1)),
        ("suspended", first, _READS, (-9, 9)),
        ("some", protected, [*_READS, "SUBMIT"], (-9, 9)),
    ):
        holder = {"third_party": f"{draft.prefix}-tp-{third_party}"}
        _mandate(draft, grantor, holder, _THIRD_PARTY_TYPES, actions, term, "ACTIVE")


def _mandate(
    draft: _Draft,
    grantor: str,
    holder: Row,
    types: Sequence[str],
    actions: Sequence[str],
    term: tuple[int, int],
    status: str,
) -> None:
    draft.mandates.append(
        {
            "id": f"{draft.prefix}-mandate-{len(draft.mandates)}",
            "grantor": grantor,
            **holder,
            "claim_types": list(types),
            "actions": list(actions),
            "valid_from": term[0],
            "valid_to": term[1],
            "status": status,
        }
    )


def _claims(draft: _Draft, statuses_of_each_type: int) -> None:
    child = draft.residents[2]["code"]
    all_third_parties = [each["id"] for each in draft.third_parties]
    serial = count(1)
    for place, (code, claim_type) in enumerate(CLAIM_TYPES.items()):
        # Each type begins at another status, so that a few of each still meet all of them.
        statuses = [STATUSES[(place * 3 + step) % len(STATUSES)] for step in range(statuses_of_each_type)]
        if "DRAFT" not in statuses:
            statuses[0] = "DRAFT"
        for index, status in enumerate(statuses):
            number = next(serial)
            row: Row = {"id": f"{draft.prefix}-{number}", "type": code, "status": status, "created": -number - 2}
            if claim_type.municipal:
                row["municipality"] = HOME if index % 3 else draft.random.choice((HOME, draft.town))
            if claim_type.legal_properties is not None and index % 3 == 0:
                entity, director = draft.entities[index % 2]
                row |= {"legal_entity": entity, "made_by": director}
            else:
                row["person"] = draft.applicants[(index + place) % len(draft.applicants)]
            if code in ("kindergarten-queue", "childcare-benefit", "childbirth-benefit"):
                row["answers"] = _about_child(code, child)
            if status == "SUBMITTED":
                row["next_attempt"] = 30
            if status == "WITHDRAWN" and index % 2:
                row["was_submitted"] = True
            if claim_type.third_parties and index % 2:
                row["assigned_to"] = sorted(draft.random.sample(all_third_parties, 5))
            draft.claims.append(row)
        for method, minutes in (("EID_TAP", 0), ("PAPER_MANDATE", 0), ("ONE_TIME_CODE", 45), (None, None)):
            number = next(serial)
            draft.claims.append(_at_centre(draft, f"{draft.prefix}-{number}", code, method, minutes, -number - 2))


def _at_centre(draft: _Draft, claim: str, code: str, method: str | None, minutes: int | None, created: int) -> Row:
    kind = "home" if code in _ALL[:6] else "town"
    clerk = draft.personas[f"{draft.prefix}-clerk-{kind}"]["code"]
    place = HOME if kind == "home" else draft.town
    row: Row = {"id": claim, "type": code, "created": created, "channel": "CENTRE", "made_by": clerk}
    row |= {"centre": f"{draft.prefix}-centre-{kind}", "person": draft.random.choice(draft.applicants)}
    row |= {"municipality": place} if CLAIM_TYPES[code].municipal else {}
    if method is None:
        row["status"] = "INFORMATION_REQUESTED"
    else:
        row["presence"] = {"method": method, "reference": "here", "by": clerk, "minutes_ago": minutes}
    if code in ("kindergarten-queue", "childcare-benefit", "childbirth-benefit"):
        row["answers"] = _about_child(code, draft.residents[2]["code"])
    return row


def _about_child(code: str, child: str) -> Row:
    if code == "kindergarten-queue":
        return {"child": child, "wantedFrom": "2027-09-01", "institutions": ["Pirmsskola"]}
    return {"child": child, "account": "LV80BANK0000435195001"}


def _registration_numbers(seed: int) -> Iterator[str]:
    for number in count(40_009_000_000 + seed * 10_000):
        try:
            yield RegistrationNumber.parse(str(number)).digits
        except ValueError:
            continue


def _write(path: Path, **tables: Mapping[str, Row] | Sequence[Row]) -> None:
    parts = []
    for name, rows in tables.items():
        named = rows.items() if isinstance(rows, Mapping) else (("", row) for row in rows)
        for key, row in named:
            lines = [f"[{name}.{key}]" if key else f"[[{name}]]", *(f"{k} = {_toml(v)}" for k, v in row.items())]
            parts.append("\n".join(lines))
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)
