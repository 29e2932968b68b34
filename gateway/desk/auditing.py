"""The auditor's view of the access log. Reading it is itself recorded, before anything of it is given."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from sqlalchemy import Connection
from strawberry import ID

from gateway.audit.pseudonyms import hashes_of
from gateway.audit.record import AccessRecord, AccessSubject, append
from gateway.audit.references import CASE_REFERENCE, is_reference
from gateway.audit.search import Found, FoundPage, Search, find, subject_looked_for
from gateway.audit.view import BadCursor
from gateway.audit.who import as_read
from gateway.desk.acting import Acting
from gateway.desk.log import asked_below
from gateway.desk.scope import Scope, log_unavailable
from gateway.plan import asking
from gateway.store.errors import StoreUnavailable
from gateway.store.subjects import gone_into
from gateway.store.tables.columns import from_microseconds
from schema.graph.inputs import AccessRecordFilter
from schema.graph.paging import checked_first, page_info
from schema.graph.transparency import AccessEntry, AccessEntryConnection, AccessEntryEdge, no_door
from schema.ports import FieldError
from schema.terms import AccessOutcome, Capacity, ClaimAction, ClaimTypeCode, ErrorCode, SubjectRole
from schema.text import Text
from schema.wording import TAKE_ITS_CURSOR, UNKNOWN_CURSOR

_RULES = {AccessOutcome.PERMITTED: ("auditor-reads-log",), AccessOutcome.DENIED: ("case-reference-required",)}


class AuditDesk(Acting):
    """The auditor's part of the Claims port."""

    async def access_records(
        self, filter: AccessRecordFilter | None, first: int | None, after: str | None
    ) -> AccessEntryConnection:
        """One page of what an auditor looks for; the root field is open to auditors alone."""
        wanted, search = checked_first(first, 50), _search(filter)
        return await self._searched(search, _refusal_of(search), wanted, after)

    async def _searched(
        self, search: Search, refusal: FieldError | None, wanted: int, after: str | None
    ) -> AccessEntryConnection:
        outcome = AccessOutcome.PERMITTED if refusal is None else AccessOutcome.DENIED
        store = self._scope.house.store
        # Before the write, which is done by a thread that knows no request.
        asked = asked_below(asking.field.get(), "AccessEntryConnection")
        try:
            ids, places = await store.write(
                lambda c: self._recorded(c, search, outcome, asked), once_filed=search.person is not None
            )
            if refusal is not None:
                raise refusal
            named = None if search.person is None else places
            # Many rows: elsewhere than where everybody waits.
            found = await asyncio.to_thread(store.read_sync, lambda c: find(c, search, ids, named, wanted, after))
            people = {each.subject for each in found.found if each.subject is not None}
            hashes = await store.write(lambda c: hashes_of(c, people)) if people else {}
        except StoreUnavailable:
            raise log_unavailable() from None
        except BadCursor:
            raise unknown_cursor() from None
        return _connection(found, hashes, after, self._scope)

    def _recorded(
        self, connection: Connection, search: Search, outcome: AccessOutcome, asked: dict[str, str]
    ) -> tuple[frozenset[str], list[int]]:
        """Record the search; subject ids of the person that it names, and the places of the records about them."""
        scope = self._scope
        subject, places = subject_looked_for(connection, search)
        record = AccessRecord(
            at=scope.moment.now,
            request_id=scope.request_id,
            capacity=scope.party.capacity,
            organisation=scope.party.organisation,
            by_subject=scope.party.subject,
            who=scope.house.who(scope.party),
            claim=None,
            claim_type=None,
            action=ClaimAction.READ,
            outcome=outcome,
            coordinates=("Query.accessRecords", *dict.fromkeys(asked.values())),
            paths=("accessRecords", *(f"accessRecords.{path}" for path in asked)),
            rules=_RULES[outcome],
            policy_version=scope.policies.version,
            subjects=() if subject is None else (AccessSubject(subject, SubjectRole.APPLICANT),),
            search=search.written(connection, subject),
        )
        append(connection, [record])
        if search.person is None:
            return frozenset(), []
        return frozenset({subject or "", *gone_into(connection, subject or "")}), places


def unknown_cursor() -> FieldError:
    """What a cursor of another list answers."""
    return FieldError(ErrorCode.VARIABLES, UNKNOWN_CURSOR, remedy=TAKE_ITS_CURSOR)


def _refusal_of(search: Search) -> FieldError | None:
    """Why nothing is looked for: a person is named, and no case."""
    if search.person is None or search.case_reference is not None:
        return None
    return FieldError(
        ErrorCode.FORBIDDEN,
        Text(
            "Records about a named person are open for a case alone.",
            "Ieraksti par nosauktu personu ir pieejami tikai lietas ietvaros.",
        ),
        rule="case-reference-required",
        remedy=Text(
            "Give the reference of the case: filter { subject caseReference }.",
            "Norādiet lietas numuru: filter { subject caseReference }.",
        ),
    )


def _search(filter: AccessRecordFilter | None) -> Search:
    """What a filter asks for. Raises: FieldError(VARIABLES): a case reference that is none, a time without a zone."""
    if filter is None:
        return Search()
    if filter.case_reference is not None and not is_reference(filter.case_reference):
        raise FieldError(
            ErrorCode.VARIABLES,
            Text("`caseReference`: {what}.", "`caseReference`: {what}.").filled(what=CASE_REFERENCE),
            remedy=Text("Give the number of the case in this form.", "Norādiet lietas numuru šādā veidā."),
        )
    for moment in (filter.from_, filter.to):
        if moment is not None and moment.tzinfo is None:
            raise FieldError(
                ErrorCode.VARIABLES,
                Text("A time has its zone: 2026-11-27T09:00:00Z.", "Laikam norāda joslu: 2026-11-27T09:00:00Z."),
                remedy=Text("Add Z, or an offset as +02:00.", "Pievienojiet Z vai nobīdi kā +02:00."),
            )
    return Search(
        claim=filter.claim,
        organisation=filter.organisation,
        capacity=filter.capacity,
        outcome=filter.outcome,
        since=filter.from_,
        until=filter.to,
        person=filter.subject,
        case_reference=filter.case_reference,
    )


def _connection(found: FoundPage, hashes: dict[str, str], after: str | None, scope: Scope) -> AccessEntryConnection:
    edges = [AccessEntryEdge(cursor=each.cursor, node=_entry(each, hashes, scope)) for each in found.found]
    shown = page_info([each.cursor for each in edges], after, has_next=found.has_next, end=found.end)
    return AccessEntryConnection(edges=edges, page_info=shown)


def _entry(found: Found, hashes: dict[str, str], scope: Scope) -> AccessEntry:
    row: dict[str, Any] = found.row
    type_, role = row["claim_type"], row["role"]
    code = None if type_ is None else ClaimTypeCode(type_)
    hash_ = None if found.subject is None else hashes.get(found.subject)
    return AccessEntry(
        at=from_microseconds(row["at"]),
        who=as_read(row["who"]),
        capacity=Capacity(row["capacity"]),
        action=ClaimAction(row["action"]),
        claim_key=no_door() if found.claim is not None else None,
        claim_type_code=code,
        fields=_list(row["coordinates"]),
        outcome=AccessOutcome(row["outcome"]),
        legal_basis=scope.basis(code, row["legal_basis"]),
        paths=_list(row["paths"]),
        # About nobody: the attempt of whoever asked.
        subject_role=SubjectRole.SELF if role is None else SubjectRole(role),
        disclosed_at=from_microseconds(row["disclosed_at"]),
        policy_version=row["policy_version"],
        claim_id=None if found.claim is None else ID(found.claim),
        subject_hash=None if hash_ is None else ID(hash_),
        rules=_list(row["rules"]),
    )


def _list(text: str) -> list[str]:
    found: list[str] = orjson.loads(text)
    return found
