"""The citizen's log in British English."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway.audit.sentences import Deed, Line
from gateway.audit.told import Group, Named, Within, told, told_of_other
from schema.terms import AccessOutcome, SubjectRole

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_DEEDS = {
    "prepareClaim": ("opened", "open"),
    "answerClaim": ("filled in the form of", "fill in the form of"),
    "submitClaim": ("submitted", "submit"),
    "withdrawClaim": ("withdrew", "withdraw"),
    "assignClaim": ("changed who works on", "change who works on"),
    "decideClaim": ("decided", "decide"),
}
_OF_PARTIES = {
    "grantMandate": ("gave a mandate", "give a mandate"),
    "revokeMandate": ("took a mandate back", "take a mandate back"),
    "registerThirdParty": ("registered a third party", "register a third party"),
    "suspendThirdParty": ("suspended a third party", "suspend a third party"),
}
_OTHERS = {
    ("household", "person"): "of its members",
    ("children",): "of each",
    ("taxBook", "dependants"): "of its dependants",
    ("childrenLogs", "child"): "of each",
    ("childrenLogs",): "of each",
}
_LINKS = {
    ("household", "person"): "place in the household",
    ("children",): "link to a parent",
    ("taxBook", "dependants"): "place in a tax book",
    ("childrenLogs", "child"): "link to a parent",
    ("childrenLogs",): "link to a parent",
}
_WORDS = {
    "childrenLogs": "children's access logs",
    "restricted": "protection mark",
    "legalStatus": "status in the population register",
    "vat": "VAT registration",
    "answers": "answers",
    "createdAt": "day of opening",
    "submittedAt": "day of submission",
    "assignedTo": "third parties",
    "ownerReference": "case number",
}


class English:
    """See :class:`gateway.audit.sentences.Speaks`."""

    def line(self, line: Line) -> str | None:
        """See :class:`gateway.audit.sentences.Speaks`."""
        whose = "the legal entity's" if line.of_entity else "your own" if line.own else "your"
        things = _things(line, whose)
        if not things:
            return None
        who = "You" if line.own else line.who
        claim = "" if line.claim_type is None else f" for the claim {_quoted(line.claim_type)}"
        if line.role is SubjectRole.CO_SUBJECT:
            reason = "" if line.claim_type is None else f" for another person's claim {_quoted(line.claim_type)}"
            return f"In the log of each other person: {who} read {_of_other(line)}{reason}."
        if line.claim_type is None and line.role is SubjectRole.APPLICANT:
            claim = " under your mandate"
        if line.outcome is AccessOutcome.DENIED:
            return f"{who} asked for {things}{claim}; this was refused."
        if line.outcome is AccessOutcome.FAILED:
            return f"{who} asked for {things}{claim}; this could not be given."
        return f"{who} read {things}{claim}."

    def act(self, deed: Deed) -> str:
        """See :class:`gateway.audit.sentences.Speaks`."""
        who = "You" if deed.own else deed.who
        if deed.mutation in _OF_PARTIES:
            did, tried = _OF_PARTIES[deed.mutation]
            return f"{who} tried to {tried}; this was refused." if deed.refused else f"{who} {did}."
        did, tried = _DEEDS[deed.mutation]
        claim = "your claim" if deed.claim_type is None else f"your claim {_quoted(deed.claim_type)}"
        return f"{who} tried to {tried} {claim}; this was refused." if deed.refused else f"{who} {did} {claim}."

    def no_door(self, who: str, mutation: str | None) -> str:
        """See :class:`gateway.audit.sentences.Speaks`."""
        if mutation == "prepareClaim":
            return f"If there is such a person, they read: {who} tried to open a claim of yours; this was refused."
        if mutation == "revokeMandate":
            return f"If there is such a mandate, its grantor reads: {who} tried to take it back; this was refused."
        tried = "asked for" if mutation is None else f"tried to {_DEEDS.get(mutation, ('', 'change'))[1]}"
        return f"If there is such a claim, its applicant reads: {who} {tried} your claim; this was refused."

    def searched(self, who: str) -> str:
        """See :class:`gateway.audit.sentences.Speaks`."""
        return f"If there is such a person, they read: {who} looked for access records about you."

    def self_not_open(self) -> str:
        """See :class:`gateway.audit.sentences.Speaks`."""
        return "You asked for your own data with a token that does not open it; this was refused."


def _quoted(title: str) -> str:
    return f"“{title}”"


def _things(line: Line, whose: str) -> str:
    """``your given name, household (of its members: birth date) and the claim's status``."""
    found = told(line.by_path, line.beside)
    parts = []
    if found.person.fields:
        parts.append(f"{whose} {_said(found.person)}")
    if found.claim:
        parts.append(f"the claim's {_listed(_words(each) for each in found.claim)}")
    return ", and ".join(parts)


def _of_other(line: Line) -> str:
    own, ways = told_of_other(line.by_path)
    return f"your {_listed([_words(each) for each in own] or [_LINKS[each] for each in ways])}"


def _said(group: Group) -> str:
    said = []
    for each in group.fields:
        if isinstance(each, Within):
            said.append(f"{_words(each.inner)} in the {_words(each.outer)}")
        elif each in group.others:
            way, others = group.others[each]
            said.append(f"{_words(each)} ({_OTHERS[way]}: {_said(others)})")
        else:
            said.append(_words(each))
    return _listed(said)


def _words(named: Named) -> str:
    words = _WORDS.get(named.field) or _CAMEL.sub(" ", named.field).lower()
    if named.months is None:
        return words
    return f"{words} of {named.months} {'month' if named.months == 1 else 'months'}"


def _listed(parts: Iterable[str]) -> str:
    *most, last = list(parts) or [""]
    return f"{', '.join(most)} and {last}" if most else last
