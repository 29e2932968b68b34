"""The citizen's log in Latvian."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.audit.latvian_words import THINGS
from gateway.audit.sentences import Deed, Line
from gateway.audit.told import Group, Named, Within, told, told_of_other
from schema.terms import AccessOutcome, SubjectRole
from schema.text import latvian_of

# Past tense of others, of you, infinitive; what it is done to, as a form of "iesniegums".
_DEEDS = {
    "prepareClaim": ("sāka", "sākāt", "sākt", "{accusative}"),
    "answerClaim": ("aizpildīja", "aizpildījāt", "aizpildīt", "{genitive} veidlapu"),
    "submitClaim": ("iesniedza", "iesniedzāt", "iesniegt", "{accusative}"),
    "withdrawClaim": ("atsauca", "atsaucāt", "atsaukt", "{accusative}"),
    "assignClaim": ("mainīja", "mainījāt", "mainīt", "to, kas strādā ar {accusative}"),
    "decideClaim": ("pieņēma lēmumu", "pieņēmāt lēmumu", "pieņemt lēmumu", "par {accusative}"),
}
_OF_PARTIES = {
    "grantMandate": ("izsniedza", "izsniedzāt", "izsniegt", "pilnvaru"),
    "revokeMandate": ("atsauca", "atsaucāt", "atsaukt", "pilnvaru"),
    "registerThirdParty": ("reģistrēja", "reģistrējāt", "reģistrēt", "trešo pusi"),
    "suspendThirdParty": ("apturēja", "apturējāt", "apturēt", "trešās puses darbību"),
}
_OTHERS = {
    ("household", "person"): "par tās locekļiem",
    ("children",): "par katru bērnu",
    ("taxBook", "dependants"): "par apgādājamajiem",
    ("childrenLogs", "child"): "par katru bērnu",
    ("childrenLogs",): "par katru bērnu",
}
_LINKS = {
    ("household", "person"): "piederību mājsaimniecībai",
    ("children",): "saikni ar vecāku",
    ("taxBook", "dependants"): "ierakstu algas nodokļa grāmatiņā",
    ("childrenLogs", "child"): "saikni ar vecāku",
    ("childrenLogs",): "saikni ar vecāku",
}
_REFUSED = "; tas tika atteikts."


class Latvian:
    """See :class:`gateway.audit.sentences.Speaks`."""

    def line(self, line: Line) -> str | None:
        """See :class:`gateway.audit.sentences.Speaks`."""
        whose = "juridiskās personas" if line.of_entity else "savu" if line.own else "Jūsu"
        things = _things(line, whose)
        if not things:
            return None
        who = "Jūs" if line.own else latvian_of(line.who)
        if line.role is SubjectRole.CO_SUBJECT:
            reason = "" if line.claim_type is None else f" citas personas iesniegumam {_quoted(line.claim_type)}"
            return f"Katras citas personas žurnālā: {who} skatījās {_of_other(line)}{reason}."
        claim = "" if line.claim_type is None else f" iesniegumam {_quoted(line.claim_type)}"
        if line.claim_type is None and line.role is SubjectRole.APPLICANT:
            claim = " ar Jūsu izsniegtu pilnvaru"
        if line.outcome is AccessOutcome.DENIED:
            return f"{who} {'pieprasījāt' if line.own else 'pieprasīja'} {things}{claim}{_REFUSED}"
        if line.outcome is AccessOutcome.FAILED:
            return f"{who} {'pieprasījāt' if line.own else 'pieprasīja'} {things}{claim}; to nevarēja sniegt."
        return f"{who} {'skatījāties' if line.own else 'skatījās'} {things}{claim}."

    def act(self, deed: Deed) -> str:
        """See :class:`gateway.audit.sentences.Speaks`."""
        own = deed.own
        did, you_did, to_do, what = (_OF_PARTIES if deed.mutation in _OF_PARTIES else _DEEDS)[deed.mutation]
        title = "" if deed.claim_type is None else f" {_quoted(deed.claim_type)}"
        thing = what.format(
            accusative=f"{'savu' if own else 'Jūsu'} iesniegumu{title}",
            genitive=f"{'sava' if own else 'Jūsu'} iesnieguma{title}",
        )
        who = "Jūs" if own else latvian_of(deed.who)
        if deed.refused:
            return f"{who} {'mēģinājāt' if own else 'mēģināja'} {to_do} {thing}{_REFUSED}"
        return f"{who} {you_did if own else did} {thing}."

    def no_door(self, who: str, mutation: str | None) -> str:
        """See :class:`gateway.audit.sentences.Speaks`."""
        who = latvian_of(who)
        if mutation == "prepareClaim":
            return f"Ja šāda persona ir, tā lasa: {who} mēģināja sākt Jūsu iesniegumu{_REFUSED}"
        if mutation == "revokeMandate":
            return f"Ja šāda pilnvara ir, tās devējs lasa: {who} mēģināja to atsaukt{_REFUSED}"
        claim = {"accusative": "Jūsu iesniegumu", "genitive": "Jūsu iesnieguma"}
        if mutation is None:
            tried = "pieprasīja Jūsu iesniegumu"
        else:
            _, _, to_do, what = _DEEDS.get(mutation, ("", "", "mainīt", "{accusative}"))
            tried = f"mēģināja {to_do} {what.format(**claim)}"
        return f"Ja šāds iesniegums ir, tā iesniedzējs lasa: {who} {tried}{_REFUSED}"

    def searched(self, who: str) -> str:
        """See :class:`gateway.audit.sentences.Speaks`."""
        return f"Ja šāda persona ir, tā lasa: {latvian_of(who)} meklēja piekļuves ierakstus par Jums."

    def self_not_open(self) -> str:
        """See :class:`gateway.audit.sentences.Speaks`."""
        return f"Jūs pieprasījāt savus datus ar talonu, kas tos neatver{_REFUSED}"


def _quoted(title: str) -> str:
    return f"„{latvian_of(title)}”"


def _things(line: Line, whose: str) -> str:
    """``Jūsu vārdu, mājsaimniecību (par tās locekļiem: dzimšanas datumu) un iesnieguma statusu``."""
    found = told(line.by_path, line.beside)
    parts = []
    if found.person.fields:
        parts.append(f"{whose} {_said(found.person)}")
    if found.claim:
        parts.append(f"iesnieguma {_listed(_words(each) for each in found.claim)}")
    return ", kā arī ".join(parts)


def _of_other(line: Line) -> str:
    own, ways = told_of_other(line.by_path)
    return f"Jūsu {_listed([_words(each) for each in own] or [_LINKS[each] for each in ways])}"


def _said(group: Group) -> str:
    said = []
    for each in group.fields:
        if isinstance(each, Within):
            said.append(f"{_words(each.inner)} ziņās par {_words(each.outer)}")
        elif each in group.others:
            way, others = group.others[each]
            said.append(f"{_words(each)} ({_OTHERS[way]}: {_said(others)})")
        else:
            said.append(_words(each))
    return _listed(said)


def _words(named: Named) -> str:
    words = THINGS.get(named.field, "citas ziņas")
    if named.months is None:
        return words
    one = named.months % 10 == 1 and named.months % 100 != 11
    return f"{words} par {named.months} {'mēnesi' if one else 'mēnešiem'}"


def _listed(parts: Iterable[str]) -> str:
    *most, last = list(dict.fromkeys(parts)) or [""]
    return f"{', '.join(most)} un {last}" if most else last
