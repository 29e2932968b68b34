"""What it costs to sign and to verify a long log: processor time of all threads.

``python -m tests.audit.verify_million [--records N]`` writes a log of single records, signs it as a gateway does (a head
every thousand records), files it, and verifies it with the checkpoints in the store and outside.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.audit import checkpoints
from gateway.audit.findings import Verdict
from gateway.audit.record import Alike, Said, row_of
from gateway.audit.verification import verify
from gateway.store.filing import append_rows
from gateway.store.log_rows import LogRows
from schema.terms import AccessOutcome, Capacity, ClaimAction, ClaimTypeCode, SubjectRole
from tests.audit.logs import NOW, SIGNER, Written

_PATHS = {f"household.person.field{number}": f"Person.field{number}" for number in range(6)}
_ALIKE = Alike(
    at=NOW,
    request_id="0192f3a1-7c1e-7d7e-9c1b-6f3d2b1a0c9d",
    capacity=Capacity.OWNER_OFFICER,
    organisation="social-0054000",
    by_subject="s-0123456789abcdef01234567",
    who="Valmieras novada Sociālo lietu pārvalde",
    claim_type=ClaimTypeCode("housing-benefit"),
    action=ClaimAction.READ_EVIDENCE,
    outcome=AccessOutcome.PERMITTED,
    role=SubjectRole.APPLICANT,
    said=Said.of(_PATHS, ("owner-reads-own-claims", "owner-reads-evidence")),
    policy_version="0123456789abcdef",
    legal_basis="Sociālo pakalpojumu un sociālās palīdzības likums",
    registers=("natural_persons", "revenue"),
)


def write(log: Written, records: int) -> None:
    """Rows of one record each, about 50,000 people."""
    chance = random.Random(1)
    for begin in range(0, records, 1_000):
        rows = []
        for number in range(begin, min(records, begin + 1_000)):
            alike = replace(_ALIKE, at=NOW + timedelta(milliseconds=number))
            person = chance.randrange(50_000)
            rows.append(row_of(alike, [(f"c-{person:020x}", (f"s-{person:024x}",))]))

        def job(connection: Connection, rows: list[tuple[object, ...]] = rows) -> None:
            append_rows(connection, LogRows(rows, len(rows), len(rows)))

        log.store.write_sync(job)
        log.checkpointer.sign()
    log.file()


def run(folder: Path, records: int, *, rest: float = 0.0) -> tuple[float, float, Verdict]:
    """Seconds of processor time to write and sign, and to verify; and what came of it."""
    checkpoints._REST_SECONDS = rest
    log = Written(folder)
    begun = time.process_time()
    write(log, records)
    written = time.process_time()
    log.close()
    notes = list(log.outside.notes())
    closed = time.process_time()
    verdict = verify(log.path, SIGNER.verifier, notes)
    return written - begun, time.process_time() - closed, verdict


def main() -> int:
    """Print what it cost; exit code 1 where the log does not hold, or costs more than a minute for a million records."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=1_000_000)
    given = parser.parse_args()
    with TemporaryDirectory() as name:
        written, verified, verdict = run(Path(name), given.records)
        size = sum(each.stat().st_size for each in Path(name).iterdir()) / 1e6
    sys.stdout.write(f"{verdict.rows} records, {size:.0f} MB, {verdict.checkpoints} checkpoints\n")
    sys.stdout.write(f"written, signed and filed in {written:.1f} s of processor time\n")
    sys.stdout.write(
        f"verified in {verified:.1f} s of processor time: {'holds' if verdict.holds else verdict.findings}\n"
    )
    return 0 if verdict.holds and verified <= 60 * max(1.0, given.records / 1e6) else 1


if __name__ == "__main__":
    sys.exit(main())
