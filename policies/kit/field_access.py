"""Which access class each field of the public graph has. What is not named is dark."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from policies.kit.documents import Document
from policies.kit.errors import PolicyError
from schema.joined import coordinates, joined

_TYPE = re.compile(r"_?[A-Z][A-Za-z0-9]*")
_FIELD = re.compile(r"[a-z_][A-Za-z0-9]*")


class AccessClass(StrEnum):
    """Who may read a field, given that the object it stands on was reached."""

    OPEN = "open"
    """Any valid token. For a root field: what it leads to is decided there."""
    CLAIM_STATUS = "claim-status"
    """READ of the claim, scope STATUS."""
    CLAIM = "claim"
    """READ of the claim, scope CLAIM."""
    ANSWERS = "answers"
    """READ_EVIDENCE of the claim with scope THIRD_PARTIES, or PREPARE."""
    EVIDENCE = "evidence"
    """Decided by the path from ``me`` or from the claim's applicant. Where no person leads to it (the address of a
    legal entity), the nearest field above that is not evidence decides."""
    SELF = "self"
    """Only of ``me``."""
    GUARDIAN = "guardian"
    """Only of ``me``: what a parent sees of a minor. The population register's record in hand decides what it opens of
    which child; what it does not open it answers as empty."""
    REPRESENTED = "represented"
    """Only of the legal entity that a representative's token names, to who may represent it alone."""
    OWN_ORGANISATION = "own-organisation"
    """The viewer's own organisation, and MINISTRY_IT."""
    MINISTRY_IT = "ministry-it"
    AUDITOR = "auditor"
    PARTY = "party"
    """By the token's capacity; decided where the object is reached."""
    LEGAL_ENTITY = "legal-entity"
    """Open business data: any valid token, under a claim READ of it."""
    INTROSPECTION = "introspection"
    """Those who may introspect."""


_CLASSES = tuple(each.value for each in AccessClass)


class _File(msgspec.Struct, forbid_unknown_fields=True):
    access: dict[str, dict[str, str]]
    leads_to: dict[str, str]
    default_arguments: dict[str, int]


@dataclass(frozen=True, slots=True)
class FieldAccess:
    """The access class of every coordinate (``Person.income``) that anybody may read."""

    classes: Mapping[str, AccessClass]
    leads_to: Mapping[str, str]
    """The composite type that a field of an evidence path returns; a field that is not here is a leaf."""
    default_arguments: Mapping[str, int]
    """``Person.income.months`` -> 3: what an absent or null argument means, as the graph declares it."""

    def of(self, coordinate: str) -> AccessClass | None:
        """None: dark, refused for everybody."""
        return self.classes.get(coordinate)

    @classmethod
    def load(cls, document: Document) -> FieldAccess:
        """Read ``fields.toml``: each field by name, no patterns. Raises: PolicyError.

        What a record type joins to a person is evidence without being named here: a claim type's path has to name it.
        """
        file = document.toml_as(_File)
        classes: dict[str, AccessClass] = {}
        for type_name, fields in file.access.items():
            if not _TYPE.fullmatch(type_name):
                raise PolicyError(document.file, _line(document, type_name), f"{type_name!r} is no name of a type")
            for field, access in fields.items():
                line = _line(document, type_name, field)
                if not _FIELD.fullmatch(field):
                    raise PolicyError(document.file, line, f"{field!r} in {type_name}: fields are named one by one")
                if access not in _CLASSES:
                    raise PolicyError(document.file, line, f"{access!r} is none of {', '.join(_CLASSES)}")
                classes[f"{type_name}.{field}"] = AccessClass(access)
        leads_to = dict(file.leads_to)
        for one in joined():
            shown, leads = coordinates(one)
            for coordinate in (f"{of}.{name}" for of, names in shown.items() for name in names):
                classes.setdefault(coordinate, AccessClass.EVIDENCE)
            leads_to |= leads
        for coordinate in (*file.leads_to, *(name.rpartition(".")[0] for name in file.default_arguments)):
            if coordinate not in classes:
                line = document.line_of_key(f'"{coordinate}')
                raise PolicyError(document.file, line, f"{coordinate} has no access class")
        return cls(classes, leads_to, file.default_arguments)


def _line(document: Document, type_name: str, field: str = "") -> int:
    inside = False
    for number, line in enumerate(document.text.splitlines(), 1):
        if line.startswith("["):
            inside = line in (f"[access.{type_name}]", f'[access."{type_name}"]')
            if inside and not field:
                return number
        elif inside and line.partition("=")[0].strip().strip('"') == field:
            return number
    return 1
