"""Who is forgotten is nowhere in the store by a code: nobody can say any more whom the records are about."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, update

from gateway.audit.erasure import CannotForget, forget
from gateway.store.store import Store
from gateway.store.subjects import find_person
from gateway.store.tables.claims import claims, mandates
from gateway.store.tables.delivery import MessageState, outbox
from schema.terms import ClaimStatus, MandateStatus, PersonCode
from tests.audit.in_process import BEGINNING, Town

PETERIS, ILZE = PersonCode("39100000055"), PersonCode("39100000088")


def dump(store: Store) -> str:
    return store.read_sync(lambda c: "\n".join(c.connection.driver_connection.iterdump()))


def end_everything(connection: Connection, code: PersonCode) -> None:
    """Nothing of a person's own is under way."""
    subject = find_person(connection, code)
    own = claims.c.applicant == subject
    connection.execute(update(claims).where(own).values(status=ClaimStatus.GRANTED))
    messages = outbox.c.claim.in_([row.id for row in connection.execute(claims.select().where(own))])
    connection.execute(update(outbox).where(messages).values(state=MessageState.DONE))
    connection.execute(update(mandates).values(status=MandateStatus.REVOKED))


def test_no_message_that_was_sent_names_who_is_forgotten(town: Town) -> None:
    store = town.store
    store.write_sync(lambda c: end_everything(c, PETERIS))
    assert PETERIS.digits in dump(store).partition('INSERT INTO "outbox"')[2]
    store.write_sync(lambda c: forget(c, PETERIS, "E-1/2026", "operator", BEGINNING))
    assert PETERIS.digits not in dump(store)


def test_who_acted_for_another_is_not_named_either_and_not_forgotten_before_it_is_sent(town: Town) -> None:
    store = town.store

    def acted(connection: Connection, state: MessageState) -> None:
        end_everything(connection, ILZE)
        row = connection.execute(outbox.select().limit(1)).one()
        payload = row.payload | {"user": ILZE.digits}
        own = outbox.c.message_id == row.message_id
        connection.execute(update(outbox).where(own).values(payload=payload, state=state))

    store.write_sync(lambda c: acted(c, MessageState.WAITING))
    with pytest.raises(CannotForget, match="on its way"):
        store.write_sync(lambda c: forget(c, ILZE, "E-1/2026", "operator", BEGINNING))
    store.write_sync(lambda c: acted(c, MessageState.REFUSED))
    before = store.read_sync(lambda c: c.execute(outbox.select().limit(1)).one())
    store.write_sync(lambda c: forget(c, ILZE, "E-1/2026", "operator", BEGINNING))
    after = store.read_sync(lambda c: c.execute(outbox.select().limit(1)).one())
    assert after.payload == before.payload | {"user": None}
    assert ILZE.digits not in dump(store)
