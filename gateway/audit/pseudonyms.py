"""A key for each person in the log: it makes the hash that auditors see, and opens a code that a record holds.

The log names people by internal subject ids, which are random; only ``person_codes`` says whose they are. Of hashes and
codes that records and exports hold, nothing can be said any more once the person's key is gone.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Iterable
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.dialects.sqlite import insert as insert_or_replace

from gateway.store.prepared import Prepared, each_of, listed
from gateway.store.subjects import merged
from gateway.store.tables.proof import subject_keys
from schema.terms import PersonCode

_KEY_BYTES, _NONCE_BYTES = 32, 12
_KEYS = Prepared(
    select(subject_keys.c.subject, subject_keys.c.key).where(subject_keys.c.subject.in_(each_of("subjects")))
)
_KEY = Prepared(insert(subject_keys).values(subject=bindparam("subject"), key=bindparam("key")).inline())
_HASHED, _SEALED = b"access log", b"code in a search"
"""What a key is used for."""


def keys_of(connection: Connection, subjects: Iterable[str]) -> dict[str, bytes | None]:
    """Keys by subject; None where the person is forgotten. Only inside a write: whoever has none gets one."""
    asked = list(subjects)
    kept = merged(connection, asked)
    people = list(dict.fromkeys(kept.get(each, each) for each in asked))
    found: dict[str, bytes | None] = dict(_KEYS.rows(connection, subjects=listed(people)))
    new = {each: secrets.token_bytes(_KEY_BYTES) for each in people if each not in found}
    _KEY.write(connection, list(new.items()))
    found |= new
    return {each: found[kept.get(each, each)] for each in asked}


def hashes_of(connection: Connection, subjects: Iterable[str]) -> dict[str, str]:
    """What auditors see of subjects: the same for one person at all times, and for nobody to be found again without the
    key. Who is forgotten is not in the answer. Only inside a write."""
    keys = keys_of(connection, subjects)
    return {each: blake2b(_HASHED, key=key, digest_size=16).hexdigest() for each, key in keys.items() if key}


def sealed(connection: Connection, subject: str, code: PersonCode) -> str | None:
    """A person's code under the person's key; None where the person is forgotten. Only inside a write."""
    key = keys_of(connection, [subject])[subject]
    if key is None:
        return None
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, code.digits.encode(), _SEALED)).decode()


def opened(connection: Connection, subjects: Iterable[str], text: str) -> PersonCode | None:
    """The code that was sealed for one of the ids of a person; None where it cannot be read any more."""
    asked = list(subjects)
    people = dict.fromkeys([*asked, *merged(connection, asked).values()])
    for _, key in _KEYS.rows(connection, subjects=listed(list(people))):
        try:
            data = base64.b64decode(text, validate=True)
            return PersonCode(AESGCM(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], _SEALED).decode())
        except (binascii.Error, InvalidTag, TypeError, ValueError):
            continue
    return None


def erase_keys(connection: Connection, subjects: Iterable[str]) -> None:
    """Take the keys of all ids of a person away for good: nobody gets a new one under these ids."""
    for subject in subjects:
        statement = insert_or_replace(subject_keys).values(subject=subject, key=None)
        connection.execute(statement.on_conflict_do_update(index_elements=["subject"], set_={"key": None}))
