"""What the gateway itself notes in a claim's history: kept in English, read in any language."""

from __future__ import annotations

from gateway.claims import failures
from schema.text import Text, latvian_of

ANSWERED = Text("Answers were added.", "Pievienotas atbildes.")
ASSIGNED = Text("Assigned to {third_party}.", "Uzticēts: {third_party}.")
NOT_ASSIGNED = Text("No longer assigned to {third_party}.", "Vairs nav uzticēts: {third_party}.")
EXPIRED = Text(
    "The draft was not submitted within 90 days and has expired. Open a new one to go on.",
    "Melnraksts 90 dienu laikā netika iesniegts un ir zaudējis spēku. Lai turpinātu, sāciet jaunu.",
)
STAYS_HERE = Text(
    "The owner has no system of its own: its officers have the claim in the gateway.",
    "Lēmējam nav savas sistēmas: tā darbinieki iesniegumu saņem vārtejā.",
)
HAS_ANSWERS = Text("The owner has the answers.", "Lēmējs atbildes ir saņēmis.")
HAS_WITHDRAWAL = Text("The owner has the withdrawal.", "Lēmējs atsaukumu ir saņēmis.")
HAD_RECEIVED = Text("The owner had received the claim.", "Lēmējs iesniegumu jau bija saņēmis.")
NOT_TAKEN = Text("The owner did not take the message: {what}", "Lēmējs ziņojumu nepieņēma: {what}")
UNKNOWN = Text(
    "It is not known whether the owner received this. The owner is being asked.",
    "Nav zināms, vai lēmējs to saņēma. Lēmējam tiek jautāts.",
)
ASKED_AND_RECEIVED = Text("The owner was asked, and has received it.", "Lēmējam tika jautāts, un viņš to ir saņēmis.")
ASKED_AND_SENT_AGAIN = Text(
    "The owner was asked, and has not received it: it is sent once more.",
    "Lēmējam tika jautāts, un viņš to nav saņēmis: tas tiek sūtīts vēlreiz.",
)
ASKED_AND_NOT_SENT_AGAIN = Text(
    "The owner was asked, and has not received it. It was withdrawn, and is not sent any more.",
    "Lēmējam tika jautāts, un viņš to nav saņēmis. Tas ir atsaukts un vairs netiek sūtīts.",
)
ASKED_AND_NOT_TAKEN = Text(
    "The owner was asked, and does not take it: {why}", "Lēmējam tika jautāts, un viņš to nepieņem: {why}"
)
ANSWER_LOOKED_INTO = Text(
    "The owner had told something of this claim that does not fit it. That was looked into.",
    "Lēmējs par šo iesniegumu bija paziņojis kaut ko, kas tam neatbilst. Tas ir noskaidrots.",
)


def as_read(kept: str) -> str:
    """A note as people read it: those of the gateway in each language, what others wrote as they wrote it.

    Args:
        kept: as the history has it; somebody's words may follow ours.
    """
    for form, ours in _FORMS:
        found = form.fullmatch(kept)
        if found is not None:
            values = found.groupdict()
            more = values.pop("more") or ""
            if "what" in values:
                what = values["what"]
                values["what"] = latvian_of(failures.known(what) or what)
            return Text(kept, ours.lv.format(**values) + more)
    return failures.known(kept) or kept


_FORMS = [
    (failures.form_of(each), each)
    for each in (
        *(
            ANSWERED,
            ASSIGNED,
            NOT_ASSIGNED,
            EXPIRED,
            STAYS_HERE,
            HAS_ANSWERS,
            HAS_WITHDRAWAL,
            HAD_RECEIVED,
            NOT_TAKEN,
            UNKNOWN,
        ),
        *(ASKED_AND_RECEIVED, ASKED_AND_SENT_AGAIN, ASKED_AND_NOT_SENT_AGAIN, ASKED_AND_NOT_TAKEN, ANSWER_LOOKED_INTO),
    )
]
