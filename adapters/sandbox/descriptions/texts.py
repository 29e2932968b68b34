"""Texts that a schema of strings allows: by its pattern, its format, its length."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Callable
from random import Random
from typing import Any

_parser: Any = re._parser  # type: ignore[attr-defined] # the standard library's own reading of patterns
_PLAIN = "abcXYZ0189"
_TRIES = 60
_MANY = 6
_ODD = (
    "0012",
    "1e5",
    "1.10",
    "null",
    "true",
    "Līga Ābola",
    "a b",
    '"quoted" & <b>',
    "中文",
    "😀",
    "-",
    "\\",
    "line\nbreak",
    "",
)
FORMATS: dict[str, Callable[[Random], str]] = {
    "date": lambda random: random.choice(["2026-01-31", "2024-02-29", "1900-01-01", "9999-12-31", "0001-01-01"]),
    "date-time": lambda random: random.choice(
        [
            "2026-01-31T10:20:30Z",
            "2024-02-29T23:59:59.123+02:00",
            "1999-12-31T00:00:00-11:30",
            "2026-03-29T03:00:00.1234567Z",
        ]
    ),
    "time": lambda random: random.choice(["10:20:30Z", "23:59:59.5+02:00"]),
    "duration": lambda random: random.choice(["P1D", "PT1H30M", "P2W", "P1Y2M3DT4H5M6S"]),
    "uuid": lambda random: str(uuid.UUID(int=random.getrandbits(128), version=4)),
    "uri": lambda random: random.choice(
        ["http://example.org/ieraksts/1?a=b#c", "urn:lv:paraugs:1", "https://example.org"]
    ),
    "url": lambda random: "https://example.org/a",
    "uri-reference": lambda random: random.choice(["/a/b", "c?d=1", "https://example.org/a"]),
    "email": lambda random: random.choice(["anna@example.org", "janis.ozols@example.org"]),
    "hostname": lambda random: random.choice(["example.org", "a-b.example.org"]),
    "ipv4": lambda random: f"192.0.2.{random.randrange(256)}",
    "ipv6": lambda random: random.choice(["2001:db8::1", "::1"]),
    "byte": lambda random: base64.b64encode(random.randbytes(random.randrange(12))).decode(),
    "base64": lambda random: base64.b64encode(random.randbytes(random.randrange(12))).decode(),
}


_TYPICAL = {"date": "2026-01-31", "date-time": "2026-01-31T10:20:30Z", "byte": "UGllbcSTcnM=", "base64": "UGllbcSTcnM="}
_BY_NAME: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("mail", "epast"), ("anna@example.org", "janis@example.org")),
    (("phone", "telef", "tel"), ("+37120000000", "20000000")),
    (("country", "valsts", "land"), ("LV", "LVA", "Latvija")),
    (("currency", "valuta"), ("EUR",)),
    (("surname", "family", "lastname", "uzvards", "etternavn"), ("Bērziņa", "Ozols", "Kalniņš")),
    (("given", "firstname", "vards", "fornavn"), ("Anna", "Jānis", "Līga")),
    (("zip", "postal", "postcode", "postnr"), ("LV-1010", "1010")),
    (("street", "address", "adres"), ("Brīvības iela 1, Rīga", "Brīvības iela 1")),
    (("city", "pilseta", "town", "municip"), ("Rīga", "Liepāja")),
    (("date", "datums", "dato", "datum"), ("2026-01-31", "1990-05-17")),
    (("name", "nosauk", "navn", "naam"), ("Anna Bērziņa", 'SIA "Piemērs"', "Piemērs")),
    (("code", "kods", "number", "numurs", "nummer", "ident"), ("0012", "0034567", "A1")),
)
_WORDS = ("Piemērs", "Paraugs", "Ieraksts", "Example")


def a_text(schema: dict[str, Any], random: Random) -> str:
    """A text of a schema of strings; where none is found in some tries, one that the judge will refuse."""
    patterns = schema.get("patterns", ())
    low, high = schema.get("minLength", 0), schema.get("maxLength")
    made = ""
    for _ in range(_TRIES):
        if schema.get("format") in ("byte", "base64") and (low or high is not None):
            made = base64.b64encode(random.randbytes(max(low // 4 * 3, (high or low) // 4 * 3 - 1))).decode()
        elif schema.get("format") in FORMATS:
            made = FORMATS[schema["format"]](random)
        elif patterns:
            made = _matching(patterns[0], random, high)
        else:
            made = _long_enough(random, low, high)
        fits = low <= len(made) and (high is None or len(made) <= high)
        if fits and all(re.search(pattern, made) for pattern in patterns):
            return made
    return made


def plausible(schema: dict[str, Any], name: str, random: Random) -> str | None:
    """A text that a person would expect under a name; None where the schema allows none of those known here."""
    if schema.get("format") in FORMATS:
        return _TYPICAL.get(schema["format"])
    low, high = schema.get("minLength", 0), schema.get("maxLength")
    known = next((texts for parts, texts in _BY_NAME if any(part in name.lower() for part in parts)), ())
    fitting = [
        text
        for text in (*known, *_WORDS)
        if low <= len(text)
        and (high is None or len(text) <= high)
        and all(re.search(pattern, text) for pattern in schema.get("patterns", ()))
    ]
    if not fitting:
        return None
    return random.choice([text for text in fitting if text in known] or fitting)


def _long_enough(random: Random, low: int, high: int | None) -> str:
    most = low + 12 if high is None else min(high, max(low, 4000))
    length = random.choice([low, most, random.randint(low, min(most, low + 12))])
    text = random.choice(_ODD)
    if low <= len(text) and (high is None or len(text) <= high) and random.random() < 0.5:
        return text
    return "".join(random.choice(_PLAIN) for _ in range(length))


def _matching(pattern: str, random: Random, high: int | None) -> str:
    tree = _parser.parse(pattern)
    return _written(tree, random, _MANY if high is None else max(1, min(_MANY, high)), {})


def _written(tree: Any, random: Random, many: int, groups: dict[int, str]) -> str:
    made = ""
    for kind, held in tree:
        made += _one(str(kind), held, random, many, groups)
    return made


def _one(kind: str, held: Any, random: Random, many: int, groups: dict[int, str]) -> str:
    match kind:
        case "LITERAL":
            return chr(held)
        case "NOT_LITERAL":
            return "b" if chr(held) == "a" else "a"
        case "ANY":
            return random.choice("aZ0 ")
        case "IN":
            return random.choice(_class(held))
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            low, high, inner = held
            most = min(int(high), low + many)
            return "".join(_written(inner, random, many, groups) for _ in range(random.randint(low, max(low, most))))
        case "SUBPATTERN":
            made = _written(held[3], random, many, groups)
            if held[0] is not None:
                groups[held[0]] = made
            return made
        case "BRANCH":
            return _written(random.choice(held[1]), random, many, groups)
        case "GROUPREF":
            return groups.get(held, "")
        case "ATOMIC_GROUP":
            return _written(held, random, many, groups)
    return ""  # an assertion: what was written is tried against the whole pattern afterwards


def _class(held: Any) -> str:
    wanted, negated = "", False
    for kind, value in held:
        match str(kind):
            case "NEGATE":
                negated = True
            case "LITERAL":
                wanted += chr(value)
            case "RANGE":
                low, high = value
                wanted += "".join(map(chr, range(low, min(high, low + 60) + 1)))
            case "CATEGORY":
                wanted += {"CATEGORY_DIGIT": "0189", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "aZ0_"}.get(
                    str(value), "a-,"
                )
    if not negated:
        return wanted or "a"
    return "".join(one for one in "abcXYZ0189 -_,.āĒ\n" if one not in wanted) or "中"
