"""What is said of fields that are refused."""

from __future__ import annotations

from policies.kit.field_access import AccessClass
from schema.text import Text
from schema.wording import USE_THE_SDL

TO_NOBODY = Text("{coordinate} is open to nobody.", "{coordinate} nav pieejams nevienam.")
NOT_HERE = Text("{coordinate} is not open here.", "{coordinate} šeit nav pieejams.")
NOT_TO_YOU = Text("{coordinate} is not open to your capacity.", "{coordinate} jūsu statusam nav pieejams.")
NOT_BY_MANDATE = Text("{coordinate} is not open through a mandate.", "{coordinate} ar pilnvaru nav pieejams.")
TO_SELF = Text(
    "{coordinate} is open to that person alone, through `me`.",
    "{coordinate} ir pieejams tikai pašai personai caur `me`.",
)
TO_PARENT = Text(
    "{coordinate} is open to that person alone, of their own children, through `me`.",
    "{coordinate} ir pieejams tikai pašai personai par saviem bērniem caur `me`.",
)
TO_REPRESENTATIVE = Text(
    "{coordinate} is open to who may represent the legal entity alone, through `viewer`.",
    "{coordinate} ir pieejams tam, kas juridisko personu drīkst pārstāvēt atsevišķi, caur `viewer`.",
)
OF_ANOTHER = Text(
    "{coordinate} of another person is not open through `me`.", "Citas personas {coordinate} caur `me` nav pieejams."
)
OPEN_OF_ANOTHER = Text(
    "Of others, their names and birth date are open.", "Par citiem ir pieejams vārds, uzvārds un dzimšanas datums."
)
REAL_ESTATE = Text("Real estate is evidence of a claim.", "Nekustamais īpašums ir iesniegumam vajadzīga ziņa.")
THROUGH_ITS_CLAIM = Text(
    "Ask through a claim that names the entity.", "Jautājiet caur iesniegumu, kurā šī juridiskā persona ir nosaukta."
)
NOT_EVIDENCE = Text(
    "{coordinate} is not evidence here for this claim type.",
    "{coordinate} šeit nav šim iesnieguma veidam vajadzīga ziņa.",
)
WHAT_IS_EVIDENCE = Text(
    "Ask for what claimType(code:) { evidence { path openTo } } lists.",
    "Prasiet to, ko uzskaita claimType(code:) { evidence { path openTo } }.",
)
LEAVE_IT_OUT = Text("Leave it out.", "Izlaidiet to.")
THROUGH_THE_CLAIM = Text(
    "Leave it out: what a claim needs is asked for through the claim.",
    "Izlaidiet to: iesniegumam vajadzīgās ziņas prasa caur iesniegumu.",
)
LEFT_TO_SELF = Text(
    "Leave it out: the person can ask for it as a citizen.", "Izlaidiet to: pati persona to var prasīt kā iedzīvotājs."
)
_THROUGH_A_CLAIM = Text("Ask through a claim.", "Jautājiet caur iesniegumu.")
AS_REPRESENTATIVE = Text(
    "Ask through `viewer { actingFor }` with a representative's token.",
    "Jautājiet caur `viewer { actingFor }` ar pārstāvja talonu.",
)
_THROUGH_ME = Text("Ask through `me`, as a citizen.", "Jautājiet caur `me` kā iedzīvotājs.")
REMEDIES = {
    AccessClass.SELF: _THROUGH_ME,
    AccessClass.GUARDIAN: _THROUGH_ME,
    AccessClass.REPRESENTED: AS_REPRESENTATIVE,
    AccessClass.MINISTRY_IT: Text("Ask as MINISTRY_IT.", "Jautājiet ar statusu MINISTRY_IT."),
    AccessClass.AUDITOR: Text("Ask as AUDITOR.", "Jautājiet ar statusu AUDITOR."),
    AccessClass.INTROSPECTION: USE_THE_SDL,
    AccessClass.CLAIM: _THROUGH_A_CLAIM,
    AccessClass.CLAIM_STATUS: _THROUGH_A_CLAIM,
    AccessClass.ANSWERS: _THROUGH_A_CLAIM,
    AccessClass.EVIDENCE: Text(
        "Ask through a claim, or of yourself through `me`.", "Jautājiet caur iesniegumu vai par sevi caur `me`."
    ),
}
"""What to do about a field of an access class; of the others nobody is refused for their capacity."""
