"""The citizen's log in sentences: natural in each language, and without codes."""

from __future__ import annotations

import re

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType, get_named_type

from gateway.audit.english import English
from gateway.audit.latvian import Latvian
from gateway.audit.latvian_words import THINGS
from gateway.audit.sentences import Deed, Line, Speaks
from gateway.audit.who import ANOTHER, GATEWAY, as_read, who
from gateway.claims import notes
from gateway.desk.federation import BUILTIN
from gateway.plan.compile import Graph
from schema.graph import build
from schema.terms import AccessOutcome, Capacity, SubjectRole
from schema.text import Text

GRAPH = Graph(build(), BUILTIN).schema
DIENESTS = "Valmieras novada Sociālo lietu pārvalde"
HOUSING = Text("Housing benefit", "Mājokļa pabalsts")
PERMITTED, DENIED = AccessOutcome.PERMITTED, AccessOutcome.DENIED
APPLICANT, CO_SUBJECT, SELF = SubjectRole.APPLICANT, SubjectRole.CO_SUBJECT, SubjectRole.SELF
BOTH: tuple[Speaks, Speaks] = (English(), Latvian())
FIELDS = {
    "givenName": "Person.givenName",
    "declaredAddress": "Person.declaredAddress",
    "income(months<=3)": "Person.income",
    "household": "Person.household",
    "household.person": "HouseholdMember.person",
    "household.person.birthDate": "Person.birthDate",
    "status": "Claim.status",
    "id": "Claim.id",
}
MEMBERS = {"household.person.income(months<=1)": "Person.income"}


def said(line: Line) -> tuple[str | None, str | None]:
    english, latvian = (speaks.line(line) for speaks in BOTH)
    return english, latvian


@pytest.mark.parametrize(
    ("line", "english", "latvian"),
    [
        (
            Line(DIENESTS, FIELDS, PERMITTED, APPLICANT, claim_type=HOUSING),
            f"{DIENESTS} read your given name, declared address, income of 3 months and household (of its members: "
            "birth date), and the claim's status for the claim “Housing benefit”.",
            f"{DIENESTS} skatījās Jūsu vārdu, deklarēto adresi, ienākumus par 3 mēnešiem un mājsaimniecību (par tās "
            "locekļiem: dzimšanas datumu), kā arī iesnieguma statusu iesniegumam „Mājokļa pabalsts”.",
        ),
        (
            Line(ANOTHER, {"income(months<=1)": "Person.income"}, DENIED, APPLICANT, claim_type=HOUSING),
            "Another person asked for your income of 1 month for the claim “Housing benefit”; this was refused.",
            "Cita persona pieprasīja Jūsu ienākumus par 1 mēnesi iesniegumam „Mājokļa pabalsts”; tas tika atteikts.",
        ),
        (
            Line("-", {"birthDate": "Person.birthDate"}, PERMITTED, SELF, own=True),
            "You read your own birth date.",
            "Jūs skatījāties savu dzimšanas datumu.",
        ),
        (
            Line("-", {"taxBook.dependants.givenName": "Person.givenName"}, DENIED, SELF, own=True),
            "You asked for your own tax book (of its dependants: given name); this was refused.",
            "Jūs pieprasījāt savu algas nodokļa grāmatiņu (par apgādājamajiem: vārdu); tas tika atteikts.",
        ),
        (
            Line(DIENESTS, MEMBERS, PERMITTED, CO_SUBJECT, claim_type=HOUSING),
            f"In the log of each other person: {DIENESTS} read your income for another person's claim “Housing benefit”.",
            f"Katras citas personas žurnālā: {DIENESTS} skatījās Jūsu ienākumus citas personas iesniegumam "
            "„Mājokļa pabalsts”.",
        ),
        (
            Line(DIENESTS, {"children": "Person.children"}, PERMITTED, CO_SUBJECT),
            f"In the log of each other person: {DIENESTS} read your link to a parent.",
            f"Katras citas personas žurnālā: {DIENESTS} skatījās Jūsu saikni ar vecāku.",
        ),
        (
            Line("-", {"name": "LegalEntity.name"}, PERMITTED, APPLICANT, True, HOUSING, of_entity=True),
            "You read the legal entity's name for the claim “Housing benefit”.",
            "Jūs skatījāties juridiskās personas nosaukumu iesniegumam „Mājokļa pabalsts”.",
        ),
        (
            Line(who(Capacity.MANDATE_HOLDER, None), {"givenName": "Person.givenName"}, PERMITTED, APPLICANT),
            "The holder of a mandate read your given name under your mandate.",
            "The holder of a mandate skatījās Jūsu vārdu ar Jūsu izsniegtu pilnvaru.",
        ),
        (
            Line(
                DIENESTS,
                {"properties.cadastralValue": "Property.cadastralValue"},
                DENIED,
                APPLICANT,
                claim_type="a-type-that-is-gone",
                beside=frozenset({"properties"}),
            ),
            f"{DIENESTS} asked for your cadastral value in the properties for the claim “a-type-that-is-gone”; this was "
            "refused.",
            f"{DIENESTS} pieprasīja Jūsu kadastrālo vērtību ziņās par nekustamos īpašumus iesniegumam "
            "„a-type-that-is-gone”; tas tika atteikts.",
        ),
        (Line(DIENESTS, {"id": "Claim.id"}, PERMITTED, APPLICANT, claim_type=HOUSING), None, None),
    ],
)
def test_a_line_is_one_sentence_in_each_language(line: Line, english: str | None, latvian: str | None) -> None:
    assert said(line) == (english, latvian)


def test_who_is_kept_in_english_is_said_in_the_language_of_the_reader() -> None:
    kept = who(Capacity.MANDATE_HOLDER, None)
    line = Line(as_read(kept), {"givenName": "Person.givenName"}, PERMITTED, APPLICANT)
    assert said(line)[1] == "Pilnvarnieks skatījās Jūsu vārdu ar Jūsu izsniegtu pilnvaru."
    for capacity in Capacity:
        assert type(who(capacity, None)) is str, "the log keeps plain words"
        read = as_read(who(capacity, None))
        assert isinstance(read, Text)
        assert read.lv != str(read)
    assert as_read(DIENESTS) == DIENESTS
    assert not isinstance(as_read(DIENESTS), Text)
    assert isinstance(as_read(str(GATEWAY)), Text)


@pytest.mark.parametrize(
    ("mutation", "by_others", "own", "refused"),
    [
        ("prepareClaim", "sāka Jūsu iesniegumu „Mājokļa pabalsts”", "sākāt savu iesniegumu", "mēģināja sākt Jūsu"),
        ("answerClaim", "aizpildīja Jūsu iesnieguma „Mājokļa pabalsts” veidlapu", "aizpildījāt sava", "aizpildīt Jūsu"),
        ("submitClaim", "iesniedza Jūsu iesniegumu", "iesniedzāt savu iesniegumu", "mēģināja iesniegt Jūsu"),
        ("withdrawClaim", "atsauca Jūsu iesniegumu", "atsaucāt savu iesniegumu", "mēģināja atsaukt Jūsu"),
        (
            "assignClaim",
            "mainīja to, kas strādā ar Jūsu iesniegumu",
            "mainījāt to, kas strādā ar savu",
            "mainīt to, kas",
        ),
        ("decideClaim", "pieņēma lēmumu par Jūsu iesniegumu", "pieņēmāt lēmumu par savu", "pieņemt lēmumu par Jūsu"),
        ("grantMandate", "izsniedza pilnvaru.", "izsniedzāt pilnvaru.", "izsniegt pilnvaru; tas tika atteikts."),
        ("revokeMandate", "atsauca pilnvaru.", "atsaucāt pilnvaru.", "atsaukt pilnvaru; tas tika atteikts."),
        ("registerThirdParty", "reģistrēja trešo pusi.", "reģistrējāt trešo pusi.", "reģistrēt trešo pusi; tas"),
        (
            "suspendThirdParty",
            "apturēja trešās puses darbību.",
            "apturējāt trešās",
            "apturēt trešās puses darbību; tas",
        ),
    ],
)
def test_a_mutation_is_told_by_who_did_it_in_latvian(mutation: str, by_others: str, own: str, refused: str) -> None:
    latvian = Latvian()
    assert f"{DIENESTS} {by_others}" in latvian.act(Deed(DIENESTS, mutation, HOUSING, own=False, refused=False))
    assert f"Jūs {own}" in latvian.act(Deed("-", mutation, HOUSING, own=True, refused=False))
    tried = latvian.act(Deed(DIENESTS, mutation, HOUSING, own=False, refused=True))
    assert refused in tried
    assert tried.endswith("; tas tika atteikts.")


def test_every_mutation_of_the_graph_has_its_words_in_both_languages() -> None:
    mutation = GRAPH.type_map["Mutation"]
    assert isinstance(mutation, GraphQLObjectType)
    for name in mutation.fields:
        for speaks in BOTH:
            for refused in (False, True):
                assert name not in speaks.act(Deed(DIENESTS, name, HOUSING, own=False, refused=refused))
            assert name not in speaks.no_door(DIENESTS, name)


def test_every_field_that_a_log_can_name_has_its_word_in_latvian() -> None:
    types, names, waiting = GRAPH.type_map, set[str](), ["Person", "LegalEntity", "Claim", "Mandate", "AccessEntry"]
    seen = set[str]()
    while waiting:
        type_ = types[waiting.pop()]
        if type_.name in seen:
            continue
        seen.add(type_.name)
        if isinstance(type_, GraphQLUnionType):
            waiting += [each.name for each in type_.types]
        elif isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            names |= set(type_.fields)
            waiting += [get_named_type(each.type).name for each in type_.fields.values()]
    assert sorted(names - set(THINGS)) == []
    assert sorted(set(THINGS) - names) == [], "words that nothing needs"


def test_what_the_gateway_notes_is_read_in_latvian_and_what_people_write_as_they_wrote_it() -> None:
    kept = str(notes.NOT_TAKEN.filled(what="Trūkst {paraksta}."))
    read = notes.as_read(kept)
    assert read == kept == "The owner did not take the message: Trūkst {paraksta}."
    assert isinstance(read, Text)
    assert read.lv == "Lēmējs ziņojumu nepieņēma: Trūkst {paraksta}."
    followed = notes.as_read(f"{notes.ASKED_AND_RECEIVED} Zvanīts\n27. novembrī.")
    assert isinstance(followed, Text)
    assert followed.lv == "Lēmējam tika jautāts, un viņš to ir saņēmis. Zvanīts\n27. novembrī."
    assert type(notes.as_read("Answers were added later.")) is str
    for text in vars(notes).values():
        if isinstance(text, Text):
            told = notes.as_read(re.sub(r"\{\w+\}", "tp-support", text))
            assert isinstance(told, Text)
            assert told.lv == re.sub(r"\{\w+\}", "tp-support", text.lv)
