"""Proof that one record is in the log that was signed, for somebody who has neither the log nor a gateway."""

from __future__ import annotations

import base64
import binascii
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import orjson

from gateway.audit.checkpoints import PLACE_BYTES, TILE
from gateway.audit.copies import open_copy
from gateway.audit.leaves import ROW, SELECT_ROWS, NotAsWritten, encoded
from gateway.audit.notes import BadNote, Checkpoint, Verifier
from gateway.audit.record import read_id
from gateway.audit.tree import HASH_BYTES, inclusion, leaf_hash, root_by_path

_STEP = PLACE_BYTES + HASH_BYTES


class NoProof(Exception):  # noqa: N818 - the name says what happened
    """There is no such proof, or it proves nothing; the message says why."""


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As it is handed over: JSON.

    ``row`` is the leaf's text (:mod:`gateway.audit.leaves`) and holds the record among those that are alike. ``path``
    are hashes in base64 from the leaf up (RFC 6962, section 2.1.1), ``checkpoint`` is the signed note.
    """

    record: str
    row: str
    index: int
    size: int
    path: list[str]
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof proves: this record was in the log by then.

    Attributes:
        row: columns of its row, without those that are null.
        number: the record's own among those of the row, from 0.
    """

    record: str
    checkpoint: Checkpoint
    row: dict[str, Any]
    number: int


def prove(store: Path, record: str) -> Proof:
    """Make the proof of a record from the last checkpoint.

    Raises:
        NoProof: there is no such record, no checkpoint is over it yet, or the store's leaves are not what they were.
        NoStore: there is no store.
    """
    try:
        place, token, number = read_id(record)
    except ValueError as error:
        raise NoProof(str(error)) from None
    with closing(open_copy(store)) as connection:
        try:
            return _proof(connection, record, place, token, number)
        except sqlite3.Error as error:
            raise NoProof(f"the store cannot be read ({getattr(error, 'sqlite_errorname', 'damaged')})") from None


def _proof(connection: sqlite3.Connection, record: str, place: int, token: str, number: int) -> Proof:
    row = connection.execute(f"{SELECT_ROWS} WHERE place = ? AND token = ?", (place, token)).fetchone()
    if row is None or number >= len(orjson.loads(row[ROW.index("records")])):
        raise NoProof("there is no such record")
    last = connection.execute("SELECT size, note FROM log_checkpoints ORDER BY number DESC LIMIT 1").fetchone()
    tile = connection.execute(
        "SELECT number, leaves FROM log_leaves WHERE last_place >= ? ORDER BY number LIMIT 1", (place,)
    ).fetchone()
    if last is None or tile is None:
        raise NoProof("no checkpoint is over this record yet: one is signed every minute while a gateway runs")
    size, note = last
    leaves = [tile[1][at : at + _STEP] for at in range(0, len(tile[1]), _STEP)]
    leaf = leaf_hash(encoded(ROW, row))
    try:
        its = leaves.index(place.to_bytes(PLACE_BYTES, "big") + leaf)
    except ValueError:
        raise NoProof("the record is not what was signed: run gateway audit verify") from None
    roots = [each[0] for each in connection.execute("SELECT root FROM log_leaves ORDER BY number")]
    path = inclusion([each[PLACE_BYTES:] for each in leaves], its) + inclusion(roots, tile[0])
    return Proof(
        record=record,
        row=encoded(ROW, row).decode(),
        index=tile[0] * TILE + its,
        size=size,
        path=[base64.b64encode(each).decode() for each in path],
        checkpoint=note,
    )


def check(text: str | bytes, verifier: Verifier) -> Proven:
    """Check a proof by the public key alone. Raises: NoProof."""
    try:
        proof = msgspec.json.decode(text, type=Proof)
        path = [base64.b64decode(each, validate=True) for each in proof.path]
        place, token, number = read_id(proof.record)
        row = orjson.loads(proof.row)
        alike = orjson.loads(row["records"])
    except (msgspec.MsgspecError, binascii.Error, ValueError, KeyError, TypeError):
        raise NoProof("this is no proof of an access record") from None
    try:
        head = Checkpoint.parse(verifier.open(proof.checkpoint))
    except BadNote as error:
        raise NoProof(f"its checkpoint: {error}") from None
    if (row.get("place"), row.get("token")) != (place, token) or not 0 <= number < len(alike):
        raise NoProof("its row is another record's")
    try:
        written = encoded(ROW, [row.get(name) for name in ROW]).decode()
    except NotAsWritten:
        written = ""
    if written != proof.row:
        raise NoProof("its row is not written as a leaf is")
    if (
        proof.size != head.size
        or root_by_path(leaf_hash(proof.row.encode()), proof.index, proof.size, path) != head.root
    ):
        raise NoProof("its path does not lead to the root that was signed: the record is not the one in the log")
    return Proven(proof.record, head, row, number)
