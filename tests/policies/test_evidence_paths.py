"""Which evidence opens a path: against a second implementation, and case by case."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.kit.claim_type import ClaimTypeModule
from policies.kit.evidence import Evidence, EvidencePath, Step, least_restrictive, parse_asked, parse_path
from policies.kit.policy_set import PolicySet
from schema.terms import ApplicantKind, ClaimTypeCode, EvidenceScope

LOADED = PolicySet.load()
FIELDS = LOADED.fields
PERSON, ENTITY = ApplicantKind.PERSON, ApplicantKind.LEGAL_ENTITY
RANK = [EvidenceScope.THIRD_PARTIES, EvidenceScope.NO_THIRD_PARTIES, EvidenceScope.OWNER_ONLY]


def module(code: str) -> ClaimTypeModule:
    return LOADED.claim_types[ClaimTypeCode.parse(code)]


def opened(code: str, path: str, applicant: ApplicantKind = PERSON) -> str | None:
    """The scope and path of what opens ``path``, dark claim types as if they were built."""
    found = module(code).requirement(parse_asked(path, applicant, FIELDS), applicant)
    return f"{found.open_to} {found.path}" if found else None


@pytest.mark.parametrize(
    ("code", "path", "expected"),
    [
        ("housing-benefit", "givenName", "THIRD_PARTIES givenName"),
        ("housing-benefit", "birthDate", None),
        ("housing-benefit", "personCode", "NO_THIRD_PARTIES personCode"),
        ("housing-benefit", "restricted", "OWNER_ONLY restricted"),
        ("housing-benefit", "declaredAddress.fullText", "THIRD_PARTIES declaredAddress"),
        ("housing-benefit", "declaredAddress.municipality.name", "THIRD_PARTIES declaredAddress"),
        ("housing-benefit", "income.gross", "NO_THIRD_PARTIES income(months<=3)"),
        ("housing-benefit", "income(months=3).gross", "NO_THIRD_PARTIES income(months<=3)"),
        ("housing-benefit", "income(months=4).gross", None),
        ("housing-benefit", "household.relation", "THIRD_PARTIES household"),
        ("housing-benefit", "household.person.givenName", "THIRD_PARTIES household"),
        ("housing-benefit", "household.person.birthDate", "THIRD_PARTIES household"),
        ("housing-benefit", "household.person.personCode", None),
        ("housing-benefit", "household.person.declaredAddress.fullText", None),
        ("housing-benefit", "household.person.children.givenName", None),
        ("housing-benefit", "household.person.income.gross", "OWNER_ONLY household.person.income(months<=3)"),
        ("housing-benefit", "household.person.income(months=4).gross", None),
        ("housing-benefit", "household.person.properties.address.fullText", "OWNER_ONLY household.person.properties"),
        ("housing-benefit", "benefits.payer.name", "NO_THIRD_PARTIES benefits"),
        ("housing-benefit", "maritalStatus", None),
        ("guaranteed-minimum-income", "enterprises.entity.name", "NO_THIRD_PARTIES enterprises"),
        ("guaranteed-minimum-income", "enterprises.entity.properties.kind", None),
        ("annual-income-declaration", "income(months=12).gross", "THIRD_PARTIES income(months<=12)"),
        ("annual-income-declaration", "income(months=13).gross", None),
        ("annual-income-declaration", "taxBook.dependants.givenName", "THIRD_PARTIES taxBook"),
        ("annual-income-declaration", "taxBook.dependants.sex", None),
        ("annual-income-declaration", "children.givenName", "NO_THIRD_PARTIES children"),
        ("annual-income-declaration", "declaredAddress.fullText", None),
        ("kindergarten-queue", "children.givenName", "THIRD_PARTIES children"),
        ("kindergarten-queue", "children.declaredAddress.fullText", "OWNER_ONLY children.declaredAddress"),
        ("kindergarten-queue", "children.children.givenName", None),
        ("old-age-pension", "birthDate", "THIRD_PARTIES birthDate"),
    ],
)
def test_a_path_is_opened_by_the_evidence_that_covers_it(code: str, path: str, expected: str | None) -> None:
    assert opened(code, path) == expected


def test_a_legal_entitys_properties_are_evidence_of_the_claims_that_list_them() -> None:
    assert opened("cadastre-extract", "properties.kind", ENTITY) == "THIRD_PARTIES properties"
    assert opened("property-tax-relief", "properties.kind", ENTITY) == "NO_THIRD_PARTIES properties"
    assert opened("cadastre-extract", "officers.familyName", ENTITY) is None


@pytest.mark.parametrize("months", [None, 3, 2])
def test_an_absent_or_null_argument_is_its_default(months: int | None) -> None:
    path = (Step("income", {} if months is None else {"months": months}, "Income"), Step("gross", {}, ""))
    null = (Step("income", {"months": None}, "Income"), Step("gross", {}, ""))
    assert module("housing-benefit").requirement(path)
    assert module("housing-benefit").requirement(null)


@pytest.mark.parametrize("months", [4, 3.0, "3", True, 10**30])
def test_an_argument_that_is_no_integer_within_the_bound_opens_nothing(months: object) -> None:
    path = (Step("income", {"months": months}, "Income"), Step("gross", {}, ""))
    assert module("housing-benefit").requirement(path) is None


def test_an_argument_that_evidence_does_not_name_is_free() -> None:
    path = (Step("benefits", {"activeOnly": False}, "Benefit"), Step("kind", {}, ""))
    assert module("housing-benefit").requirement(path)


def test_the_name_of_a_type_is_open_where_the_object_is() -> None:
    def typename(path: str) -> bool:
        asked = (*parse_asked(path, PERSON, FIELDS), Step("__typename", {}, ""))
        return module("housing-benefit").requirement(asked) is not None

    assert typename("household")
    assert typename("household.person")
    assert not typename("children")
    assert module("housing-benefit").requirement((Step("__typename", {}, ""),)) is None


def test_every_listed_path_opens_itself_whether_or_not_new_claims_are_taken() -> None:
    for each in LOADED.claim_types.values():
        for evidence in each.evidence:
            asked = tuple(Step(step.field, {}, "") for step in evidence.steps)
            assert each.requirement(asked, evidence.applicant) is not None
    assert module("housing-benefit").requirement(()) is None


def test_a_members_means_and_a_childs_address_are_for_the_owner_alone() -> None:
    through_others = [
        evidence for each in LOADED.claim_types.values() for evidence in each.evidence if len(evidence.steps) > 1
    ]
    assert len(through_others) == 3 * 4 + 2
    assert {evidence.open_to for evidence in through_others} == {EvidenceScope.OWNER_ONLY}


@pytest.mark.parametrize(
    "text",
    [
        "", "income(months<3)", "income(months<=03)", "income(months<=)", "income(weeks<=3)", "income()", "Income",
        "income(months<=3,months<=4)", "income(months<=3", "income.", ".income", "income .gross", "givenName.x",
        "noSuchField", "claims", "accessLog", "household.person.mandatesGiven", "household.no",
        "benefits(activeOnly<=1)", "income(months<=-1)", "income(months<=٣)",
    ],
)  # fmt: skip
def test_another_notation_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_path(text, PERSON, FIELDS)


def test_a_bound_below_the_default_refuses_the_default() -> None:
    parsed = parse_path("income(months<=2)", PERSON, FIELDS)
    evidence = Evidence("income", PERSON, RANK[0], "", None, parsed.coordinate, parsed.steps)
    assert not evidence.opens((Step("income", {}, "Income"),))
    assert evidence.opens((Step("income", {"months": 2}, "Income"),))


# ---------------------------------------------------------------- a second, naive implementation

GRAPH = {
    "Person": {
        "givenName": "", "familyName": "", "birthDate": "", "sex": "", "declaredAddress": "Address",
        "household": "HouseholdMember", "children": "Person", "income": "Income", "taxBook": "TaxBook",
        "enterprises": "LegalEntityRole",
    },
    "HouseholdMember": {"person": "Person", "relation": ""},
    "Address": {"fullText": ""},
    "Income": {"gross": ""},
    "TaxBook": {"dependants": "Person", "employer": ""},
    "LegalEntityRole": {"entity": "LegalEntity"},
    "LegalEntity": {"name": "", "properties": "Property"},
    "Property": {"kind": ""},
}  # fmt: skip


@st.composite
def walks(draw: st.DrawFn, most: int) -> EvidencePath:
    steps: list[Step] = []
    at = "Person"
    for _ in range(draw(st.integers(1, most))):
        field = draw(st.sampled_from(sorted(GRAPH[at])))
        months = draw(st.sampled_from([None, 1, 3, 6, 12, 13])) if field == "income" else None
        at = GRAPH[at][field]
        steps.append(Step(field, {} if months is None else {"months": months}, at))
        if not at:
            break
    return tuple(steps)


@st.composite
def listed(draw: st.DrawFn) -> Evidence:
    fields = [step.field for step in draw(walks(3))]
    text = ".".join(fields)
    if "income" in fields and draw(st.booleans()):
        text = text.replace("income", f"income(months<={draw(st.sampled_from([3, 6, 12]))})")
    parsed = parse_path(text, PERSON, FIELDS)
    return Evidence(text, PERSON, draw(st.sampled_from(RANK)), "", None, parsed.coordinate, parsed.steps)


def naive_opens(evidence: str, path: EvidencePath) -> bool:
    """From the words of the rule, on text: nothing shared with the code."""
    wanted = evidence.split(".")
    for number, segment in enumerate(wanted):
        if number >= len(path) or segment.split("(")[0] != path[number].field:
            return False
        if "<=" in segment:
            given_months = path[number].arguments.get("months")
            if (3 if given_months is None else given_months) > int(segment.split("<=")[1][:-1]):  # type: ignore[operator]  # the strategy draws integers alone
                return False
    rest = list(path[len(wanted) :])
    reached = path[len(wanted) - 1]
    while rest:
        step = rest.pop(0)
        if reached.type == "Person":
            return not rest and step.field in ("givenName", "familyName", "birthDate")
        if reached.type == "LegalEntity" and step.field == "properties":
            return False
        reached = step
    return True


@settings(max_examples=1500, deadline=None)
@given(st.lists(listed(), max_size=5), walks(6))
def test_two_implementations_agree_on_what_opens_and_to_whom(evidence: list[Evidence], path: EvidencePath) -> None:
    found = least_restrictive(evidence, PERSON, path)
    scopes = [one.open_to for one in evidence if naive_opens(one.path, path)]
    assert (found.open_to if found else None) == (min(scopes, key=RANK.index) if scopes else None)


@settings(max_examples=300, deadline=None)
@given(listed(), walks(6))
def test_adding_evidence_never_closes_a_path(more: Evidence, path: EvidencePath) -> None:
    evidence = module("housing-benefit").evidence
    before, after = least_restrictive(evidence, PERSON, path), least_restrictive((*evidence, more), PERSON, path)
    if before is not None:
        assert after is not None
        assert RANK.index(after.open_to) <= RANK.index(before.open_to)
