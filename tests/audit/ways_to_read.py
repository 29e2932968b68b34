"""Every way in which a reading can end, each with its records."""

from __future__ import annotations

from dataclasses import replace

from tests.audit.ways import Ask, Row, Way, codes

LIGA, TOMS = "39100000033", "39100000044"


def _of(claim: str, fields: str) -> str:
    return '{ claim(id: "%s") { %s } }' % (claim, fields)


def _used_up(ask: Ask) -> str:
    for _ in range(3):
        ask("ngo-quota", _of("demo-1", "status"))
    return _of("demo-1", "status")


_EVIDENCE = "applicant { ... on Person { givenName declaredAddress { fullText } income { gross } } }"


_MEMBERS = "applicant { ... on Person { household { person { givenName } } } }"


_NAME = "applicant { ... on Person { givenName } }"


_OFFICER = "officer-reads-claim officer-reads-evidence"


_HOUSE = "Claim.applicant Person.household HouseholdMember.person Person.givenName"


_NOT_TOLD = "Person.income Income.gross"


def _failed(records: tuple[str, ...], fields: str, rules: str, registers: str, action: str, role: str) -> Row:
    return Row("FAILED", action, role, records, fields, rules, registers, amends=0, decided=False)


def _own_income_fails(fault: str) -> Way:
    of_peteris = ("- peteris",)
    opened, both = "citizen-reads-own-data", "natural_persons revenue"
    own = Row("PERMITTED", "READ_EVIDENCE", "SELF", of_peteris, f"Person.givenName {_NOT_TOLD}", opened, both)
    return Way(
        f"a register answers with {fault}",
        "peteris",
        "{ me { givenName income { gross } } }",
        (
            _undecided(own),
            _failed(of_peteris, _NOT_TOLD, opened, both, "READ_EVIDENCE", "SELF"),
        ),
        codes("REGISTER_UNAVAILABLE" if fault in ("http_500_html", "hang", "refuse") else "REGISTER_CONTRACT_BROKEN"),
        {"revenue": fault},
    )


def _undecided(row: Row) -> Row:
    return replace(row, decided=False)


READS = (
    Way(
        "permitted, but for one field",
        "ngo-support",
        _of("demo-1", f"status {_EVIDENCE}"),
        (
            Row(
                "PERMITTED",
                "READ_EVIDENCE",
                "APPLICANT",
                ("demo-1 anna",),
                "Claim.status Claim.applicant Person.givenName Person.declaredAddress Address.fullText",
                "housing-benefit-third-party-reads-claim housing-benefit-third-party-reads-evidence",
                "addresses natural_persons",
            ),
            Row("DENIED", "READ_EVIDENCE", "APPLICANT", ("demo-1 anna",), _NOT_TOLD, "third-party-evidence-not-marked"),
        ),
        codes("FORBIDDEN"),
    ),
    Way(
        "answered from what is held",
        "officer-valmiera",
        _of("demo-2", _NAME),
        (
            Row(
                "PERMITTED",
                "READ_EVIDENCE",
                "APPLICANT",
                ("demo-2 peteris",),
                "Claim.applicant Person.givenName",
                _OFFICER,
                "natural_persons",
            ),
        ),
        twice=True,
    ),
    Way(
        "oneself",
        "anna",
        "{ me { givenName } }",
        (
            Row(
                "PERMITTED",
                "READ",
                "SELF",
                ("- anna",),
                "Person.givenName",
                "citizen-reads-own-data",
                "natural_persons",
                decided=False,
            ),
        ),
    ),
    Way(
        "refused at the door",
        "ngo-support",
        _of("demo-2", f"status {_NAME}"),
        (
            Row(
                "DENIED",
                "READ",
                "APPLICANT",
                ("demo-2 peteris",),
                "Claim.status Claim.applicant Person.givenName",
                "no-door",
            ),
        ),
        codes("FORBIDDEN"),
    ),
    Way(
        "refused at the door, to another citizen",
        "janis",
        _of("demo-1", "status"),
        (Row("DENIED", "READ", "APPLICANT", ("demo-1 anna",), "Claim.status", "no-door", who="Another person"),),
        codes("FORBIDDEN"),
    ),
    Way(
        "of a claim that there is not",
        "ngo-support",
        _of("demo-99", "status"),
        (Row("DENIED", "READ", None, ("-",), "Claim.status", "no-door", decided=False),),
        codes("FORBIDDEN"),
    ),
    Way(
        "with a sign-in that is not sure enough",
        "anna-low",
        "{ me { givenName } }",
        (Row("DENIED", "READ", "SELF", ("- anna",), "Person.givenName", "assurance-too-low", decided=False),),
        codes("FORBIDDEN"),
    ),
    Way(
        "with a token that is no citizen's",
        "ilze",
        "{ me { givenName } }",
        (Row("DENIED", "READ", "SELF", ("- ilze",), "Person.givenName", "no-door", decided=False),),
        codes("FORBIDDEN"),
    ),
    Way(
        "whom a token acts for",
        "ilze",
        "{ viewer { actingFor { ... on Person { givenName } } } }",
        (
            Row(
                "PERMITTED",
                "READ",
                "APPLICANT",
                ("- peteris",),
                "Person.givenName",
                "token-names-whom-it-acts-for",
                "natural_persons",
                decided=False,
            ),
        ),
    ),
    Way(
        "how many match a filter, and nothing else of them",
        "ilze",
        "{ claims(filter: {statuses: [DRAFT]}) { totalCount } }",
        (
            Row(
                "PERMITTED",
                "READ",
                "APPLICANT",
                ("demo-3 peteris",),
                "Claim.id Claim.status",
                "mandate-holder-reads-claim",
            ),
        ),
    ),
    Way(
        "co-subjects whom only the register names",
        "officer-valmiera",
        _of("demo-1", _MEMBERS),
        (
            Row("PERMITTED", "READ_EVIDENCE", "APPLICANT", ("demo-1 anna",), _HOUSE, _OFFICER, "natural_persons"),
            Row(
                "PERMITTED",
                "READ_EVIDENCE",
                "CO_SUBJECT",
                (f"demo-1 janis {LIGA} {TOMS}",),
                _HOUSE.removeprefix("Claim.applicant "),
                _OFFICER,
                "natural_persons",
                decided=False,
            ),
        ),
    ),
    Way(
        "an argument that has no usable value",
        "officer-valmiera",
        _of("demo-1", "status applicant { ... on Person { income(months: 0) { gross } } }"),
        (
            Row(
                "PERMITTED",
                "READ_EVIDENCE",
                "APPLICANT",
                ("demo-1 anna",),
                f"Claim.status Claim.applicant {_NOT_TOLD}",
                _OFFICER,
                "revenue",
            ),
            _failed(("demo-1 anna",), _NOT_TOLD, _OFFICER, "", "READ_EVIDENCE", "APPLICANT"),
        ),
        codes("VARIABLES"),
    ),
    Way(
        "of a register that is not connected",
        "officer-valmiera",
        _of("demo-1", "status applicant { ... on Person { employmentStatus { unemployed } } }"),
        (
            Row(
                "PERMITTED",
                "READ_EVIDENCE",
                "APPLICANT",
                ("demo-1 anna",),
                "Claim.status Claim.applicant Person.employmentStatus EmploymentStatus.unemployed",
                _OFFICER,
            ),
            _failed(
                ("demo-1 anna",),
                "Person.employmentStatus EmploymentStatus.unemployed",
                _OFFICER,
                "",
                "READ_EVIDENCE",
                "APPLICANT",
            ),
        ),
        codes("REGISTER_NOT_CONNECTED"),
    ),
    *(_own_income_fails(fault) for fault in ("http_500_html", "hang", "garbage", "wrong_person")),
    Way(
        "withheld as a protected person's",
        "ngo-families",
        _of("demo-10", "applicant { ... on Person { givenName declaredAddress { fullText } } }"),
        (
            Row(
                "PERMITTED",
                "READ_EVIDENCE",
                "APPLICANT",
                ("demo-10 marta",),
                "Claim.applicant Person.givenName Person.declaredAddress Address.fullText",
                "kindergarten-queue-third-party-reads-claim kindergarten-queue-third-party-reads-evidence",
                "addresses natural_persons",
            ),
            Row(
                "DENIED",
                "READ_EVIDENCE",
                "APPLICANT",
                ("demo-10 marta",),
                "Person.declaredAddress Address.fullText",
                "protected-or-absent",
                "natural_persons",
                amends=0,
                decided=False,
            ),
        ),
        codes("PROTECTED"),
    ),
    Way(
        "by reference of another graph",
        "officer-valmiera",
        '{ _entities(representations: [{__typename: "Claim", id: "demo-1"}, {__typename: "Claim", id: "demo-7"}])'
        " { ... on Claim { status } } }",
        (
            Row("DENIED", "READ", "APPLICANT", ("demo-7 anna",), "Claim.status", "no-door"),
            Row("PERMITTED", "READ", "APPLICANT", ("demo-1 anna",), "Claim.status", "officer-reads-claim"),
        ),
        codes("FORBIDDEN"),
    ),
    Way(
        "by node",
        "anna",
        '{ node(id: "demo-1") { ... on Claim { status } } other: node(id: "demo-2") { ... on Claim { status } } }',
        (
            Row("DENIED", "READ", "APPLICANT", ("demo-2 peteris",), "Claim.status", "no-door", who="Another person"),
            Row("PERMITTED", "READ", "APPLICANT", ("demo-1 anna",), "Claim.status", "applicant-reads-claim"),
        ),
        codes("FORBIDDEN"),
    ),
    Way(
        "the same claim under two names",
        "officer-valmiera",
        '{ one: claim(id: "demo-1") { status } two: claim(id: "demo-1") { createdAt } }',
        (
            Row(
                "PERMITTED",
                "READ",
                "APPLICANT",
                ("demo-1 anna",),
                "Claim.status Claim.createdAt",
                "officer-reads-claim",
            ),
        ),
    ),
    Way(
        "a page of a list",
        "officer-valmiera",
        '{ claims(first: 10, filter: {types: ["housing-benefit"], statuses: [IN_REVIEW, GRANTED]})'
        " { edges { node { id %s } } } }" % _NAME,
        (
            Row(
                "PERMITTED",
                "READ_EVIDENCE",
                "APPLICANT",
                ("demo-1 anna",),
                "Claim.id Claim.applicant Person.givenName",
                _OFFICER,
                "natural_persons",
            ),
            Row("PERMITTED", "READ", "APPLICANT", ("demo-4 anna",), "Claim.id Claim.applicant", "officer-reads-claim"),
            Row("DENIED", "READ_EVIDENCE", "APPLICANT", ("demo-4 anna",), "Person.givenName", "default-deny"),
        ),
        codes("FORBIDDEN"),
    ),
    Way(
        "a list of two claims that stand alike",
        "marta",
        "{ claims(first: 10) { edges { node { status } } } }",
        (
            Row("PERMITTED", "READ", "APPLICANT", ("demo-10 marta",), "Claim.status", "applicant-reads-claim"),
            Row("PERMITTED", "READ", "APPLICANT", ("demo-6 marta",), "Claim.status", "applicant-reads-claim"),
        ),
    ),
    Way(
        "a refused operation explained",
        "ngo-support",
        '{ explain(operation: "{ claim(id: \\"demo-2\\") { status } }") { allowed } }',
        (Row("DENIED", "READ", "APPLICANT", ("demo-2 peteris",), "Claim.status", "no-door"),),
        goes_on=True,
    ),
    Way(
        "an allowed operation explained",
        "ngo-support",
        '{ explain(operation: "{ claim(id: \\"demo-1\\") { status } }") { allowed } }',
        (),
    ),
    Way(
        "over the requests of the day",
        "ngo-quota",
        _used_up,
        (Row("DENIED", "READ", None, ("-",), "Query.claim", "contract-requests-per-day", decided=False),),
        codes("QUOTA_EXCEEDED"),
    ),
    Way(
        "the own log",
        "anna",
        "{ me { accessLog(first: 1) { edges { node { who } } } } }",
        (
            Row(
                "PERMITTED",
                "READ",
                "SELF",
                ("- anna",),
                "Person.accessLog AccessEntryConnection.edges AccessEntryEdge.node AccessEntry.who",
                "citizen-reads-own-data",
                decided=False,
            ),
        ),
    ),
    Way(
        "an auditor's search",
        "auditor",
        '{ accessRecords(filter: {claim: "demo-1"}, first: 1) { pageInfo { hasNextPage } } }',
        (
            Row(
                "PERMITTED",
                "READ",
                None,
                ("-",),
                "Query.accessRecords AccessEntryConnection.pageInfo PageInfo.hasNextPage",
                "auditor-reads-log",
                decided=False,
                search=("claim",),
            ),
        ),
    ),
    Way(
        "an auditor's search for a person, for a case",
        "auditor",
        '{ accessRecords(filter: {subject: "39100000011", caseReference: "VK-1/2026"}, first: 1)'
        " { pageInfo { hasNextPage } } }",
        (
            Row(
                "PERMITTED",
                "READ",
                "APPLICANT",
                ("- anna",),
                "Query.accessRecords AccessEntryConnection.pageInfo PageInfo.hasNextPage",
                "auditor-reads-log",
                decided=False,
                search=("caseReference", "code", "named"),
            ),
        ),
    ),
    Way(
        "an auditor's search for a person, without a case",
        "auditor",
        '{ accessRecords(filter: {subject: "39100000011"}, first: 1) { pageInfo { hasNextPage } } }',
        (
            Row(
                "DENIED",
                "READ",
                "APPLICANT",
                ("- anna",),
                "Query.accessRecords AccessEntryConnection.pageInfo PageInfo.hasNextPage",
                "case-reference-required",
                decided=False,
                search=("code", "named"),
            ),
        ),
        codes("FORBIDDEN"),
    ),
    Way(
        "the whole log, to who is no auditor",
        "anna",
        "{ accessRecords(first: 1) { pageInfo { hasNextPage } } }",
        (Row("DENIED", "READ", None, ("-",), "Query.accessRecords", "auditors-read-log", decided=False),),
        codes("FORBIDDEN"),
        goes_on=True,
    ),
)
"""Ways to read."""
