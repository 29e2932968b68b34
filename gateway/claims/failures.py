"""What went wrong with a delivery: kept in the English words of whoever said it, read in any language.

Adapters say what happened in words of their own, and may lie outside of this checkout. Those of the adapters' kit have
their Latvian here; of another one, and of an owner's own words, Latvian readers are told that a system said it.
"""

from __future__ import annotations

import re

from gateway.claims.case_numbers import UNSAYABLE
from schema.text import Text, latvian_of

ASKING = Text("asking whether it arrived: {what}", "jautājot, vai tas saņemts: {what}")
_OTHER = Text("{what}", "sistēmas paziņojums: {what}")
_KNOWN = (
    UNSAYABLE,
    Text("no answer in time", "atbilde nav saņemta laikā"),
    Text("no answer within the deadline", "atbilde nav saņemta noteiktajā laikā"),
    Text("no connection within the deadline", "savienojums nav izveidots noteiktajā laikā"),
    Text("no connection", "nav savienojuma"),
    Text("the connection broke", "savienojums pārtrūka"),
    Text("too many calls at once", "vienlaikus ir pārāk daudz pieprasījumu"),
    Text("given up", "mēģinājumi pārtraukti"),
    Text("unexpected error", "neparedzēta kļūda"),
    Text("the attempt was interrupted", "mēģinājums tika pārtraukts"),
    Text("the owner may still be at work on it", "lēmējs, iespējams, to vēl apstrādā"),
    Text("there was no time left to send it", "nosūtīšanai nepietika laika"),
    Text("left alone for a while after failures", "pēc kļūdām lēmēja sistēmai kādu laiku netiek sūtīts"),
    Text("the answer is no receipt", "atbilde nav saņemšanas apliecinājums"),
    Text("the receipt is of another message", "saņemšanas apliecinājums ir par citu ziņojumu"),
    Text("the answer is not what the contract says", "atbilde neatbilst līgumam par saskarni"),
    Text("an answer without a body", "atbilde ir bez satura"),
    Text("an envelope of another version of SOAP", "atbilde ir citā SOAP versijā"),
    Text("the answer is encoded in a way that was not asked for", "atbilde ir kodēta veidā, kāds netika prasīts"),
    Text("the reply could not be read ({slip})", "atbildi neizdevās nolasīt ({slip})"),
    Text("a header of our request cannot be written", "mūsu pieprasījuma galveni nevar uzrakstīt"),
    Text("the address in the settings is none", "iestatījumos nav derīgas adreses"),
    Text("the certificates in the settings cannot be used", "iestatījumos norādītie sertifikāti nav izmantojami"),
    Text("this wire has no certificates of ours", "šim savienojumam nav mūsu sertifikātu"),
    Text("the answer is larger than {bytes} bytes", "atbilde ir lielāka par {bytes} baitiem"),
    Text("the answers are not what the owner takes", "lēmējs šādas atbildes nepieņem"),
    Text("our request is not what the contract takes", "mūsu pieprasījums neatbilst līgumam par saskarni"),
    Text("the claim is to no municipality", "iesniegumam nav pašvaldības"),
    Text("the applicant is no natural person", "iesniedzējs nav fiziska persona"),
    Text("no address of this municipality's system is set", "šīs pašvaldības sistēmas adrese nav iestatīta"),
    Text("no municipality is asked for", "pašvaldība nav norādīta"),
    Text("the municipality has another system by now", "pašvaldībai tagad ir cita sistēma"),
    Text("the social service does not take this type of claim", "sociālais dienests šāda veida iesniegumus nepieņem"),
    Text(
        "answers cannot be added to a case whose number is not known",
        "lietai, kuras numurs nav zināms, atbildes nevar pievienot",
    ),
    Text(
        "the owner's system takes no such messages; please tell the owner directly",
        "lēmēja sistēma šādus ziņojumus nepieņem; lūdzu, paziņojiet lēmējam tieši",
    ),
    Text("the owner cannot be asked for a message", "lēmējam par ziņojumu nevar jautāt"),
    Text("status {status}, and the message is not there", "statuss {status}, un ziņojuma tur nav"),
    Text("status {status}", "statuss {status}"),
    Text("fault {code}", "kļūda {code}"),
    Text("a fault of an unknown kind", "nezināma veida kļūda"),
    Text("X-Road: an error of an unknown kind", "X-Road: nezināma veida kļūda"),
    Text("X-Road: {code}", "X-Road kļūda: {code}"),
)
"""The narrower form before the wider one."""


def form_of(text: Text) -> re.Pattern[str]:
    """Whatever the English of a text was filled to; ``more``: somebody's words behind it."""
    escaped = re.sub(r"\\{(\w+)\\}", r"(?P<\1>.*)", re.escape(text))
    return re.compile(escaped + r"(?P<more> .*)?", re.DOTALL)


_FORMS = [(form_of(each), each) for each in (ASKING, *_KNOWN)]


def known(kept: str) -> Text | None:
    """A failure of ours in each language; None for any other text."""
    for form, ours in _FORMS:
        found = form.fullmatch(kept)
        if found is not None and not found["more"]:
            values = found.groupdict()
            del values["more"]
            if ours is ASKING:
                values["what"] = latvian_of(as_read(values["what"]))
            return Text(kept, ours.lv.format(**values))
    return None


def as_read(kept: str) -> Text:
    """What went wrong, as people read it."""
    return known(kept) or Text(kept, _OTHER.lv.format(what=kept))
