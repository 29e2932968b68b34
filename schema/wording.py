"""Texts that several places say."""

from __future__ import annotations

from schema.text import Text

WENT_WRONG = Text("Something went wrong in the gateway.", "Vārtejā radās kļūda.")
TELL_THE_REQUEST_ID = Text("Tell the ministry the request id.", "Paziņojiet ministrijai pieprasījuma identifikatoru.")
NOT_RECORDED = Text(
    "Access to personal data cannot be recorded now, so none is given.",
    "Piekļuvi personas datiem pašlaik nevar reģistrēt, tāpēc tie netiek izsniegti.",
)
ASK_AGAIN_LATER = Text("Ask again later.", "Mēģiniet vēlāk.")
LATE = Text("This was not answered in time.", "Uz šo laikā netika atbildēts.")
ASK_FOR_LESS = Text("Ask again, or for less at a time.", "Mēģiniet vēlreiz vai prasiet mazāk vienā reizē.")
USED_UP = Text(
    "Your organisation has used up today's requests of its contract.",
    "Jūsu organizācija šodien ir izlietojusi visus līgumā paredzētos pieprasījumus.",
)
UNKNOWN_CLAIM_TYPE = Text("There is no such claim type.", "Šāda iesnieguma veida nav.")
UNKNOWN_CURSOR = Text("This cursor is not one that this list gave.", "Šis saraksts tādu kursoru nav devis.")
TAKE_ITS_CURSOR = Text(
    "Give a cursor of a page of this list, or leave `after` out to begin.",
    "Norādiet kursoru no šā saraksta lappuses vai izlaidiet `after`, lai sāktu no sākuma.",
)
GIVE_ONE_WITHIN = Text("Give a number within these bounds.", "Norādiet skaitli šajās robežās.")
UNUSABLE_ARGUMENT = Text(
    "An argument of {coordinate} has no usable value.", "Lauka {coordinate} argumentam nav derīgas vērtības."
)
GIVE_IT_A_VALUE = Text(
    "Give a value of its type in the SDL; of a @oneOf type, exactly one field with a value.",
    "Norādiet vērtību, kas atbilst tipam SDL; @oneOf tipam tieši vienu lauku ar vērtību.",
)
NO_VALUE = Text(
    "{coordinate} has no value where the schema promises one.", "Laukam {coordinate} nav vērtības, ko shēma sola."
)
TOO_DEEP = Text(
    "The document cannot be read: it nests too deeply.", "Dokumentu nevar nolasīt: tajā ir pārāk daudz ligzdotu līmeņu."
)
NEST_LESS = Text("Nest fields and values less deeply.", "Ligzdojiet laukus un vērtības mazākā dziļumā.")
USE_THE_SDL = Text("Use the published SDL of the gateway.", "Izmantojiet vārtejas publicēto SDL.")
ANSWERS_ARE_AN_OBJECT = Text("The answers are a JSON object.", "Atbildes ir JSON objekts.")
NO_SUCH_OBJECT = Text(
    "There is no such object, or it is not open to you.", "Šāda objekta nav, vai tas jums nav pieejams."
)
