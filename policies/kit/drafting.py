"""A claim type's folder, drafted: four files that load, check and pass, and what a person still has to decide."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from schema.terms import ClaimTypeCode, GovernmentLevel

_HIGH = 'assurance = "HIGH", is_applicant = true'
_WORKS = "organisation_active = true, contract_in_force = true, contract_covers = true"
_OWN = "own_authority = true"
_NAMES = (("givenName", "Names the applicant."), ("familyName", "Names the applicant."))


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of a new claim type. Texts are not empty."""

    code: ClaimTypeCode
    title_lv: str
    title_en: str
    owner: str
    """National: the owner's id; municipal: the department."""
    level: GovernmentLevel
    legal_basis: str
    open_to_third_parties: bool
    valid_from: date


# Name, who, status, asked, scope or None, facts, deciding rules; a refusal where no rule of those permits.
_Row = tuple[str, str, str, str, str | None, str, bool, tuple[str, ...]]

_EVERYWHERE: tuple[_Row, ...] = (
    ("The applicant reads a claim that is closed.", "CITIZEN", "GRANTED", "READ", "CLAIM", _HIGH, True,
     ("applicant-reads-claim",)),
    ("The applicant sees the evidence of a claim that is closed.", "CITIZEN", "REFUSED", "READ_EVIDENCE",
     "NO_THIRD_PARTIES", _HIGH, True, ("applicant-reads-evidence",)),
    ("The applicant prepares a new claim.", "CITIZEN", "DRAFT", "PREPARE", None, f"{_HIGH}, new = true", True,
     ("applicant-prepares",)),
    ("The applicant does not change the answers once the claim is submitted.", "CITIZEN", "SUBMITTED", "PREPARE", None,
     _HIGH, False, ("default-deny",)),
    ("The applicant submits the draft.", "CITIZEN", "DRAFT", "SUBMIT", None, _HIGH, True, ("applicant-submits",)),
    ("A spouse does not find the claim.", "CITIZEN", "IN_REVIEW", "READ", "STATUS", 'assurance = "HIGH"', False,
     ("default-deny",)),
    ("An officer reads a claim of the own department.", "OWNER_OFFICER", "IN_REVIEW", "READ", "CLAIM", _OWN, True,
     ("officer-reads-claim",)),
    ("A mandate that names reading opens the claim.", "MANDATE_HOLDER", "IN_REVIEW", "READ", "CLAIM",
     'is_applicant = true, mandate_in_force = true, mandate_actions = ["READ"]', True, ("mandate-holder-reads-claim",)),
    ("An officer reads no claim of another department.", "OWNER_OFFICER", "IN_REVIEW", "READ", "STATUS", "", False,
     ("default-deny",)),
    ("An officer sees no draft.", "OWNER_OFFICER", "DRAFT", "READ", "STATUS", _OWN, False,
     ("officer-never-sees-drafts",)),
    ("An officer reads all evidence while the claim runs.", "OWNER_OFFICER", "IN_REVIEW", "READ_EVIDENCE",
     "OWNER_ONLY", _OWN, True, ("officer-reads-evidence",)),
)  # fmt: skip
_CLOSED: tuple[_Row, ...] = (
    ("A third party has nothing to do with this claim type.", "THIRD_PARTY_WORKER", "IN_REVIEW", "READ", "STATUS",
     f"{_WORKS}, assigned = true", False, ("third-party-claim-type-not-open",)),
    ("An officer lets no third party work on this claim type.", "OWNER_OFFICER", "IN_REVIEW", "ASSIGN", None, _OWN,
     False, ("claim-type-not-open-to-third-parties",)),
)  # fmt: skip
_DARK: tuple[_Row, ...] = (
    ("Nobody prepares a claim of this type yet.", "CITIZEN", "DRAFT", "PREPARE", None, f"{_HIGH}, new = true", False,
     ("claim-type-closed",)),
    ("Nobody submits a claim of this type yet.", "CITIZEN", "DRAFT", "SUBMIT", None, _HIGH, False,
     ("claim-type-closed",)),
)  # fmt: skip
_THIRD_PARTY = """\
@id("{code}-third-party-reads-claim")
@reason("The organisation works on this claim by assignment or mandate.")
@reason_lv("Organizācija strādā ar šo iesniegumu, jo tas tai ir uzticēts vai ir pilnvara.")
permit (principal is ThirdPartyWorker, action == Action::"READ", resource)
when {{ context.assigned || context.mandateActions.contains(action) }};

@id("{code}-third-party-reads-evidence")
@reason("The organisation works on this claim and needs the evidence that is marked for third parties.")
@reason_lv("Organizācija strādā ar šo iesniegumu, un tai vajag ziņas, kas trešajām pusēm ir atvērtas.")
permit (principal is ThirdPartyWorker, action == Action::"READ_EVIDENCE", resource)
when {{ context.assigned || context.mandateActions.contains(action) }};

@id("{code}-third-party-prepares")
@reason("The organisation fills in the form while the claim is a draft or the owner asks for more.")
@reason_lv("Organizācija aizpilda veidlapu, kamēr iesniegums ir melnraksts vai lēmējs prasa papildu ziņas.")
permit (principal is ThirdPartyWorker, action == Action::"PREPARE", resource)
when {{
  (context.assigned || context.mandateActions.contains(action)) &&
  [Status::"DRAFT", Status::"INFORMATION_REQUESTED"].contains(resource.status)
}};

@id("{code}-third-party-submits")
@reason("The organisation submits the draft that it works on.")
@reason_lv("Organizācija iesniedz melnrakstu, ar kuru tā strādā.")
permit (principal is ThirdPartyWorker, action == Action::"SUBMIT", resource)
when {{ (context.assigned || context.mandateActions.contains(action)) && resource.status == Status::"DRAFT" }};
"""


def drafted(draft: Draft) -> dict[str, str]:
    """The four files by name."""
    return {
        "claim_type.toml": _claim_type(draft),
        "policy.cedar": _policy(draft),
        "form.schema.json": _form(draft),
        "examples.toml": _examples(draft),
    }


def decisions(draft: Draft) -> Iterator[str]:
    """What a person still has to decide, file by file."""
    yield "claim_type.toml, evidence: what the decision needs of registers, a path each with its reason; now the names"
    yield "claim_type.toml, open_to of each: THIRD_PARTIES, NO_THIRD_PARTIES, or OWNER_ONLY for other people's means"
    yield "claim_type.toml, channels, mandates, applicants: who asks, and where"
    yield (
        "claim_type.toml, delivered_to, delivery, open: the owner's register, how a resend is safe with it, and when "
        "claims are taken; until then nothing new is prepared or submitted"
    )
    yield "claim_type.toml, max_age_hours, validity: how old a copy may be, and from when the service exists"
    yield "examples.toml, [offered] and opens: the same as in claim_type.toml, so that a slip in one of them is noticed"
    yield "form.schema.json: the questions of the form, and complete [answers] for them in examples.toml"
    if draft.open_to_third_parties:
        yield "policy.cedar: what a third party does; now all four actions, by assignment or a mandate that names them"
    else:
        yield "policy.cedar: nothing, as long as no third party works on it"
    yield "examples.toml: a permit and a refusal for everybody for whom this claim type is special"
    yield f"outside this folder: an owner `{draft.owner}`, and the centres and contracts that serve the claim type"


def _claim_type(draft: Draft) -> str:
    head = f"""\
code = {_text(draft.code.text)}
title_lv = {_text(draft.title_lv)}
title_en = {_text(draft.title_en)}
owner = {_text(draft.owner)}
level = "{draft.level}"
legal_basis = {_text(draft.legal_basis)}
applicants = ["PERSON"]
channels = {_channels(draft)}
open_to_third_parties = {str(draft.open_to_third_parties).lower()}
mandates = true
# Nothing new is prepared or submitted until the owner's system is connected.
open = false
delivery = "MANUAL"
max_age_hours = 24

[validity]
from = {draft.valid_from.isoformat()}
"""
    scope = "THIRD_PARTIES" if draft.open_to_third_parties else "NO_THIRD_PARTIES"
    rows = (
        f'\n[[evidence]]\npath = {_text(path)}\nopen_to = "{scope}"\n'
        f'register = "natural_persons"\nreason = {_text(why)}\n'
        for path, why in _NAMES
    )
    return head + "".join(rows)


def _channels(draft: Draft) -> str:
    return '["ONLINE", "CENTRE", "THIRD_PARTY"]' if draft.open_to_third_parties else '["ONLINE", "CENTRE"]'


def _policy(draft: Draft) -> str:
    if not draft.open_to_third_parties:
        return "// Not open to third parties; everybody else's rules stand in policies/common.\n"
    return (
        f"// What a third party does with a claim of the type {draft.code}: assigned to it, all of this; under a\n"
        "// mandate, what the mandate names. What it never does stands in common/third_party.cedar.\n\n"
        + _THIRD_PARTY.format(code=draft.code)
    )


def _form(draft: Draft) -> str:
    form = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": draft.title_lv,
        "type": "object",
        "required": [],
        "properties": {
            "remarks": {
                "type": "string",
                "maxLength": 2000,
                "title": "Piezīmes",
                "description": "What the applicant wants the owner to know",
            }
        },
        "additionalProperties": False,
    }
    return json.dumps(form, ensure_ascii=False, indent=2) + "\n"


def _examples(draft: Draft) -> str:
    head = (
        "# Who may what for this claim type, as data; run as tests. Facts that an example leaves out are false or\n"
        "# unknown.\n\n"
        '[answers]\nremarks = "The documents were brought on paper."\n'
    )
    head += f"""
# Said a second time, under the names of claim_type.toml, so that a slip there is noticed.
[offered]
owner = {_text(draft.owner)}
level = "{draft.level}"
applicants = ["PERSON"]
channels = {_channels(draft)}
open = false
from = {draft.valid_from.isoformat()}
delivery = "MANUAL"
max_age_hours = 24
"""
    head += "".join(_opens(*row) for row in _opening(draft))
    special = tuple(_of_third_parties(draft.code.text)) if draft.open_to_third_parties else _CLOSED
    return head + "".join(
        [
            *(_example(row, while_dark=False) for row in (*_EVERYWHERE, *special)),
            *(_example(row, while_dark=True) for row in _DARK),
        ]
    )


def _opening(draft: Draft) -> Iterator[tuple[str, str, str, str, str]]:
    """Who reads exactly which evidence: name, who, status, facts, deciding rule."""
    yield (
        "The owner's officer reads this evidence while the claim runs, and no other.",
        "OWNER_OFFICER", "IN_REVIEW", _OWN, "officer-reads-evidence",
    )  # fmt: skip
    yield (
        "The applicant reads what is not for the owner alone, and no other.",
        "CITIZEN", "DRAFT", _HIGH, "applicant-reads-evidence",
    )  # fmt: skip
    if draft.open_to_third_parties:
        yield (
            "A third party reads what is marked for it, and no other.",
            "THIRD_PARTY_WORKER", "IN_REVIEW", f"{_WORKS}, assigned = true",
            f"{draft.code}-third-party-reads-evidence",
        )  # fmt: skip


def _opens(name: str, who: str, status: str, facts: str, rule: str) -> str:
    paths = "".join(f"  {_text(path)},\n" for path, _ in _NAMES)
    return f"""
[[example]]
name = {_text(name)}
as = "{who}"
status = "{status}"
asks = "READ_EVIDENCE"
opens = [
{paths}]
facts = {{ {facts} }}
expect = "permit"
rules = [{_text(rule)}]
"""


def _of_third_parties(code: str) -> Iterator[_Row]:
    who, assigned = "THIRD_PARTY_WORKER", f"{_WORKS}, assigned = true"
    for what, status, asks, scope, rule in (
        ("reads an assigned claim", "IN_REVIEW", "READ", "CLAIM", "reads-claim"),
        ("reads marked evidence of an assigned claim", "IN_REVIEW", "READ_EVIDENCE", "THIRD_PARTIES", "reads-evidence"),
        ("fills in the form of an assigned draft", "DRAFT", "PREPARE", None, "prepares"),
        ("adds answers that the owner asked for", "INFORMATION_REQUESTED", "PREPARE", None, "prepares"),
        ("submits an assigned draft", "DRAFT", "SUBMIT", None, "submits"),
    ):
        rules = (f"{code}-third-party-{rule}",)
        yield f"A third party {what}.", who, status, asks, scope, assigned, True, rules
    for action, what, scope in (
        ("READ", "reads the claim", "CLAIM"),
        ("READ_EVIDENCE", "reads marked evidence", "THIRD_PARTIES"),
        ("PREPARE", "fills in the form", None),
        ("SUBMIT", "submits the draft", None),
    ):
        named = f'{_WORKS}, mandate_in_force = true, mandate_actions = ["{action}"]'
        other = "READ" if action != "READ" else "SUBMIT"
        not_named = f'{_WORKS}, mandate_in_force = true, mandate_actions = ["{other}"]'
        ids = {"READ": "reads-claim", "READ_EVIDENCE": "reads-evidence", "PREPARE": "prepares", "SUBMIT": "submits"}
        rules = (f"{code}-third-party-{ids[action]}",)
        yield f"A third party {what} under a mandate that names it.", who, "DRAFT", action, scope, named, True, rules
        yield (
            f"A mandate that does not name it opens nothing: a third party that {what}.",
            who, "DRAFT", action, scope, not_named, False, ("default-deny",),
        )  # fmt: skip
    for asks in ("PREPARE", "SUBMIT"):
        name = f"A third party does not {asks.lower()} what is submitted."
        yield name, who, "SUBMITTED", asks, None, assigned, False, ("default-deny",)
    yield (
        "A third party reads no evidence that is not marked.",
        who, "IN_REVIEW", "READ_EVIDENCE", "NO_THIRD_PARTIES", assigned, False, ("third-party-evidence-not-marked",),
    )  # fmt: skip
    yield (
        "A third party reads no evidence of a closed claim.",
        who, "REFUSED", "READ_EVIDENCE", "THIRD_PARTIES", assigned, False, ("third-party-closed-claim",),
    )  # fmt: skip
    yield (
        "A third party reads no claim that nobody gave it.",
        who, "IN_REVIEW", "READ", "STATUS", _WORKS, False, ("third-party-without-assignment-or-mandate",),
    )  # fmt: skip


def _example(row: _Row, *, while_dark: bool) -> str:
    name, who, status, asks, scope, facts, allowed, rules = row
    lines = [
        "",
        "[[example]]",
        f"name = {_text(name)}",
        f'as = "{who}"',
        f'status = "{status}"',
        f'asks = "{asks}"',
        *([f'scope = "{scope}"'] if scope else []),
        *([f"facts = {{ {facts} }}"] if facts else []),
        f'expect = "{"permit" if allowed else "refuse"}"',
        f"rules = [{', '.join(_text(rule) for rule in rules)}]",
        *(["while_dark = true"] if while_dark else []),
    ]
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    """A TOML string: JSON's escapes are TOML's, where nothing has to be escaped that only one of them knows."""
    return json.dumps(value, ensure_ascii=False)
