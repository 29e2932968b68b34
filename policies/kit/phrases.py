"""Conditions in Latvian and English sentences, for who wants to know what they may do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from policies.kit.conditions import CARRIES, All, Condition, Is, OneOf, Untold, conjuncts
from policies.kit.facts import Presence
from schema.terms import Capacity, ClaimStatus, Phase

_DRAFT = frozenset({ClaimStatus.DRAFT})
_CLOSED = frozenset(each for each in ClaimStatus if each.phase is Phase.CLOSED)
_RUNNING = frozenset(each for each in ClaimStatus if each.phase is Phase.RUNNING)
_TRUE, _FALSE = frozenset({True}), frozenset({False})

_STATUSES: Mapping[ClaimStatus, tuple[str, str]] = {
    ClaimStatus.DRAFT: ("melnraksts", "a draft"),
    ClaimStatus.SUBMITTED: ("iesniegts", "submitted"),
    ClaimStatus.DELIVERED: ("nodots lēmējam", "delivered to its owner"),
    ClaimStatus.IN_REVIEW: ("tiek izskatīts", "in review"),
    ClaimStatus.INFORMATION_REQUESTED: ("gaida papildu informāciju", "waiting for more information"),
    ClaimStatus.GRANTED: ("apmierināts", "granted"),
    ClaimStatus.REFUSED: ("noraidīts", "refused"),
    ClaimStatus.WITHDRAWN: ("atsaukts", "withdrawn"),
    ClaimStatus.REJECTED_BY_OWNER: ("nav pieņemts", "rejected by its owner"),
    ClaimStatus.OUTCOME_UNKNOWN: ("nodots, bet nav zināms, vai saņemts", "sent, and not known to have arrived"),
}
_SETS: Mapping[frozenset[ClaimStatus], tuple[str, str]] = {
    _DRAFT: ("iesniegums ir melnraksts", "the claim is a draft"),
    _RUNNING: ("iesniegums ir iesniegts un vēl nav slēgts", "the claim was submitted and is not closed"),
    _CLOSED: ("iesniegums ir slēgts", "the claim is closed"),
    _DRAFT | _RUNNING: ("iesniegums vēl nav slēgts", "the claim is not closed"),
    _RUNNING | _CLOSED: ("iesniegums ir iesniegts", "the claim was submitted"),
    _DRAFT | _CLOSED: ("iesniegums ir melnraksts vai ir slēgts", "the claim is a draft or is closed"),
}
_PRESENCES: Mapping[frozenset[Presence], tuple[str, str]] = {
    frozenset({Presence.PROVEN}): (
        "jūs pēdējās 30 minūtēs pie šī iesnieguma esat reģistrējis klātbūtni, ko pierāda eID vai vienreizējs kods",
        "within the last 30 minutes you recorded presence on this claim, proven by eID or a one-time code",
    ),
    frozenset({Presence.PROVEN, Presence.STATED}): (
        "jūs pēdējās 30 minūtēs pie šī iesnieguma esat reģistrējis klātbūtni",
        "within the last 30 minutes you recorded presence on this claim",
    ),
}
_OWN: Mapping[Capacity, tuple[tuple[str, str], tuple[str, str]]] = {
    Capacity.CITIZEN: (
        ("jūs pats esat iesniedzējs", "you are the applicant yourself"),
        ("iesniedzējs ir cits", "somebody else is the applicant"),
    ),
    Capacity.LEGAL_REPRESENTATIVE: (
        ("iesniedzējs ir jūsu pārstāvētā juridiskā persona", "the applicant is the legal entity that you represent"),
        ("iesniedzējs ir cits", "somebody else is the applicant"),
    ),
    Capacity.MANDATE_HOLDER: (
        ("iesniedzējs ir jūsu pilnvarotājs", "the applicant is the grantor of your mandate"),
        ("iesniedzējs nav jūsu pilnvarotājs", "the applicant is not the grantor of your mandate"),
    ),
    Capacity.OWNER_OFFICER: (
        ("iesniedzējs esat jūs pats", "you are the applicant yourself"),
        ("iesniedzējs neesat jūs pats", "you are not the applicant yourself"),
    ),
}
_FACTS: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "is_applicant": (
        ("jūs esat iesniedzējs", "you are the applicant"),
        ("jūs neesat iesniedzējs", "you are not the applicant"),
    ),
    "represents_alone": (
        ("uzņēmumu reģistrs rāda, ka drīkstat pārstāvēt atsevišķi", "the enterprise register lets you represent alone"),
        ("jums nav tiesību pārstāvēt atsevišķi", "you may not represent alone"),
    ),
    "mandate_in_force": (
        (
            "ir spēkā iesniedzēja pilnvara šim iesnieguma veidam",
            "a mandate of the applicant for this claim type is in force",
        ),
        (
            "iesniedzēja pilnvaras šim iesnieguma veidam nav",
            "no mandate of the applicant for this claim type is in force",
        ),
    ),
    "assigned": (
        ("iesniegums ir uzticēts jūsu organizācijai", "the claim is assigned to your organisation"),
        ("iesniegums nav uzticēts jūsu organizācijai", "the claim is not assigned to your organisation"),
    ),
    "organisation_active": (
        ("jūsu organizācijas darbība nav apturēta", "your organisation is active"),
        ("jūsu organizācijas darbība ir apturēta", "your organisation is not active"),
    ),
    "contract_in_force": (
        ("jūsu organizācijas līgums ir spēkā", "your organisation's contract is in force"),
        ("jūsu organizācijas līgums nav spēkā", "your organisation's contract is not in force"),
    ),
    "contract_covers": (
        (
            "iesniegums ir pašvaldībā, ko aptver jūsu organizācijas līgums",
            "the claim is in a municipality that your organisation's contract covers",
        ),
        ("jūsu organizācijas līgums iesniegumu neaptver", "your organisation's contract does not cover the claim"),
    ),
    "own_authority": (
        ("iesniegums ir iesniegts jūsu iestādei un struktūrvienībai", "the claim was submitted to your own department"),
        ("iesniegums nav jūsu struktūrvienības", "the claim is not your own department's"),
    ),
    "own_centre": (
        ("iesniegums ir sagatavots jūsu centrā", "the claim is made at your centre"),
        ("iesniegums nav sagatavots jūsu centrā", "the claim is not made at your centre"),
    ),
    "in_basket": (
        ("iesniegums ir jūsu centra pašvaldībā", "the claim is in your centre's municipality"),
        ("jūsu centrs šādus iesniegumus nepieņem", "your centre does not serve such claims"),
    ),
    "restricted": (
        ("iesniedzējs ir aizsargāta persona", "the applicant is a protected person"),
        ("iesniedzējs nav aizsargāta persona", "the applicant is not a protected person"),
    ),
    "taking_off": (
        ("trešā puse tiek atsaukta", "a third party is taken off the claim"),
        ("trešā puse tiek piesaistīta", "a third party is put on the claim"),
    ),
    "new": (
        ("iesniegums tiek sākts no jauna", "the claim is about to be opened"),
        ("iesniegums jau ir sākts", "the claim exists already"),
    ),
}


@dataclass(frozen=True, slots=True)
class Said:
    """The same sentences in each language, in the same order."""

    lv: tuple[str, ...]
    en: tuple[str, ...]


Reasons = Mapping[str, tuple[str, str]]
"""The sentence of each rule by its id, in Latvian and in English."""


def in_words(condition: Condition, capacity: Capacity, reasons: Reasons) -> Said:
    """One sentence for each thing that has to hold; none where it always does.

    Args:
        reasons: of rules by id, for conditions that nobody has words for.
    """
    told = sorted({_phrase(each, capacity, reasons) for each in conjuncts(condition)}, key=lambda both: both[1])
    return Said(tuple(_sentence(lv) for lv, _ in told), tuple(_sentence(en) for _, en in told))


def _phrase(condition: Condition, capacity: Capacity, reasons: Reasons) -> tuple[str, str]:
    match condition:
        case Is(fact, values):
            return _fact(fact, values, capacity)
        case Untold(rule, holds):
            lv, en = (each.rstrip(".") for each in reasons.get(rule, (rule, rule)))
            if holds:
                return f"ir spēkā noteikuma {rule} nosacījums ({lv})", f"the condition of rule {rule} holds ({en})"
            return (
                f"nav spēkā noteikuma {rule} nosacījums ({lv})",
                f"the condition of rule {rule} does not hold ({en})",
            )
        case All(parts):
            return _joined((_phrase(each, capacity, reasons) for each in parts), (" un ", " and "))
        case OneOf(()):
            return "tas nav atļauts", "it is not allowed"
        case OneOf(parts):
            return _joined((_phrase(each, capacity, reasons) for each in parts), (", vai ", ", or "))


def _joined(phrases: Iterable[tuple[str, str]], by: tuple[str, str]) -> tuple[str, str]:
    told = sorted(phrases, key=lambda both: both[1])
    return by[0].join(lv for lv, _ in told), by[1].join(en for _, en in told)


def _fact(fact: str, values: frozenset[Any], capacity: Capacity) -> tuple[str, str]:
    if fact == "status":
        return _SETS.get(values) or _listed(values, lambda each: _STATUSES[each], ("iesniegums ir", "the claim is"))
    if fact == "presence" and values in _PRESENCES:
        return _PRESENCES[values]
    if fact.startswith(CARRIES):
        action = fact.removeprefix(CARRIES)
        if values == _TRUE:
            return f"iesniedzēja pilnvara ļauj {action}", f"a mandate of the applicant names {action}"
        return f"iesniedzēja pilnvara neļauj {action}", f"no mandate of the applicant names {action}"
    both = _OWN.get(capacity) if fact == "is_applicant" else None
    both = both or _FACTS.get(fact)
    if both is not None and values in (_TRUE, _FALSE):
        return both[0] if values == _TRUE else both[1]
    return _listed(values, lambda each: (str(each), str(each)), (f"{fact} ir", f"{fact} is"))


def _listed(
    values: frozenset[Any], words: Callable[[Any], tuple[str, str]], begins: tuple[str, str]
) -> tuple[str, str]:
    told = [words(each) for each in sorted(values, key=_order)]
    return (
        f"{begins[0]} {' vai '.join(lv for lv, _ in told)}",
        f"{begins[1]} {' or '.join(en for _, en in told)}",
    )


def _order(value: Any) -> str:
    return f"{list(ClaimStatus).index(value):02}" if isinstance(value, ClaimStatus) else str(value)


def _sentence(phrase: str) -> str:
    return f"{phrase[0].upper()}{phrase[1:]}."
