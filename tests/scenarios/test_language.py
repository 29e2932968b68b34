"""One document, two languages: what people read is in theirs, and everything else is the same."""

from __future__ import annotations

import re
from typing import Any

import httpx
import orjson
import pytest

from tests.answers import clean
from tests.running_gateway import RunningGateway
from tests.scenarios.test_claim_changed import stream

SUPPORT = """{ viewer { permissions(claimType: "housing-benefit") { action conditions } }
    claim(id: "demo-1") { status history { by note } applicant { ... on Person { givenName income { gross } } } }
    no: claim(id: "demo-2") { status } me { givenName } closed: claim(id: "demo-4") { createdAt } }"""
ENGLISH = re.compile(r"\b(the|is|are|was|not|of|this|that|with|your|you|for)\b", re.IGNORECASE)
MACHINES = {"code", "rule", "locations", "path", "register", "retryAfter", "requestId"}


def asked(gateway: RunningGateway, query: str, persona: str, language: str | None, **variables: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {gateway.token(persona)}"}
    if language is not None:
        headers["Accept-Language"] = language
    body = {"query": query, "variables": variables}
    return httpx.post(gateway.graphql_url, json=body, headers=headers, timeout=30.0, trust_env=False)


def told(body: Any) -> list[tuple[str, str | None]]:
    """What people read of errors."""
    return [(each["message"], each["extensions"].get("remedy")) for each in body["errors"]]


def for_machines(body: Any) -> Any:
    """What no language changes of errors."""
    return [
        {name: value for name, value in {**each, **each["extensions"]}.items() if name in MACHINES}
        for each in body["errors"]
    ]


def test_languages_take_turns_on_one_document_and_none_shows_in_the_other(gateway: RunningGateway) -> None:
    answers = [asked(gateway, SUPPORT, "ngo-support", each) for each in (None, "lv", "en", "lv-LV, en;q=0.8", "xx")]
    languages = [each.headers["content-language"] for each in answers]
    assert languages == ["en", "lv", "en", "lv", "en"]
    assert {each.headers["vary"] for each in answers} == {"accept-language"}
    english, latvian, *others = [each.json() for each in answers]
    for each in (english, latvian, *others):
        each.pop("extensions", None)  # Times, which pass.
    assert others == [english, latvian, english]
    assert orjson.dumps(for_machines(english)) == orjson.dumps(for_machines(latvian))
    assert len(told(english)) == 4
    for (message, remedy), (message_lv, remedy_lv) in zip(told(english), told(latvian), strict=True):
        assert message != message_lv
        assert (remedy is None) == (remedy_lv is None)
        assert not ENGLISH.search(re.sub(r"`[^`]*`", "", f"{message_lv} {remedy_lv}"))
    conditions = [[each["conditions"] for each in body["data"]["viewer"]["permissions"]] for body in (english, latvian)]
    assert [len(each) for each in conditions[0]] == [len(each) for each in conditions[1]]
    assert "iesniegums ir uzticēts jūsu organizācijai" in str(conditions[1]).lower()
    assert "claim is assigned" in str(conditions[0])
    first = [body["data"]["claim"]["history"][0] for body in (english, latvian)]
    assert [each["by"] for each in first] == ["The person themselves", "Pati persona"]
    for body in (english, latvian):
        del body["data"]["viewer"], body["data"]["claim"]["history"]
    assert english["data"] == latvian["data"]


@pytest.mark.parametrize("language", ["en", "lv"])
def test_protected_is_as_absent_in_each_language(gateway: RunningGateway, language: str) -> None:
    query = '{ claim(id: "%s") { id applicant { ... on Person { declaredAddress { fullText } } } } }'
    bodies = []
    for claim in ("demo-10", "demo-11"):
        answer = asked(gateway, query % claim, "ngo-families", language).json()
        provenance = answer.pop("extensions", {}).get("provenance", [])
        bodies.append((orjson.dumps(answer).replace(claim.encode(), b"-"), [each["register"] for each in provenance]))
    assert bodies[0] == bodies[1]
    said = {"en": "Not on record, or not to be shown.", "lv": "Nav reģistrēts vai nav rādāms."}[language]
    assert bodies[0][0].count(said.encode()) == 1


def test_the_citizens_log_says_who_in_the_citizens_language(gateway: RunningGateway) -> None:
    clean(asked(gateway, "{ me { birthDate } }", "janis", "lv").json())
    asked(gateway, "{ me { birthDate } }", "ilze", "lv")
    query = "{ me { accessLog(first: 1) { edges { node { who paths outcome capacity } } } } }"
    english, latvian = [
        clean(asked(gateway, query, "janis", each).json())["me"]["accessLog"]["edges"][0]["node"]
        for each in ("en", "lv")
    ]
    assert english["who"] == "The person themselves"
    assert latvian["who"] == "Jūs"
    assert (latvian["capacity"], latvian["outcome"]) == ("CITIZEN", "PERMITTED")


def test_the_law_is_named_in_the_citizens_language_and_kept_in_english(gateway: RunningGateway) -> None:
    asked(gateway, '{ claim(id: "demo-13") { createdAt } }', "nora", "lv")
    query = "{ me { accessLog(first: 5) { edges { node { legalBasis claimType { legalBasis } } } } } }"
    english, latvian = [
        clean(asked(gateway, query, "nora", each).json())["me"]["accessLog"]["edges"] for each in ("en", "lv")
    ]
    pension = "Likums “Par valsts pensijām”"
    english_law = f"Law on State Pensions ({pension}); Cabinet Regulation No. 427 of 2016"
    latvian_law = f"{pension}; Ministru kabineta 2016. gada noteikumi Nr. 427"
    for law, edges in ((english_law, english), (latvian_law, latvian)):
        assert {"legalBasis": law, "claimType": {"legalBasis": law}} in [each["node"] for each in edges]


def test_explain_says_reasons_remedies_and_the_log_in_latvian(gateway: RunningGateway) -> None:
    query = """query($operation: String!) { explain(operation: $operation) { allowed accessLogEntries
        decisions { path allowed rules reason remedy } problems { code message } } }"""
    operation = '{ claim(id: "demo-1") { applicant { ... on Person { givenName income { gross } } } } }'
    english, latvian = [
        clean(asked(gateway, query, "ngo-support", each, operation=operation).json())["explain"]
        for each in ("en", "lv")
    ]
    assert latvian["accessLogEntries"] == [
        'Biedrība "Atbalsts mājās" skatījās Jūsu vārdu iesniegumam „Mājokļa pabalsts”.',
        'Biedrība "Atbalsts mājās" pieprasīja Jūsu ienākumus iesniegumam „Mājokļa pabalsts”; tas tika atteikts.',
    ]
    income = next(each for each in latvian["decisions"] if each["path"] == "claim.applicant.income")
    assert income["reason"] == "Šīs ziņas trešajām pusēm nav atvērtas."
    assert income["remedy"] == "Iztieciet bez šīm ziņām: lēmējs tās skata pats."
    assert [each["rules"] for each in english["decisions"]] == [each["rules"] for each in latvian["decisions"]]
    wrong = clean(asked(gateway, query, "anna", "lv", operation="{ nothing }").json())["explain"]["problems"]
    [problem] = wrong
    assert problem["message"] == (
        "Tipam 'Query' nav lauka 'nothing'. Salīdziniet dokumentu ar SDL. Tā ir 1. rinda, 3. zīme."
    )
    assert problem["code"] == "INVALID"


def test_problems_of_mutations_are_said_in_latvian(gateway: RunningGateway) -> None:
    mutation = """mutation { decideClaim(input: {id: "demo-1", outcome: GRANTED, reason: " "}) { problems { code message } }
        answerClaim(input: {id: "demo-2", answers: {}}) { problems { code message } } }"""
    found = clean(asked(gateway, mutation, "officer-valmiera", "lv").json())
    assert found["decideClaim"]["problems"] == [
        {"code": "ANSWERS_INVALID", "message": "Pamatojumā ir no 1 līdz 1000 rakstzīmēm, un ne visas ir tukšas."}
    ]
    (refused,) = found["answerClaim"]["problems"]
    assert refused["code"] == "FORBIDDEN"
    assert not ENGLISH.search(refused["message"])


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("{ me ", "SYNTAX", "Šajā vietā dokuments nav GraphQL."),
        ("{ me { nothing } }", "INVALID", "Tipam 'Person' nav lauka 'nothing'."),
        ("{ me }", "INVALID", "Laukam 'me', kura tips ir 'Person', jānorāda apakšlauki."),
        ("{ claim { id } }", "INVALID", "Trūkst obligātā argumenta 'Query.claim(id:)', kura tips ir 'ID!'."),
        ("{ claim(ids: 1, id: 2) { id } }", "INVALID", "Laukam 'Query.claim' nav argumenta 'ids'."),
        ("{ ...A }", "INVALID", "Fragments 'A' nav definēts."),
        ("query($a: Int) { me { sex } }", "INVALID", "Mainīgais '$a' nav izmantots."),
        ("{ me { sex @nothing } }", "INVALID", "Direktīvas '@nothing' shēmā nav."),
        ("{ claim(id: $b) { id } }", "INVALID", "Mainīgais '$b' nav definēts."),
        ("{ claim(id: {}) { id } }", "INVALID", "Dokumentā ir vērtība, kuras tips šajā vietā neatbilst shēmai."),
        ("{ me { a: sex a: citizenship } }", "INVALID", None),
        ("query($n: Int!) { claims(first: $n) { totalCount } }", "VARIABLES", None),
        ("{ me { income(months: 99) { gross } } }", "VARIABLES", "`months` ir skaitlis no 1 līdz 36."),
        ("{ me { " + " ".join(f"a{each}: sex" for each in range(200)) + " } }", "LIMIT_ALIASES", None),
        ("{ __schema { queryType { name } } }", "FORBIDDEN", "Jūsu statusam shēma šeit netiek aprakstīta."),
        ("subscription { claimChanged(id: 1) { id } }", "INVALID", "Uz abonementiem atbild ar notikumu plūsmu."),
        ("query A { me { sex } } query B { me { sex } }", "INVALID", "Dokumentā ir vairākas darbības."),
        ("{ customerServiceCentres(first: -1) { totalCount } }", "VARIABLES", "`first` ir skaitlis no 0 līdz 1000."),
        ("{ customerServiceCentres(first: 1001) { totalCount } }", "VARIABLES", "`first` ir skaitlis no 0 līdz 1000."),
        ('{ claims(after: "nothing") { totalCount } }', "VARIABLES", "Šis saraksts tādu kursoru nav devis."),
        ('{ thirdParties(after: "nothing") { totalCount } }', "VARIABLES", "Šis saraksts tādu kursoru nav devis."),
        (
            '{ me { accessLog(after: "-") { pageInfo { endCursor } } } }',
            "VARIABLES",
            "Šis saraksts tādu kursoru nav devis.",
        ),
        ('{ municipalities(at: "2021-06-30") { atvk } }', "VARIABLES", "Pašvaldību klasifikators sākas ar 2021-07-01."),
        (
            "{ customerServiceCentres(filter: {minClientsPerYear: -1}) { totalCount } }",
            "VARIABLES",
            "`minClientsPerYear` ir skaitlis, sākot no 0.",
        ),
        (
            "{ _entities(representations: [{}]) { __typename } }",
            "VARIABLES",
            "Atveidojumā ir __typename un tā tipa atslēgas lauki.",
        ),
        (
            'mutation { grantMandate(input: {holder: {}, claimTypes: [], actions: [], validTo: "2027-01-01"}) '
            "{ problems { code } } }",
            "INVALID",
            None,
        ),
    ],
)
def test_what_is_wrong_with_an_operation_is_said_in_latvian(
    gateway: RunningGateway, query: str, code: str, message: str | None
) -> None:
    for error in asked(gateway, query, "anna", "lv").json()["errors"]:
        assert error["extensions"]["code"] == code
        assert message is None or error["message"] == message
        assert error["extensions"]["remedy"]
        said = re.sub(r"`[^`]*`|'[^']*'|\$\w+", "", f"{error['message']} {error['extensions'].get('remedy', '')}")
        assert not ENGLISH.search(said), said


def test_an_operation_that_is_not_there_is_told_with_what_to_do(gateway: RunningGateway) -> None:
    for query in ("query A { me { sex } } query B { me { sex } }", "{ me { sex } }"):
        _, body = gateway.post(query, operation_name="Nothing", language="lv")
        [(message, remedy)] = told(body)
        assert message == "Dokumentā nav darbības ar šādu nosaukumu."
        assert remedy is not None


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ('filter: {caseReference: "?"}', "`caseReference`"),
        ('filter: {from: "2026-11-23T09:00:00"}', ""),
        ('after: "-"', "kursoru"),
        ("first: 1001", "`first`"),
    ],
)
def test_a_search_of_the_log_that_is_none_is_told_with_what_to_do(
    gateway: RunningGateway, arguments: str, what: str
) -> None:
    query = f"{{ accessRecords({arguments}) {{ edges {{ cursor }} }} }}"
    [(message, remedy)] = told(asked(gateway, query, "auditor", "lv").json())
    assert what in message
    assert remedy is not None


def test_who_is_not_signed_in_is_told_so_in_latvian_and_the_challenge_stays_plain(gateway: RunningGateway) -> None:
    headers = {"Authorization": "Bearer nothing", "Accept-Language": "lv"}
    answer = httpx.post(gateway.graphql_url, json={"query": "{ me { sex } }"}, headers=headers, trust_env=False)
    assert (answer.status_code, answer.headers["content-language"]) == (401, "lv")
    assert answer.json()["errors"][0]["message"] == "Talons nav pareizi veidots."
    assert "The token is malformed." in answer.headers["www-authenticate"]


def test_a_stream_speaks_the_language_that_it_was_begun_in(gateway: RunningGateway) -> None:
    for language, message in (("lv", "Šāda objekta nav"), ("en", "There is no such object")):
        with stream(gateway, "demo-0", "anna", **{"accept-language": language}) as watched:
            assert watched.answer.headers["content-language"] == language
            (error,) = watched.next().data["errors"]
            assert error["message"].startswith(message)
            assert error["extensions"]["code"] == "FORBIDDEN"
