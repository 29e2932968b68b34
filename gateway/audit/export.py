"""The log as it is handed to an auditor: a JSON object a record, people as hashes; that it was is itself recorded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Connection, insert

from gateway.audit.leaves import ROW, SELECT_ROWS
from gateway.audit.pseudonyms import hashes_of
from gateway.audit.record import id_of
from gateway.store.prepared import driver
from gateway.store.store import Store
from gateway.store.tables.columns import from_microseconds, to_microseconds
from gateway.store.tables.proof import LogEventKind, log_events
from schema.personal import may_hold_code

_ROWS_A_TURN = 200
"""Hashes are looked up inside a write: so many at a time that nobody waits long for it."""


def export(
    store: Store, since: datetime | None, until: datetime, *, case: str | None, by: str, now: datetime
) -> Iterator[bytes]:
    """Lines of JSON, each with its end, the oldest record first. That they are asked for is durable before the first.

    Args:
        since: at or after; None: from the beginning.
        until: before.
        case: what the auditor wants them for: a reference.
        by: who hands them over.

    Raises:
        StoreUnavailable: the store gives nothing, or cannot record that it did.
    """
    begin, end = 0 if since is None else to_microseconds(since), to_microseconds(until)
    body = {"since": begin, "until": end, "case": case, "by": by}
    event = {"at": now, "kind": LogEventKind.EXPORTED, "body": body}
    store.write_sync(lambda connection: connection.execute(insert(log_events), event).close())
    # A row's place is its time, or behind another's: where a clock went ahead, what was written since lies far behind
    # its time, so that the whole rest of the log is looked through.
    last = begin - 1
    while rows := store.read_sync(partial(_rows, after=last, begin=begin, end=end)):
        last = rows[-1][0]
        yield from store.write_sync(partial(lines, rows=rows))


def _rows(connection: Connection, after: int, begin: int, end: int) -> list[tuple[Any, ...]]:
    statement = f"{SELECT_ROWS} WHERE place > ? AND at >= ? AND at < ? ORDER BY place LIMIT {_ROWS_A_TURN}"
    found: list[tuple[Any, ...]] = driver(connection).execute(statement, (after, begin, end)).fetchall()
    return found


def lines(connection: Connection, rows: list[tuple[Any, ...]]) -> list[bytes]:
    """Records of some rows as lines. Only inside a write."""
    named = [dict(zip(ROW, row, strict=True)) for row in rows]
    records = [orjson.loads(row["records"]) for row in named]
    people = {each for record in records for _, about, *_ in record for each in about}
    hashes = hashes_of(connection, people | {row["by_subject"] for row in named})
    tokens = _tokens(connection, [row["amends"] for row in named if row["amends"] is not None])
    found = []
    for row, record in zip(named, records, strict=True):
        for number, (claim, about, *amended) in enumerate(record):
            line = _common(row, hashes) | {
                "id": id_of(row["place"], row["token"], number),
                "claim": claim,
                "subjects": [hashes.get(each) for each in about],
            }
            if row["amends"] in tokens and amended:
                line["amends"] = id_of(row["amends"], tokens[row["amends"]], amended[0])
            found.append(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    return found


def _common(row: dict[str, Any], hashes: dict[str, str]) -> dict[str, Any]:
    search = None if row["search"] is None else orjson.loads(row["search"])
    return {
        "id": None,
        "at": from_microseconds(row["at"]),
        "requestId": row["request_id"],
        "capacity": row["capacity"],
        "organisation": row["organisation"],
        "by": hashes.get(row["by_subject"]),
        "who": row["who"],
        "claimType": row["claim_type"],
        "action": row["action"],
        "outcome": row["outcome"],
        "role": row["role"],
        "disclosedAt": from_microseconds(row["disclosed_at"]),
        "fields": orjson.loads(row["coordinates"]),
        "paths": orjson.loads(row["paths"]),
        "rules": orjson.loads(row["rules"]),
        "policyVersion": row["policy_version"],
        "legalBasis": row["legal_basis"],
        "registers": orjson.loads(row["registers"]),
        # The code that was looked for is in the record alone, under the person's key.
        "search": None if search is None else {name: _shown(said) for name, said in search.items() if name != "code"},
    }


def _tokens(connection: Connection, places: list[int]) -> dict[int, str]:
    marks = ", ".join("?" * len(places))
    statement = f"SELECT place, token FROM access_records WHERE place IN ({marks})"  # noqa: S608 - marks alone
    return dict(driver(connection).execute(statement, places))


def _shown(said: Any) -> Any:
    """A condition of a search as an auditor wrote it; null where they wrote a personal code in the wrong place."""
    return None if may_hold_code(str(said)) else said
