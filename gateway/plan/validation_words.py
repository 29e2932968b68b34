"""What graphql-core says of a document that is not valid, in Latvian too."""

from __future__ import annotations

import re

from schema.text import Text

_ANY = "Dokuments šajā vietā neatbilst shēmai."
_SAID = tuple(
    (re.compile(english), latvian)
    for english, latvian in (
        (r"Cannot query field '(\w+)' on type '(\w+)'\.", r"Tipam '\2' nav lauka '\1'."),
        (
            r"Field '(\w+)' of type '([^']+)' must have a selection of subfields\.(?: Did you mean .+)?",
            r"Laukam '\1', kura tips ir '\2', jānorāda apakšlauki.",
        ),
        (
            r"Field '(\w+)' must not have a selection since type '([^']+)' has no subfields\.",
            r"Laukam '\1' apakšlaukus norādīt nevar: tipam '\2' to nav.",
        ),
        (r"Unknown argument '(\w+)' on field '([\w.]+)'\.", r"Laukam '\2' nav argumenta '\1'."),
        (r"Unknown argument '(\w+)' on directive '@(\w+)'\.", r"Direktīvai '@\2' nav argumenta '\1'."),
        (
            r"Argument '([^']+)' of type '([^']+)' is required, but it was not provided\.",
            r"Trūkst obligātā argumenta '\1', kura tips ir '\2'.",
        ),
        (r"Variable '\$(\w+)' is not defined(?: by operation '\w+')?\.", r"Mainīgais '$\1' nav definēts."),
        (r"Variable '\$(\w+)' is never used(?: in operation '\w+')?\.", r"Mainīgais '$\1' nav izmantots."),
        (
            r"Variable '\$(\w+)' of type '([^']+)' used in position expecting type '([^']+)'\.",
            r"Mainīgais '$\1' ir ar tipu '\2', bet šajā vietā vajag tipu '\3'.",
        ),
        (
            r"Expected value of type '(\w+)' to include required field '(\w+)'\.",
            r"Tipa '\1' vērtībā trūkst obligātā lauka '\2'.",
        ),
        (r"Expected value of type '(\w+)' not to include unknown field '(\w+)'\.", r"Tipam '\1' nav lauka '\2'."),
        (
            r"Variable '\$(\w+)' cannot be non-input type '([^']+)'\.",
            r"Mainīgajam '$\1' nevar būt tips '\2': tas nav ievadāms.",
        ),
        (r"There can be only one variable named '\$(\w+)'\.", r"Mainīgais '$\1' ir definēts vairākkārt."),
        (r"There can be only one argument named '(\w+)'\.", r"Arguments '\1' ir norādīts vairākkārt."),
        (r"There can be only one operation named '(\w+)'\.", r"Ir vairākas darbības ar nosaukumu '\1'."),
        (r"There can be only one fragment named '(\w+)'\.", r"Ir vairāki fragmenti ar nosaukumu '\1'."),
        (r"There can be only one input field named '(\w+)'\.", r"Ievades lauks '\1' ir norādīts vairākkārt."),
        (
            r"This anonymous operation must be the only defined operation\.",
            r"Darbībai bez nosaukuma jābūt vienīgajai.",
        ),
        (r"Unknown type '(\w+)'\.", r"Tipa '\1' shēmā nav."),
        (r"Unknown fragment '(\w+)'\.", r"Fragments '\1' nav definēts."),
        (r"Unknown directive '@(\w+)'\.", r"Direktīvas '@\1' shēmā nav."),
        (r"Directive '@(\w+)' may not be used on .+\.", r"Direktīvu '@\1' šajā vietā lietot nevar."),
        (
            r"The directive '@(\w+)' can only be used once at this location\.",
            r"Direktīvu '@\1' vienā vietā var lietot tikai vienreiz.",
        ),
        (r"Fragment '(\w+)' is never used\.", r"Fragments '\1' nav izmantots."),
        (r"Cannot spread fragment '(\w+)' within itself.*\.", r"Fragments '\1' iekļauj pats sevi."),
        (
            r"Fragment '(\w+)' cannot condition on non composite type '([^']+)'\.",
            r"Fragments '\1' nevar attiekties uz tipu '\2': tam nav lauku.",
        ),
        (
            r"Fragment cannot condition on non composite type '([^']+)'\.",
            r"Fragments nevar attiekties uz tipu '\1': tam nav lauku.",
        ),
        (
            r"Fragment '(\w+)' cannot be spread here as objects of type '(\w+)' can never be of type '(\w+)'\.",
            r"Fragmentu '\1' šeit iekļaut nevar: tipa '\2' objekts nekad nav tips '\3'.",
        ),
        (
            r"Fragment cannot be spread here as objects of type '(\w+)' can never be of type '(\w+)'\.",
            r"Fragmentu šeit iekļaut nevar: tipa '\1' objekts nekad nav tips '\2'.",
        ),
        (
            r"Fields '(\w+)' conflict because .+",
            r"Lauki '\1' nav savienojami: vienam nosaukumam ir dažādi lauki vai argumenti; lietojiet aizstājvārdus.",
        ),
        (r"(?:Subscription '\w+'|Anonymous Subscription) must select only one .+", r"Abonementā jābūt vienam laukam."),
        (r"Too many validation errors.*", r"Kļūdu ir pārāk daudz; pārējās netika meklētas."),
    )
)


def validation_text(message: str) -> Text:
    """A message of graphql-core's validation; one that is not known is told in general in Latvian.

    Args:
        message: holds names of the schema and the document, and no value.
    """
    for english, latvian in _SAID:
        found = english.fullmatch(message)
        if found is not None:
            return Text(message, found.expand(latvian))
    return Text(message, _ANY)
