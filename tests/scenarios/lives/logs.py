"""What applicants and members of their households read in their logs, held against what was seen."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.scenarios.lives import looking, town
from tests.scenarios.lives.lived import Lived, Step
from tests.scenarios.lives.looking import Look


@dataclass(frozen=True, slots=True)
class _Viewer:
    capacity: str
    who: str


_CAPACITIES = {
    "lives-zane": _Viewer("CITIZEN", "The person themselves"),
    "lives-director": _Viewer("LEGAL_REPRESENTATIVE", "The legal entity's representative"),
    "lives-holder": _Viewer("MANDATE_HOLDER", "The holder of a mandate"),
    "lives-clerk": _Viewer("CLERK", town.CENTRES_NAME),
    "lives-worker": _Viewer("THIRD_PARTY_WORKER", town.THIRD_PARTYS_NAME),
}
_IN_SHORT = {
    "CITIZEN": "self",
    "LEGAL_REPRESENTATIVE": "self",
    "MANDATE_HOLDER": "holder",
    "CLERK": "clerk",
    "THIRD_PARTY_WORKER": "third party",
    "OWNER_OFFICER": "officer",
}
_LOG = """accessLog(first: 500, after: $after) { pageInfo { hasNextPage endCursor } edges { node {
    who capacity action outcome subjectRole paths policyVersion claim { id } claimType { code } } } }"""
_OWN = "query($after: String) { me { %s } }" % _LOG
_ENTITYS = "query($after: String) { viewer { actingFor { ... on LegalEntity { %s } } } }" % _LOG
Ask = Callable[..., Any]
"""A persona's query, and its data."""


def read_logs(ask: Ask, many: list[Lived]) -> None:
    """The applicant's log says who looked, at what, and what was refused; a member of the household's, too."""
    own = [*_log(ask, "lives-zane", _OWN, "me"), *_log(ask, "lives-director", _ENTITYS, "viewer", "actingFor")]
    members = list(_log(ask, "lives-uldis", _OWN, "me"))
    by_claim: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for entry in own:
        by_claim[(entry["claim"] or {}).get("id", "")].append(entry)
    for lived in many:
        entries = by_claim[lived.id]
        for persona, looks in lived.looks.items():
            viewer = _CAPACITIES.get(persona) or _Viewer("OWNER_OFFICER", _name_of(ask, persona))
            _compare(lived, viewer, entries, looks)
        done = [each["action"] for each in entries if each["outcome"] == "PERMITTED"]
        for action in ("PREPARE", "SUBMIT"):
            lived.expect(Step.LOGGED, action in done, True)
        _of_member(lived, members)
        looked = Counter(_IN_SHORT[each["capacity"]] for each in entries)
        lived.said[Step.LOGGED] = ", ".join(f"{who} {count}" for who, count in looked.items())


def _compare(lived: Lived, viewer: _Viewer, entries: list[dict[str, Any]], looks: list[Look]) -> None:
    of_viewer = [each for each in entries if (each["capacity"], each["who"]) == (viewer.capacity, viewer.who)]
    whole = Look(
        shown={path for look in looks for path in look.shown},
        refused={path for look in looks for path in look.refused} - {path for look in looks for path in look.shown},
    )
    by_outcome: dict[str, set[str]] = defaultdict(set)
    for each in of_viewer:
        by_outcome[each["outcome"]] |= set(each["paths"])
        lived.expect(Step.LOGGED, each["claimType"], {"code": lived.life.code})
        lived.expect(Step.LOGGED, each["policyVersion"], lived.life.claim_type.policy_version)
    wrong = looking.not_as_logged(whole, by_outcome["PERMITTED"], by_outcome["DENIED"])
    lived.wrong += [f"{Step.LOGGED}, {viewer.who}: {each}" for each in wrong]


def _of_member(lived: Lived, members: list[dict[str, Any]]) -> None:
    """A member of the household whose data was read finds it, with the claim's type, without the claim, and nothing
    of what was refused."""
    read = {path for looks in lived.looks.values() for look in looks for path in look.shown}
    theirs = {path for path in read if path.startswith("household.person.") and "birthDate" not in path}
    found = {
        path
        for each in members
        if each["claimType"] == {"code": lived.life.code} and each["outcome"] == "PERMITTED"
        for path in each["paths"]
    }
    lived.expect(Step.LOGGED, sorted(theirs - found), [])
    for each in members:
        lived.expect(
            Step.LOGGED, (each["claim"], each["outcome"], each["subjectRole"]), (None, "PERMITTED", "CO_SUBJECT")
        )


def _log(ask: Ask, persona: str, query: str, *way: str) -> Iterator[dict[str, Any]]:
    """All entries, page by page."""
    after = None
    while True:
        found = ask(persona, query, after=after)
        for name in (*way, "accessLog"):
            found = found[name]
        yield from (each["node"] for each in found["edges"])
        if not found["pageInfo"]["hasNextPage"]:
            return
        after = found["pageInfo"]["endCursor"]


def _name_of(ask: Ask, persona: str) -> str:
    name: str = ask(persona, "{ viewer { organisation { name } } }")["viewer"]["organisation"]["name"]
    return name
