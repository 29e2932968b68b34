"""What ``explain`` says, and does not say; it costs no register call and leaves nothing behind."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.answers import clean
from tests.conftest import StartsGateway
from tests.plan.explaining import explain
from tests.running_gateway import RunningGateway, command


def by_path(explanation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["path"]: each for each in explanation["decisions"]}


# ---------------------------------------------------------------- what is said

SUPPORT = """{ claim(id: "demo-1") { status applicant { ... on Person {
  first: givenName declaredAddress { fullText } income { gross } household { person { givenName income { gross } } }
} } } }"""


def test_each_field_is_told_with_its_rule_reason_and_remedy(gateway: RunningGateway) -> None:
    explanation = explain(gateway, SUPPORT, "ngo-support")
    told = by_path(explanation)
    assert not explanation["allowed"]
    assert [path for path, each in told.items() if not each["allowed"]] == [
        "claim.applicant.income",
        "claim.applicant.income.gross",
        "claim.applicant.household.person.income",
        "claim.applicant.household.person.income.gross",
    ]
    assert told["claim.applicant.first"] == {
        "path": "claim.applicant.first",
        "coordinate": "Person.givenName",
        "allowed": True,
        "rules": ["housing-benefit-third-party-reads-evidence"],
        "reason": "The organisation works on this claim and needs the evidence that is marked for third parties.",
        "remedy": None,
    }
    assert told["claim.applicant.income"] == {
        "path": "claim.applicant.income",
        "coordinate": "Person.income",
        "allowed": False,
        "rules": ["third-party-evidence-not-marked"],
        "reason": "This evidence is not open to third parties.",
        "remedy": "Do without it: the owner reads this evidence itself.",
    }
    assert told["claim"]["rules"] == ["housing-benefit-third-party-reads-claim"]


def test_register_calls_are_counted_by_batch_and_their_keys_are_words(gateway: RunningGateway) -> None:
    calls = explain(gateway, SUPPORT, "ngo-support")["registerCalls"]
    assert [(each["register"]["id"], each["operation"], each["calls"], each["keys"]) for each in calls] == [
        ("natural_persons", "PersonasDati", 1, "1 person"),
        ("addresses", "mekletAdreses", 1, "1 address"),
        ("natural_persons", "PersonuDati", 1, "the members of the household"),
    ]


def test_a_register_that_takes_one_key_a_call_counts_one_for_each_that_there_may_be(gateway: RunningGateway) -> None:
    operation = "{ me { enterprises { entity { vat { valid } } } } }"
    calls = {each["register"]["id"]: each for each in explain(gateway, operation, "anna")["registerCalls"]}
    assert calls["vies"]["calls"] == 20
    assert calls["vies"]["keys"] == "the enterprises, counted as 20"


def test_the_citizens_log_is_told_in_sentences(gateway: RunningGateway) -> None:
    assert explain(gateway, SUPPORT, "ngo-support")["accessLogEntries"] == [
        'Biedrība "Atbalsts mājās" read your given name, declared address and household (of its members: given name), '
        "and the claim's status for the claim “Housing benefit”.",
        'Biedrība "Atbalsts mājās" asked for your income and household (of its members: income) for the claim '
        "“Housing benefit”; this was refused.",
        'In the log of each other person: Biedrība "Atbalsts mājās" read your given name for another person\'s claim '
        "“Housing benefit”.",
    ]


def test_a_list_of_claims_says_at_how_many_places_a_field_is_refused(gateway: RunningGateway) -> None:
    told = by_path(explain(gateway, "{ claims { edges { node { id createdAt } } } }", "ngo-support"))
    assert told["claims.edges.node.id"]["allowed"]
    assert told["claims.edges.node.createdAt"]["reason"].startswith("At 1 of 2 places: ")
    assert told["claims.edges.node.createdAt"]["rules"] == ["third-party-closed-claim"]


def test_what_no_connected_register_holds_is_open_and_says_so(fresh_gateway: StartsGateway) -> None:
    gateway = fresh_gateway(GATEWAY_REGISTERS__VEHICLES__ENABLED="false")
    explanation = explain(gateway, "{ me { vehicles { make } } }", "anna")
    assert explanation["allowed"]
    assert by_path(explanation)["me.vehicles"]["reason"] == "No register that holds this is connected to the gateway."
    assert explanation["registerCalls"] == []


# ---------------------------------------------------------------- what is not told

CLOSED = (
    '{ claim(id: "%s") { status applicant { __typename ... on Person { givenName } ... on LegalEntity { name } } } }'
)


@pytest.mark.parametrize("persona", ["ngo-families", "peteris", "officer-riga", "auditor"])
def test_a_claim_that_is_not_open_is_explained_as_one_that_does_not_exist(
    gateway: RunningGateway, persona: str
) -> None:
    closed, absent = (explain(gateway, CLOSED % claim, persona) for claim in ("demo-1", "no-such-claim"))
    assert closed == absent
    assert not closed["allowed"]
    assert {rule for each in closed["decisions"] for rule in each["rules"]} == {"no-door"}


def test_a_mutation_on_a_claim_that_is_not_open_is_explained_as_on_none(gateway: RunningGateway) -> None:
    asked = 'mutation { withdrawClaim(input: {id: "%s"}) { claim { id status } problems { code } } }'
    closed, absent = (explain(gateway, asked % claim, "anna") for claim in ("demo-6", "no-such-claim"))
    assert closed == absent
    assert [each["code"] for each in closed["problems"]] == ["FORBIDDEN"]


def test_a_draft_for_somebody_else_is_explained_as_one_for_nobody(gateway: RunningGateway) -> None:
    asked = (
        'mutation { prepareClaim(input: {type: "housing-benefit", municipality: "0054000", '
        'applicant: {personCode: "%s"}}) { claim { id } problems { code } } }'
    )
    known, nobody = (explain(gateway, asked % code, "ngo-support") for code in ("39100000055", "39188888888"))
    assert known == nobody
    assert [each["code"] for each in known["problems"]] == ["FORBIDDEN"]


def test_protected_and_absent_are_explained_by_the_same_bytes(gateway: RunningGateway) -> None:
    asked = (
        '{ claim(id: "%s") { id status applicant { ... on Person { givenName declaredAddress { fullText } '
        "children { givenName declaredAddress { fullText } } household { relation } restricted } } } }"
    )
    protected, absent = (explain(gateway, asked % claim, "ngo-families") for claim in ("demo-10", "demo-11"))
    assert json.dumps(protected).replace("demo-10", "demo-11") == json.dumps(absent)
    assert {"addresses", "natural_persons"} == {each["register"]["id"] for each in protected["registerCalls"]}


# ---------------------------------------------------------------- operations that cannot be run


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("{ claim(", "SYNTAX"),
        ("{ shoeSize }", "INVALID"),
        ("query ($id: ID!) { claim(id: $id) { id } }", "VARIABLES"),
        ("{ me { %s } }" % " ".join(f"a{place}: givenName" for place in range(31)), "LIMIT_ALIASES"),
        ("{ %s viewer { capacity } }" % " ".join("viewer { capacity }" for _ in range(21)), "LIMIT_ROOT_FIELDS"),
        ('{ explain(operation: "{ viewer { capacity } }") { allowed } }', "INVALID"),
        (
            'query ($b: Boolean = true) { viewer { capacity } explain(operation: "") @include(if: $b) { allowed } }',
            "INVALID",
        ),
        ("subscription { claimChanged }", "INVALID"),
        ("{ __schema { types { name } } }", "FORBIDDEN"),
    ],
)
def test_what_cannot_be_run_is_refused_with_its_code_and_never_an_error(
    gateway: RunningGateway, operation: str, code: str
) -> None:
    explanation = explain(gateway, operation, "anna")
    assert (explanation["allowed"], explanation["decisions"], explanation["registerCalls"]) == (False, [], [])
    assert {each["code"] for each in explanation["problems"]} == {code}


def test_a_slip_in_the_document_is_told_with_its_line_and_column_in_both_languages(gateway: RunningGateway) -> None:
    (slip,) = explain(gateway, "{\n  viewer { capacity\n", "anna")["problems"]
    assert slip["message"].endswith(" It is line 3, column 1.")
    asked = "query ($o: String!) { explain(operation: $o) { problems { message } } }"
    _, answer = gateway.post(asked, {"o": "{ shoeSize }"}, persona="anna", language="lv")
    assert answer["data"]["explain"]["problems"][0]["message"].endswith(" Tā ir 1. rinda, 3. zīme.")


def test_variables_that_are_no_object_are_a_problem(gateway: RunningGateway) -> None:
    explanation = explain(gateway, "{ viewer { capacity } }", "anna", variables=[1])
    assert [(each["code"], each["field"]) for each in explanation["problems"]] == [("VARIABLES", "/variables")]


def test_the_named_operation_is_explained(gateway: RunningGateway) -> None:
    document = "query A { viewer { capacity } } query B($id: ID!) { claim(id: $id) { status } }"
    explanation = explain(gateway, document, "anna", operationName="B", variables={"id": "demo-1"})
    assert [each["path"] for each in explanation["decisions"]] == ["claim", "claim.status"]
    assert explanation["allowed"]


# ---------------------------------------------------------------- nothing is left behind

STATE = '{ claims(first: 100) { totalCount } claim(id: "demo-1") { status history { note } assignedTo { id } } }'
MUTATIONS = """mutation {
  prepareClaim(input: {type: "housing-benefit", municipality: "0054000", applicant: {personCode: "39100000011"},
    answers: {tenure: "RENT", monthlyCosts: "310.50", account: "LV80BANK0000435195001"}}) { claim { id answers history { by } } }
  assignClaim(input: {id: "demo-1", thirdParty: "tp-support", assigned: false}) { claim { assignedTo { id } } }
  withdrawClaim(input: {id: "demo-1", reason: "no more"}) { claim { status applicant { ... on Person { givenName } } } }
  again: withdrawClaim(input: {id: "demo-1"}) { problems { code } }
}"""


def log_of(gateway: RunningGateway, persona: str) -> Any:
    _, body = gateway.post(
        "{ me { accessLog(first: 40) { edges { node { at who outcome action paths } } } } }", persona=persona
    )
    edges = clean(body)["me"]["accessLog"]["edges"]
    return [each["node"] for each in edges if not each["node"]["paths"][0].startswith("accessLog")][:10]


def test_a_mutation_is_rehearsed_and_changes_nothing(gateway: RunningGateway) -> None:
    gateway.post(STATE, persona="anna")
    _, before = gateway.post(STATE, persona="anna")
    log, cases = log_of(gateway, "anna"), gateway.control()["social_assistance"]["cases"]
    explanation = explain(gateway, MUTATIONS, "anna")
    told = by_path(explanation)
    assert [each["code"] for each in explanation["problems"]] == ["WRONG_STATUS"]
    assert not explanation["allowed"]
    assert told["prepareClaim"]["allowed"]
    assert told["withdrawClaim"]["rules"] == ["applicant-withdraws"]
    assert not told["again"]["allowed"]
    assert "You withdrew your claim “Housing benefit”." in explanation["accessLogEntries"]
    assert log_of(gateway, "anna") == log
    assert gateway.control()["social_assistance"]["cases"] == cases
    _, after = gateway.post(STATE, persona="anna")
    assert clean(after) == clean(before)


def test_a_submission_is_rehearsed_without_a_message(fresh_gateway: StartsGateway) -> None:
    with fresh_gateway() as gateway:
        draft = MUTATIONS.partition("assignClaim")[0] + "}"
        _, body = gateway.post(draft, persona="anna")
        claim = clean(body)["prepareClaim"]["claim"]["id"]
        gateway.clear_control()
        submit = f'mutation {{ submitClaim(input: {{id: "{claim}", idempotencyKey: "k"}}) {{ claim {{ status }} problems {{ code }} }} }}'
        assert explain(gateway, submit, "anna")["allowed"]
        _, body = gateway.post(f'{{ claim(id: "{claim}") {{ status delivery {{ attempts }} }} }}', persona="anna")
        assert clean(body)["claim"] == {"status": "DRAFT", "delivery": None}
        assert gateway.calls() == 0
        _, body = gateway.post(submit, persona="anna")
        assert clean(body)["submitClaim"]["problems"] == []


def test_only_an_attempt_on_what_is_not_open_is_recorded(gateway: RunningGateway) -> None:
    before = log_of(gateway, "anna")
    explain(gateway, SUPPORT, "ngo-support")
    assert log_of(gateway, "anna") == before
    explain(gateway, CLOSED % "demo-1", "ngo-families")
    newest = log_of(gateway, "anna")[0]
    assert (newest["who"], newest["outcome"], newest["action"]) == ('Biedrība "Ģimenēm"', "DENIED", "READ")
    assert newest["paths"] == ["applicant", "givenName", "name", "status"]
    withdraw = 'mutation { withdrawClaim(input: {id: "demo-1"}) { problems { code } } }'
    explain(gateway, withdraw, "ngo-families")
    newest = log_of(gateway, "anna")[0]
    assert (newest["outcome"], newest["action"], newest["paths"]) == ("DENIED", "WITHDRAW", ["withdrawClaim"])


def test_explaining_counts_against_the_quota_as_asking_does(fresh_gateway: StartsGateway) -> None:
    asked = '{ claim(id: "demo-1") { status } viewer { capacity } }'
    with fresh_gateway() as gateway:
        for _ in range(2):
            explain(gateway, asked, "ngo-quota")
        _, body = gateway.post(asked, persona="ngo-quota")
        assert [error["extensions"]["code"] for error in body["errors"]] == ["FORBIDDEN"]
        told = by_path(explain(gateway, asked, "ngo-quota"))
        assert told["claim"]["rules"] == ["contract-requests-per-day"]
        assert told["viewer.capacity"]["allowed"]
        withdraw = 'mutation { withdrawClaim(input: {id: "demo-1"}) { problems { code } } }'
        assert [each["code"] for each in explain(gateway, withdraw, "ngo-quota")["problems"]] == ["QUOTA_EXCEEDED"]


# ---------------------------------------------------------------- the command


def test_the_command_prints_what_the_graph_answers(gateway: RunningGateway, tmp_path: Any) -> None:
    file = tmp_path / "operation.graphql"
    file.write_text("query ($id: ID!) { claim(id: $id) { status applicant { ... on Person { income { gross } } } } }")
    given = {"id": "demo-1"}
    options = ("--variables", json.dumps(given), "--data", str(gateway.data))
    for persona, code in (("ngo-support", 1), ("officer-valmiera", 0), ("ngo-families", 1)):
        printed = command("explain", str(file), "--as", persona, *options, "--json")
        assert (printed.returncode, printed.stderr) == (code, "")
        assert json.loads(printed.stdout) == explain(gateway, file.read_text(), persona, variables=given)


def test_the_command_draws_a_tree_that_a_person_reads(gateway: RunningGateway, tmp_path: Any) -> None:
    file = tmp_path / "operation.graphql"
    file.write_text(SUPPORT)
    printed = command("explain", str(file), "--as", "ngo-support", "--data", str(gateway.data))
    assert printed.returncode == 1
    for line in (
        "As ngo-support: refused, 4 of 13 fields refused",
        "✓ first (givenName)  (housing-benefit-third-party-reads-evidence)",
        "✗ income  This evidence is not open to third parties. (third-party-evidence-not-marked)",
        "what to do: Do without it: the owner reads this evidence itself.",
        "Register calls, 3 at most",
        "the members of the household",
        'Biedrība "Atbalsts mājās" read your given name',
    ):
        assert line in printed.stdout
    assert re.search(r"Fizisko personu reģistrs \(natural_persons\) +PersonasDati +1 +1 person", printed.stdout)


def test_the_command_says_reasons_and_the_log_in_latvian_where_that_is_wanted(
    gateway: RunningGateway, tmp_path: Any
) -> None:
    file = tmp_path / "operation.graphql"
    file.write_text('{ claim(id: "demo-1") { applicant { ... on Person { income { gross } } } } }')
    given = ("explain", str(file), "--as", "ngo-support", "--data", str(gateway.data), "--language")
    printed = command(*given, "lv")
    assert (printed.returncode, printed.stderr) == (1, "")
    assert "Šīs ziņas trešajām pusēm nav atvērtas. (third-party-evidence-not-marked)" in printed.stdout
    assert "pieprasīja Jūsu ienākumus iesniegumam „Mājokļa pabalsts”; tas tika atteikts." in " ".join(
        printed.stdout.split()
    )
    assert command(*given, "xx").returncode == 2


def test_the_command_changes_nothing_and_needs_no_store(tmp_path: Any) -> None:
    file = tmp_path / "operation.graphql"
    file.write_text('mutation { withdrawClaim(input: {id: "demo-1"}) { claim { status } } }')
    for _ in range(2):
        printed = command("explain", str(file), "--as", "anna", "--data", str(tmp_path / "data"), "--json")
        assert printed.returncode == 0
        assert "demo world at its start" in printed.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("no-such-file", "--as", "anna"), "no-such-file: No such file or directory"),
        (("{file}", "--as", "nobody"), "there is no persona of that name"),
        (("{file}", "--as", "anna", "--variables", "[1]"), "--variables is not a JSON object"),
        (("{file}", "--as", "anna", "--variables", "{"), "--variables is not a JSON object"),
    ],
)
def test_a_wrong_call_is_one_line_and_two(tmp_path: Any, arguments: tuple[str, ...], said: str) -> None:
    file = tmp_path / "operation.graphql"
    file.write_text("{ viewer { capacity } }")
    done = command("explain", *(each.replace("{file}", str(file)) for each in arguments))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
