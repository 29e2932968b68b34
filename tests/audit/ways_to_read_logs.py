"""Every way in which the log of another than oneself is read, each with its records."""

from __future__ import annotations

from tests.audit.ways import Row, Way
from tests.audit.ways_to_read import LIGA, TOMS

_OF_CHILD = "Person.childrenLogs ChildLog.accessLog AccessEntryConnection.pageInfo PageInfo.hasNextPage"
_BY_PARENT = "citizen-reads-own-data parent-reads-minors-log"

LOGS: tuple[Way, ...] = (
    Way(
        "a parent's view of minors' logs",
        "janis",
        "{ me { childrenLogs { accessLog(first: 1) { pageInfo { hasNextPage } } } } }",
        (
            Row("PERMITTED", "READ", "SELF", ("- janis",), _OF_CHILD, _BY_PARENT, "natural_persons", decided=False),
            Row(
                "PERMITTED",
                "READ_EVIDENCE",
                "CO_SUBJECT",
                (f"- {LIGA} {TOMS}",),
                _OF_CHILD,
                _BY_PARENT,
                "natural_persons",
                decided=False,
                who="A parent",
            ),
        ),
    ),
    Way(
        "the log of the legal entity that a token names",
        "director",
        "{ viewer { actingFor { ... on LegalEntity { name accessLog(first: 1) { pageInfo { hasNextPage } } } } } }",
        (
            Row(
                "PERMITTED",
                "READ",
                "SELF",
                ("- piemers",),
                "LegalEntity.accessLog AccessEntryConnection.pageInfo PageInfo.hasNextPage",
                "representative-reads-entitys-log",
                decided=False,
            ),
        ),
    ),
)
