"""One claim type: its folder under ``policies/claims``, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import msgspec

from policies.kit.disclosure import Delay, DisclosureRow, delays
from policies.kit.documents import Document, digest, files_in
from policies.kit.errors import PolicyError
from policies.kit.evidence import Evidence, EvidencePath, least_restrictive, parse_asked, parse_path
from policies.kit.examples import Example, ExamplesFile, Offered
from policies.kit.field_access import FieldAccess
from policies.kit.plain_schema import is_plain
from schema.terms import (
    ApplicantKind,
    Channel,
    ClaimAction,
    ClaimTypeCode,
    DeliveryStrategy,
    EvidenceScope,
    GovernmentLevel,
)
from schema.text import Text

MODULE_FILES = ("claim_type.toml", "policy.cedar", "form.schema.json", "examples.toml")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FEWEST_REFUSALS = 2


class _EvidenceRow(msgspec.Struct, forbid_unknown_fields=True):
    path: str
    open_to: EvidenceScope
    reason: str
    reason_lv: str | None = None
    applicant: ApplicantKind = ApplicantKind.PERSON
    register: str | None = None


class _Validity(msgspec.Struct, forbid_unknown_fields=True):
    from_: date = msgspec.field(name="from")
    to: date | None = None


class _File(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    title_lv: str
    title_en: str
    owner: str
    level: GovernmentLevel
    legal_basis: str
    applicants: tuple[ApplicantKind, ...]
    channels: tuple[Channel, ...]
    open_to_third_parties: bool
    mandates: bool
    open: bool
    delivery: DeliveryStrategy
    max_age_hours: int
    validity: _Validity
    evidence: list[_EvidenceRow]
    delivered_to: str | None = None
    legal_basis_lv: str | None = None
    disclosure: list[DisclosureRow] = msgspec.field(default_factory=list)


_IN_EVERY_LIST = (
    _EvidenceRow(
        "personCode",
        EvidenceScope.NO_THIRD_PARTIES,
        "Says whose claim it is.",
        "Norāda, kura iesniegums tas ir.",
        register="natural_persons",
    ),
    _EvidenceRow(
        "restricted",
        EvidenceScope.OWNER_ONLY,
        "The owner must know that the person is protected.",
        "Lēmējam jāzina, ka personas dati ir aizsargāti.",
        register="natural_persons",
    ),
)


@dataclass(frozen=True, slots=True, eq=False)
class ClaimTypeModule:
    """A service that can be asked for, and who may see what for it."""

    code: ClaimTypeCode
    title_lv: str
    title_en: str
    owner: str
    """National: the owner's id (``vsaa``). Municipal: the department's generic id (``social``); a municipality's own is
    that with its ATVK."""
    level: GovernmentLevel
    legal_basis: Text
    """In English alone where it is not given in Latvian."""
    applicants: tuple[ApplicantKind, ...]
    channels: tuple[Channel, ...]
    open_to_third_parties: bool
    mandates: bool
    """False: no mandate covers it."""
    open: bool
    """False: nothing new can be asked for, since its owner's system is not connected; claims that exist go on."""
    delivery: DeliveryStrategy
    delivered_to: str | None
    """Name of the register that receives it; None while there is none."""
    max_age: timedelta
    """How old a copy of its evidence may be."""
    valid_from: date
    valid_to: date | None
    """The last day; None: until further notice."""
    evidence: tuple[Evidence, ...]
    delays: tuple[Delay, ...]
    """Of which accesses people are told later; empty: of all at once."""
    form: Mapping[str, Any]
    """JSON Schema (2020-12) of the answers."""
    answers: Mapping[str, Any]
    """Complete answers that the form accepts, as an example."""
    examples: tuple[Example, ...]
    offered: Offered | None
    """What its examples say of who can ask for it; None where they do not."""
    policy_version: str
    """Digest over the common rules and this folder."""

    def requirement(self, path: EvidencePath, applicant: ApplicantKind = ApplicantKind.PERSON) -> Evidence | None:
        """Which evidence opens the field at the end of ``path``, the least restrictive of several.

        Args:
            path: from the claim's applicant (which is not a step), every composite field on the way included.
            applicant: what the path starts at.

        Returns:
            None: nothing opens it.
        """
        return least_restrictive(self.evidence, applicant, path)


def module_documents(folder: Path) -> dict[str, Document]:
    """The files of one folder by name. Raises: PolicyError: one is missing, or one that nobody would read is there."""
    for file in files_in(folder):
        if file.name not in MODULE_FILES:
            raise PolicyError(file, 1, f"nobody reads this file; a claim type has {', '.join(MODULE_FILES)}")
    return {name: Document.read(folder / name) for name in MODULE_FILES}


def module_version(documents: Mapping[str, Document], common_version: str) -> str:
    """Digest over the common rules and a folder's files."""
    return digest([("common", common_version.encode()), *((name, one.content) for name, one in documents.items())])


def load_claim_type(documents: Mapping[str, Document], fields: FieldAccess, common_version: str) -> ClaimTypeModule:
    """Read one claim type's data; its rules are parsed elsewhere. Raises: PolicyError."""
    document = documents["claim_type.toml"]
    file = document.toml_as(_File)
    code = _code(document, file)
    _check_file(document, file)
    form = _form(documents["form.schema.json"])
    examples = _examples(documents["examples.toml"], code, form, fields)
    return ClaimTypeModule(
        code=code,
        title_lv=file.title_lv,
        title_en=file.title_en,
        owner=file.owner,
        level=file.level,
        legal_basis=Text(file.legal_basis, file.legal_basis_lv or file.legal_basis),
        applicants=file.applicants,
        channels=file.channels,
        open_to_third_parties=file.open_to_third_parties,
        mandates=file.mandates,
        open=file.open,
        delivery=file.delivery,
        delivered_to=file.delivered_to,
        max_age=timedelta(hours=file.max_age_hours),
        valid_from=file.validity.from_,
        valid_to=file.validity.to,
        evidence=_evidence(document, file, fields),
        delays=delays(document, file.disclosure, file.validity.from_),
        form=form,
        answers=examples.answers,
        examples=examples.example,
        offered=examples.offered,
        policy_version=module_version(documents, common_version),
    )


def _code(document: Document, file: _File) -> ClaimTypeCode:
    try:
        code = ClaimTypeCode.parse(file.code)
    except ValueError as error:
        raise PolicyError(document.file, document.line_of_key("code"), str(error)) from None
    if code.text != document.file.parent.name:
        raise PolicyError(document.file, document.line_of_key("code"), "code must be the name of the folder")
    return code


def _check_file(document: Document, file: _File) -> None:
    def refuse(key: str, reason: str) -> PolicyError:
        return PolicyError(document.file, document.line_of_key(f"{key} ="), reason)

    for key in ("title_lv", "title_en", "owner", "legal_basis"):
        if not getattr(file, key).strip():
            raise refuse(key, f"{key} is empty")
    if not file.applicants or len(set(file.applicants)) != len(file.applicants):
        raise refuse("applicants", "applicants names each kind once, and at least one")
    if not file.channels or len(set(file.channels)) != len(file.channels):
        raise refuse("channels", "channels names each channel once, and at least one")
    if (Channel.THIRD_PARTY in file.channels) is not file.open_to_third_parties:
        raise refuse("channels", "the channel THIRD_PARTY and open_to_third_parties go together")
    if file.open and file.delivered_to is None:
        raise refuse("open", "an open claim type names the register it is delivered to")
    if file.max_age_hours < 1:
        raise refuse("max_age_hours", "max_age_hours is at least 1")
    if file.validity.to is not None and file.validity.to < file.validity.from_:
        raise refuse("to", "validity ends before it begins")


def _evidence(document: Document, file: _File, fields: FieldAccess) -> tuple[Evidence, ...]:
    found: list[Evidence] = []
    always = _IN_EVERY_LIST if ApplicantKind.PERSON in file.applicants else ()
    for index, row in enumerate([*always, *file.evidence], -len(always)):
        line = document.line_of_row("evidence", index)
        try:
            parsed = parse_path(row.path, row.applicant, fields)
        except ValueError as error:
            raise PolicyError(document.file, line, f"evidence {row.path!r}: {error}") from None
        if any((one.steps, one.applicant) == (parsed.steps, row.applicant) for one in found):
            raise PolicyError(document.file, line, f"evidence {row.path!r} is listed twice, or is in every list anyway")
        if row.applicant not in file.applicants:
            raise PolicyError(
                document.file, line, f"evidence {row.path!r}: {row.applicant} is no applicant of this claim type"
            )
        if row.open_to is EvidenceScope.THIRD_PARTIES and not file.open_to_third_parties:
            raise PolicyError(
                document.file, line, f"evidence {row.path!r}: the claim type is not open to third parties"
            )
        if not row.reason.strip():
            raise PolicyError(document.file, line, f"evidence {row.path!r} needs a reason")
        found.append(
            Evidence(
                row.path,
                row.applicant,
                row.open_to,
                Text(row.reason, row.reason_lv or row.reason),
                row.register,
                parsed.coordinate,
                parsed.steps,
                written=index >= 0,
            )
        )
    return tuple(found)


def _form(document: Document) -> Mapping[str, Any]:
    form = document.json()
    if not isinstance(form, dict) or form.get("$schema") != _DIALECT:
        raise PolicyError(document.file, 1, f"a form is an object with $schema {_DIALECT}")
    if not is_plain(form):
        try:
            jsonschema.Draft202012Validator.check_schema(form)
        except RecursionError:
            raise PolicyError(document.file, 1, "questions stand in one another too deeply") from None
        except jsonschema.SchemaError as error:
            raise PolicyError(document.file, 1, f"not a JSON Schema: {error.json_path}: {error.message}") from None
    if form.get("type") != "object" or form.get("additionalProperties") is not False:
        line = document.line_of_key('"additionalProperties"')
        raise PolicyError(document.file, line, "a form takes an object and refuses what it does not name")
    if outside := next((ref for ref in _references(form) if not ref.startswith("#")), None):
        raise PolicyError(document.file, 1, f"a form refers to nothing outside itself, not to {outside}")
    return form


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part[key] for key in ("$ref", "$dynamicRef") if isinstance(part.get(key), str)]
        return own + [ref for value in part.values() for ref in _references(value)]
    return [ref for value in part for ref in _references(value)] if isinstance(part, list) else []


def _examples(document: Document, code: ClaimTypeCode, form: Mapping[str, Any], fields: FieldAccess) -> ExamplesFile:
    file = document.toml_as(ExamplesFile)
    problem = next(jsonschema.Draft202012Validator(form).iter_errors(file.answers), None)
    if problem is not None:
        line = document.line_of_key("[answers]")
        raise PolicyError(
            document.file, line, f"the form does not accept [answers]: {problem.json_path}: {problem.message}"
        )
    for index, example in enumerate(file.example):
        _check_example(document, index, example, code, fields)
    refusals = sum(example.expect == "refuse" for example in file.example)
    if refusals < _FEWEST_REFUSALS:
        raise PolicyError(document.file, 1, f"a claim type has {_FEWEST_REFUSALS} examples of a refusal at least")
    return file


def _check_example(document: Document, index: int, example: Example, code: ClaimTypeCode, fields: FieldAccess) -> None:
    try:
        if not example.rules or not example.name.strip():
            raise ValueError("an example has a name and names the deciding rules")
        if example.status == ():
            raise ValueError("an example names a status")
        if example.opens is not None:
            _check_opens(example, fields)
        elif example.evidence is None:
            example.questions()
        elif example.asks is not ClaimAction.READ_EVIDENCE or example.scope is not None:
            raise ValueError("evidence goes with READ_EVIDENCE, in place of scope")
        else:
            parse_asked(example.evidence, example.applicant, fields)
        example.stated(code)
    except ValueError as error:
        raise PolicyError(document.file, document.line_of_row("example", index), f"example: {error}") from None


def _check_opens(example: Example, fields: FieldAccess) -> None:
    if example.asks is not ClaimAction.READ_EVIDENCE or example.scope is not None or example.evidence is not None:
        raise ValueError("opens goes with READ_EVIDENCE, in place of scope and evidence")
    if example.expect != "permit" or example.while_dark or not example.opens:
        raise ValueError("opens names what is permitted, one path at least")
    for path in example.opens:
        parse_path(path, example.applicant, fields)
