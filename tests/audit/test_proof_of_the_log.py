"""What proves the log, and what does not: trees, notes, checkpoints, proofs, erasure and exports."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from adapters.kit.aside import somebody_computes
from gateway.audit import checkpoints
from gateway.audit.checkpoints import LogAltered
from gateway.audit.erasure import CannotForget, forget
from gateway.audit.export import export
from gateway.audit.leaves import ROW, SELECT_ROWS, NotAsWritten, encoded
from gateway.audit.notes import BadNote, Checkpoint, Signer, Verifier, notes_in
from gateway.audit.proof import NoProof, check, prove
from gateway.audit.pseudonyms import hashes_of, opened, sealed
from gateway.audit.record import append, id_of
from gateway.audit.references import is_reference
from gateway.audit.signing import make_key, read_key, signing_key
from gateway.audit.tree import Frontier, inclusion, leaf_hash, root_by_path, root_of
from gateway.audit.verification import verify
from gateway.store.filing import file_records
from gateway.store.log_rows import LogRows
from gateway.store.prepared import driver
from gateway.store.tables.proof import log_events
from schema.terms import PersonCode
from tests.audit import append_cost, mutations, verify_million
from tests.audit.logs import NOW, PEOPLE, SIGNER, Written, records, whole_log
from tests.store.rows import log_rows

LEAVES = st.lists(st.binary(max_size=8), max_size=70)


def plain_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word by word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + plain_root(leaves[:split]) + plain_root(leaves[split:])).digest()


@given(LEAVES)
def test_a_tree_that_grows_is_the_tree_of_the_standard(leaves: list[bytes]) -> None:
    grown = Frontier.of(map(leaf_hash, leaves))
    assert grown.root() == plain_root(leaves)
    assert Frontier.read(grown.size, grown.written()).root() == grown.root()


@given(LEAVES.filter(bool), st.data())
def test_a_path_leads_from_its_leaf_to_the_root_and_from_no_other(leaves: list[bytes], data: st.DataObject) -> None:
    hashes = [leaf_hash(str(number).encode() + each) for number, each in enumerate(leaves)]
    index = data.draw(st.integers(0, len(hashes) - 1))
    path = inclusion(hashes, index)
    assert root_by_path(hashes[index], index, len(hashes), path) == root_of(hashes)
    other = data.draw(st.integers(0, len(hashes) - 1))
    if other != index:
        assert root_by_path(hashes[other], index, len(hashes), path) != root_of(hashes)
        assert root_by_path(hashes[index], other, len(hashes), path) != root_of(hashes)
    assert root_by_path(hashes[index], index, len(hashes), [*path, hashes[0]]) is None


VALUES = st.none() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=5)
TWO_ROWS = st.tuples(*[st.lists(VALUES, min_size=len(ROW), max_size=len(ROW))] * 2)


@given(TWO_ROWS)
def test_rows_that_differ_have_other_texts_and_anybody_can_write_them(rows: tuple[list[object], list[object]]) -> None:
    one, other = rows
    assert (encoded(ROW, one) == encoded(ROW, other)) is (one == other)
    said = {name: value for name, value in zip(ROW, one, strict=True) if value is not None}
    assert encoded(ROW, one) == json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize("value", [1.0, b"x", "\ud800"])
def test_what_no_gateway_writes_is_no_leaf(value: object) -> None:
    with pytest.raises(NotAsWritten):
        encoded(ROW, [value] * len(ROW))


def test_a_note_is_the_published_example_of_its_format() -> None:
    # The example of golang.org/x/mod/sumdb/note: a key, a text and the signature of that key.
    verifier = Verifier.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    note = f"{text}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    assert verifier.open(note) == text
    with pytest.raises(BadNote):
        verifier.open(note.replace("answer", "Answer"))


def test_a_key_is_read_back_and_another_name_is_another_key(tmp_path: Path) -> None:
    assert Signer.parse(SIGNER.secret()).verifier == SIGNER.verifier == Verifier.parse(str(SIGNER.verifier))
    assert SIGNER.secret() not in repr(SIGNER)
    made = make_key(tmp_path / "key", "a-log")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert make_key(tmp_path / "key", "another") != read_key(tmp_path / "key").verifier == made
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(ValueError, match="read by others"):
        read_key(tmp_path / "key")
    with pytest.raises(ValueError, match="production needs a key"):
        signing_key(None, tmp_path, production=True)
    for wrong in ("", "PRIVATE+KEY+a+b+c", str(SIGNER.verifier)):
        with pytest.raises(BadNote):
            Signer.parse(wrong)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Written]:
    log = Written(tmp_path)
    yield log
    log.store.close()


def test_the_event_loop_waits_a_short_turn_for_rows_to_be_hashed(log: Written) -> None:
    seen: list[tuple[str, bool]] = []
    with log.store.looking_up() as connection:
        driver(connection).set_trace_callback(lambda sql: seen.append((sql, somebody_computes())))
    log.write(3)
    read = [computes for sql, computes in seen if sql.startswith(f"{SELECT_ROWS} WHERE place >")]
    assert read == [True]
    assert not somebody_computes()


def signed(log: Written) -> list[Checkpoint]:
    return [Checkpoint.parse(SIGNER.verifier.open(note)) for note in log.outside.notes()]


def test_a_gateway_that_starts_again_goes_on_with_the_same_tree(log: Written, tmp_path: Path) -> None:
    for turn in range(4):
        log.write(130, turn)
        log.store.close()
        log = Written(tmp_path)
    assert log.checkpointer.sign() is None
    assert [each.size for each in signed(log)] == [132, 264, 396, 528]
    log.store.close()
    verdict = verify(log.path, SIGNER.verifier, log.outside.notes())
    assert (verdict.findings, verdict.covered, verdict.outside) == ([], 528, 4)


def test_what_was_not_kept_outside_is_kept_with_the_next(log: Written, tmp_path: Path) -> None:
    log.write(3)
    kept = log.outside.path.read_text()
    log.outside.path.unlink()
    log.outside.path.mkdir()
    with pytest.raises(IsADirectoryError):
        log.write(3, 2)
    log.outside.path.rmdir()
    log.outside.path.write_text(kept + "csc-gateway-test\n9")
    log.write(3, 3)
    notes = list(log.outside.notes())
    assert len(notes) == 4
    verdict = verify(log.path, SIGNER.verifier, notes)
    assert verdict.holds
    assert verdict.remarks == ["checkpoint 2 outside was half written, and says nothing"]


@pytest.mark.parametrize(
    "change",
    ["DELETE FROM access_records WHERE place = (SELECT max(place) FROM access_records)", "DELETE FROM log_checkpoints"],
)
def test_nothing_is_signed_on_top_of_a_log_that_was_changed(log: Written, tmp_path: Path, change: str) -> None:
    log.write(5)
    log.store.write_sync(lambda c: c.exec_driver_sql(change).close())
    log.store.close()
    again = Written(tmp_path)
    try:
        with pytest.raises(LogAltered):
            again.checkpointer.sign()
        assert not again.checkpointer.sign_or_say()
    finally:
        again.store.close()
    assert len(signed(log)) == 1


async def test_a_thousand_records_are_signed_at_once_and_it_ends_when_it_is_told(log: Written) -> None:
    for turn in range(6):
        async with log.checkpointer.running():
            await log.store.write(lambda c: append(c, records(1_001, log.people)))
            if turn:
                continue
            while not log.outside.path.exists() or signed(log)[-1].size < 1_001:  # noqa: ASYNC110 - a file tells nobody
                await asyncio.sleep(0.01)
    assert signed(log)[-1].size == 6 * 1_001
    assert len(signed(log)) <= 12


async def test_what_comes_soon_after_a_thousand_records_is_under_the_same_head(
    log: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "GATHER_SECONDS", 3.0)
    log.write(1)  # signed by hand
    async with log.checkpointer.running():
        for _ in range(3):
            await log.store.write(lambda c: append(c, records(1_001, log.people)))
        while signed(log)[-1].size < 1 + 3 * 1_001:  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.01)
        assert len(signed(log)) == 2


async def test_of_a_list_every_claim_counts_and_not_every_person(log: Written) -> None:
    counted: list[int] = []
    log.store.on_records(counted.append)
    await log.store.append(LogRows(log_rows(2).rows, 500, 2_000))
    await log.store.write(lambda connection: None)  # It is told after who waits for the rows.
    assert counted == [500]


def test_every_change_of_a_copy_is_found(tmp_path: Path) -> None:
    found = mutations.run(tmp_path, 2 * len(mutations.MUTATIONS), seed=7)
    assert {name: kinds["not found"] for name, kinds in found.items() if kinds["not found"]} == {}
    assert set(found["edit a column"]) == {"edited"}
    assert set(found["swap two rows"]) == {"moved"}
    assert set(found["insert a row"]) == {"inserted"}


TAKES = "BEGIN DELETE FROM access_records WHERE organisation IS NULL AND request_id <> 'r-0'; END"
SILENTLY = (
    f"CREATE TRIGGER taking AFTER INSERT ON access_records {TAKES}",
    f"CREATE TRIGGER taking AFTER INSERT ON ACCESS_RECORDS {TAKES}",
    f"CREATE TRIGGER taking AFTER INSERT ON subjects {TAKES}",
    "CREATE TABLE new (organisation NOT NULL ON /* */ conflict IGNORE, {columns})",
    "CREATE TABLE new (organisation REFERENCES subjects (id) ON DELETE CASCADE, {columns})",
)


@pytest.mark.parametrize("sabotage", SILENTLY)
def test_what_would_take_rows_out_before_they_are_signed_is_found(tmp_path: Path, sabotage: str) -> None:
    path = whole_log(tmp_path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM log_checkpoints")
        connection.execute("DELETE FROM log_leaves")
        others = ", ".join(each for each in ROW[1:] if each != "organisation")
        connection.execute(sabotage.format(columns=f"place INTEGER PRIMARY KEY, {others}"))
        if "TABLE" in sabotage:
            connection.execute("DROP TABLE access_records")
            connection.execute("ALTER TABLE new RENAME TO access_records")
    (found,) = [each for each in verify(path, SIGNER.verifier).findings if each.what == "replaced"]
    assert ("taking" in found.where) is ("TRIGGER" in sabotage)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE person_codes SET subject = 's-new' WHERE subject = ?",
        "DELETE FROM person_codes WHERE subject = ?",
        "INSERT INTO subject_keys (subject, key) VALUES (?, NULL)",
    ],
)
def test_a_log_that_is_nobodys_any_more_though_nobody_was_forgotten_is_found(log: Written, change: str) -> None:
    log.write(20)
    log.merge()
    kept, other = log.people[0], log.people[4]
    log.store.write_sync(lambda c: forget(c, PEOPLE[1], "E-1/2026", "operator", NOW))
    log.checkpointer.sign()
    assert verify(log.path, SIGNER.verifier, log.outside.notes()).findings == []
    with closing(sqlite3.connect(log.path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO subjects (id, kind, created_at) VALUES ('s-new', 'LEGAL_ENTITY', 1)")
        connection.execute(change, (other,))
    (found,) = verify(log.path, SIGNER.verifier, log.outside.notes()).findings
    assert found.what == "people"
    assert other in found.where
    assert kept not in found.where


def test_a_checkpoint_outside_alone_tells_that_the_end_was_cut_off(tmp_path: Path) -> None:
    path = whole_log(tmp_path)
    outside = (tmp_path / "outside").read_text()
    with closing(sqlite3.connect(path)) as connection:
        places = [row[0] for row in connection.execute("SELECT place FROM access_records ORDER BY place")]
        (first,) = connection.execute("SELECT last_place FROM log_checkpoints WHERE number = 1").fetchone()
        connection.execute("DELETE FROM access_records WHERE place > ?", (first,))
        connection.execute("DELETE FROM log_checkpoints WHERE number > 1")
        mutations._make_leaves_fit(connection)
        for table in ("access_subjects", "access_filings", "log_events", "merged_subjects"):
            connection.execute(f"DELETE FROM {table}")
        connection.commit()
    assert verify(path, SIGNER.verifier).holds
    verdict = verify(path, SIGNER.verifier, notes_in(outside))
    assert verdict.counts["truncated"] == 1
    assert str(len(places) - verdict.rows) in verdict.findings[-1].where or "missing" in str(verdict.findings)


def test_a_proof_is_checked_by_a_few_lines_that_know_nothing_of_the_gateway(tmp_path: Path) -> None:
    path = whole_log(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT place, token FROM access_records ORDER BY place").fetchall()
    for at in (0, 255, 256, 300, len(rows) - 1):
        proof = msgspec.to_builtins(prove(path, id_of(*rows[at], 0)))
        index, size, node = proof["index"], proof["size"], hashlib.sha256(b"\x00" + proof["row"].encode()).digest()
        last = size - 1
        for each in map(base64.b64decode, proof["path"]):
            if index & 1 or index == last:
                node = hashlib.sha256(b"\x01" + each + node).digest()
                while index and not index & 1:
                    index, last = index >> 1, last >> 1
            else:
                node = hashlib.sha256(b"\x01" + node + each).digest()
            index, last = index >> 1, last >> 1
        text, _, signature = proof["checkpoint"].rpartition("\n\n")
        assert base64.b64encode(node).decode() == text.splitlines()[2]
        Ed25519PublicKey.from_public_bytes(SIGNER.verifier.public).verify(
            base64.b64decode(signature.split()[-1])[4:], f"{text}\n".encode()
        )
        assert check(json.dumps(proof), SIGNER.verifier).row["place"] == rows[at][0]


def test_a_proof_that_was_changed_proves_nothing(tmp_path: Path) -> None:
    path = whole_log(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        place, token = connection.execute("SELECT place, token FROM access_records").fetchone()
    proof = msgspec.to_builtins(prove(path, id_of(place, token, 0)))
    assert check(json.dumps(proof), SIGNER.verifier).number == 0
    for change in (
        {"row": proof["row"].replace("housing-benefit", "old-age-pension")},
        {"row": proof["row"].replace(":", ": ", 1)},
        {"index": 1},
        {"index": -1},
        {"size": proof["size"] + 1},
        {"path": proof["path"][:-1]},
        {"path": ["x"]},
        {"record": id_of(place, token, 9)},
        {"record": id_of(place + 1, token, 0)},
        {"checkpoint": proof["checkpoint"].replace("526", "527")},
        {"more": 1},
    ):
        with pytest.raises(NoProof):
            check(json.dumps(proof | change), SIGNER.verifier)
    with pytest.raises(NoProof, match="not signed by this key"):
        check(json.dumps(proof), mutations._OTHERS.verifier)
    for record in ("", "nothing", id_of(place, "0" * 16, 0), id_of(place, token, 9)):
        with pytest.raises(NoProof):
            prove(path, record)


def test_who_is_forgotten_is_in_the_log_and_nobody_can_say_who_it_is(log: Written, tmp_path: Path) -> None:
    log.write(40)
    log.merge()
    log.file()
    code, former = PEOPLE[0], PEOPLE[1]
    subject = log.people[0]
    seal = log.store.write_sync(lambda c: sealed(c, subject, code))
    assert seal is not None
    assert log.store.write_sync(lambda c: opened(c, [subject], seal)) == code
    before = log.store.write_sync(lambda c: hashes_of(c, log.people))
    assert before[log.people[0]] == before[log.people[1]] != before[log.people[2]]
    log.store.write_sync(lambda c: forget(c, former, "E-1/2026", "operator", NOW))
    after = log.store.write_sync(lambda c: hashes_of(c, log.people))
    assert after == {each: before[each] for each in log.people[2:]}
    assert log.store.write_sync(lambda c: opened(c, [subject], seal)) is None
    assert log.store.write_sync(lambda c: sealed(c, subject, code)) is None
    for known in (code, former):
        with pytest.raises(CannotForget, match="nobody"):
            log.store.write_sync(lambda c, known=known: forget(c, known, "E-1/2026", "operator", NOW))  # type: ignore[misc]
    log.checkpointer.sign()
    assert verify(log.path, SIGNER.verifier, log.outside.notes()).holds
    everything = log.store.read_sync(lambda c: "\n".join(c.connection.driver_connection.iterdump()))
    assert code.digits not in everything
    assert former.digits not in everything
    assert PEOPLE[2].digits in everything


def test_an_export_names_nobody_and_is_itself_recorded(log: Written) -> None:
    log.write(30)
    lines = [orjson.loads(line) for line in export(log.store, None, NOW.replace(hour=23), case="A-1", by="me", now=NOW)]
    assert len(lines) == 32
    text = orjson.dumps(lines).decode()
    assert not any(each in text for each in log.people)
    assert not any(PersonCode(each.digits).digits in text for each in PEOPLE)
    assert {each["amends"] for each in lines if "amends" in each} <= {each["id"] for each in lines}
    (event,) = log.store.read_sync(lambda c: c.execute(select(log_events)).all())
    assert (event.kind, event.body["case"], event.body["by"]) == ("EXPORTED", "A-1", "me")
    few = list(export(log.store, NOW.replace(second=5), NOW.replace(second=10), case=None, by="me", now=NOW))
    assert [orjson.loads(line)["at"][17:19] for line in few] == ["05", "06", "07", "08", "09"]
    log.checkpointer.sign()
    assert verify(log.path, SIGNER.verifier, log.outside.notes()).events == 2


def test_an_export_has_what_was_written_once_a_clock_that_went_ahead_was_put_right(log: Written) -> None:
    ahead = [replace(each, at=each.at + timedelta(days=2)) for each in records(250, log.people)]
    log.store.write_sync(lambda c: append(c, [*ahead, *records(20, log.people)]))
    found = list(export(log.store, NOW, NOW + timedelta(days=1), case=None, by="me", now=NOW))
    assert [orjson.loads(line)["requestId"] for line in found] == [f"r-{number}" for number in range(20)]


def test_filing_is_compared_whoever_was_merged_meanwhile(log: Written) -> None:
    log.write(60)
    log.file()
    log.write(60, 2)
    log.merge()
    log.write(60, 3)
    log.store.write_sync(file_records)
    assert verify(log.path, SIGNER.verifier, log.outside.notes()).findings == []


@settings(max_examples=30)
@given(st.text(max_size=70))
def test_a_case_reference_never_holds_a_personal_code(text: str) -> None:
    assert not is_reference(f"{text}391000-00011")
    assert not is_reference(f"{text} 39100000011")


def test_a_long_log_verifies_and_its_cost_is_measured(tmp_path: Path) -> None:
    _, verified, verdict = verify_million.run(tmp_path, 5_000)
    assert (verdict.findings, verdict.rows, verdict.covered, verdict.checkpoints) == ([], 5_000, 5_000, 5)
    assert verified < 60 * 5_000 / 1e6 * 5


def test_the_cost_of_a_record_is_shown_as_a_table(tmp_path: Path) -> None:
    lines: list[str] = []
    found = append_cost.table(tmp_path, 100, lines.append)
    assert set(found) == {1, 10, 50}
    assert len(lines) == 4
