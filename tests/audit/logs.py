"""Logs that tests of tamper evidence begin from: many kinds of records, checkpoints in the store and outside."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from gateway.audit.checkpoints import Checkpointer
from gateway.audit.kept_outside import KeptOutside
from gateway.audit.notes import Signer
from gateway.audit.record import AccessRecord, AccessSubject, append
from gateway.store.filing import file_records
from gateway.store.store import Store
from gateway.store.subjects import person_subject, record_codes
from schema.terms import AccessOutcome, Capacity, ClaimAction, ClaimTypeCode, PersonCode, SubjectRole

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SIGNER = Signer("csc-gateway-test", bytes(range(32)))
PEOPLE = [PersonCode(f"3910000{number:04}") for number in range(12)]
_CAPACITIES = (Capacity.OWNER_OFFICER, Capacity.CLERK, Capacity.THIRD_PARTY_WORKER)


def records(count: int, people: list[str], seed: int = 1) -> Iterator[AccessRecord]:
    """Records of all sorts: with co-subjects, with nobody, refused; a second apart."""
    chance = random.Random(seed)
    for number in range(count):
        role = chance.choice((SubjectRole.APPLICANT, SubjectRole.CO_SUBJECT))
        about = chance.sample(people, chance.choice((0, 1, 1, 1, 2, 3)) if role is SubjectRole.CO_SUBJECT else 1)
        yield AccessRecord(
            at=NOW + timedelta(seconds=number),
            request_id=f"r-{number}",
            capacity=chance.choice(_CAPACITIES),
            organisation=chance.choice((None, "tp-support", "social-0054000")),
            by_subject="s-worker",
            who='Biedrība "Atbalsts mājās"',
            claim=f"demo-{chance.randrange(6)}",
            claim_type=ClaimTypeCode("housing-benefit"),
            action=ClaimAction.READ_EVIDENCE,
            outcome=chance.choice((AccessOutcome.PERMITTED, AccessOutcome.DENIED)),
            coordinates=("Person.givenName", "Person.income"),
            paths=("givenName", "income(months<=3)"),
            rules=("a-rule",),
            policy_version="0123456789abcdef",
            subjects=tuple(AccessSubject(each, role) for each in about),
            legal_basis="A law",
            registers=("natural_persons",),
        )


class Written:
    """A store in a folder, with its log and what is kept outside.

    Args:
        outside: name of the file beside it.
    """

    def __init__(self, folder: Path, outside: str = "outside") -> None:
        self.path = folder / "store.sqlite"
        self.outside = KeptOutside(folder / outside)
        self.store = Store.open(f"sqlite:///{self.path}")
        self.people = self.store.write_sync(lambda c: [person_subject(c, code, NOW) for code in PEOPLE])
        self.checkpointer = Checkpointer(self.store, SIGNER, self.outside, lambda: NOW)

    def write(self, count: int, seed: int = 1) -> None:
        """Records, an amendment of the first and of the last, and a checkpoint."""

        def job(connection: Connection) -> None:
            places = append(connection, records(count, self.people, seed))
            for place in (places[0], places[-1]):
                (failed,) = records(1, self.people, seed)
                amending = AccessRecord(**{**_fields(failed), "outcome": AccessOutcome.FAILED, "amends": place})
                append(connection, [amending])

        self.store.write_sync(job)
        self.checkpointer.sign()

    def file(self) -> None:
        """File what waits."""
        self.store.write_sync(file_records)

    def merge(self) -> None:
        """Two people turn out to be one."""
        self.store.write_sync(lambda c: record_codes(c, PEOPLE[0], [PEOPLE[1]], NOW))

    def close(self) -> Path:
        """The file, with nothing beside it."""
        self.store.close()
        return self.path


def _fields(record: AccessRecord) -> dict[str, object]:
    return {name: getattr(record, name) for name in AccessRecord.__dataclass_fields__}


def whole_log(folder: Path) -> Path:
    """A log with everything in it: checkpoints, filings, a merge, amendments, more than one tile."""
    log = Written(folder)
    log.write(300)
    log.file()
    log.merge()
    log.write(200, 2)
    log.file()
    log.write(20, 3)
    return log.close()
