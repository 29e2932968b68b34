"""Signed heads of the log's tree: checkpoints (C2SP tlog-checkpoint) in signed notes (C2SP signed-note), Ed25519.

A note is lines of text, an empty line, and lines of signatures. The text of a checkpoint is the name of the log, how
many rows the tree has, and its root in base64; behind them stand two lines of our own: ``time``, and ``events`` with
size and root of the second tree, that of ``log_events``.

Sources: https://c2sp.org/tlog-checkpoint, https://c2sp.org/signed-note.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.audit.tree import EMPTY, HASH_BYTES

_ED25519 = b"\x01"
"""Type of signature, as keys and their hashes name it."""
_DASH = "— "
_NAME = re.compile(r"[^\s+]{1,100}")
_SECRET = "PRIVATE+KEY"  # noqa: S105 - how a key's text begins, and no secret
_LINES = 5
"""Of a checkpoint's text."""
_SIGNATURE_BYTES = 68
"""Four of the key's hash, and 64."""
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class BadNote(ValueError):  # noqa: N818 - the name says what it is
    """A note or a key that is none, or that was not signed by this key. The message says which."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """The public half of a key."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Read ``name+hash+base64``. Raises: BadNote."""
        name, _, rest = text.strip().partition("+")
        hash_, _, data = rest.partition("+")
        public = _key_data(data)
        found = cls(name, public)
        if not _NAME.fullmatch(name) or hash_ != found.hash.hex():
            raise BadNote("this is no verifier key: its hash is another's")
        return found

    @property
    def hash(self) -> bytes:
        """Four bytes that name the key in a signature."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.hash.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"

    def open(self, note: str) -> str:
        """The text of a note that this key signed. Raises: BadNote."""
        text, signatures = _parted(note)
        for line in signatures:
            name, _, data = line.removeprefix(_DASH).partition(" ")
            signature = _decoded(data)
            if name != self.name or signature[:4] != self.hash:
                continue
            try:
                Ed25519PublicKey.from_public_bytes(self.public).verify(signature[4:], text.encode())
            except InvalidSignature:
                raise BadNote("the signature is not of this text") from None
            return text
        raise BadNote("the note is not signed by this key")


class Signer:
    """A key pair.

    Args:
        name: of the log and of its key: no white space, no plus sign.
        seed: 32 random bytes.
    """

    def __init__(self, name: str, seed: bytes) -> None:
        if not _NAME.fullmatch(name) or len(seed) != HASH_BYTES:
            raise BadNote("a key has a name without white space and plus sign, and 32 bytes")
        self._seed = seed
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = Verifier(name, self._key.public_key().public_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> Signer:
        """Read what :meth:`secret` gave. Raises: BadNote; no message holds any of it."""
        parts = text.strip().removeprefix(f"{_SECRET}+").split("+", 2)
        if not text.startswith(f"{_SECRET}+") or len(parts) != 3:
            raise BadNote("this is no signing key")
        made = cls(parts[0], _key_data(parts[2]))
        if made.verifier.hash.hex() != parts[1]:
            raise BadNote("this is no signing key: its hash is another's")
        return made

    def secret(self) -> str:
        """The whole key as text: ``PRIVATE+KEY+name+hash+base64``."""
        data = base64.b64encode(_ED25519 + self._seed).decode()
        return f"{_SECRET}+{self.verifier.name}+{self.verifier.hash.hex()}+{data}"

    def __repr__(self) -> str:
        return f"Signer({self.verifier.name})"

    def sign(self, text: str) -> str:
        """The note. ``text`` ends with the end of a line, and has no empty line."""
        signature = base64.b64encode(self.verifier.hash + self._key.sign(text.encode())).decode()
        return f"{text}\n{_DASH}{self.verifier.name} {signature}\n"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a signed head says."""

    origin: str
    size: int
    root: bytes
    at: datetime
    events: int = 0
    events_root: bytes = EMPTY

    @property
    def text(self) -> str:
        """As it is signed."""
        root, events = base64.b64encode(self.root).decode(), base64.b64encode(self.events_root).decode()
        at = self.at.astimezone(UTC).strftime(_TIME)
        return f"{self.origin}\n{self.size}\n{root}\ntime {at}\nevents {self.events} {events}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a note. Raises: BadNote."""
        try:
            origin, size, root, at, events, end = text.split("\n")
            word, count, events_root = events.split(" ")
            made = cls(
                origin,
                int(size),
                base64.b64decode(root, validate=True),
                datetime.strptime(at, f"time {_TIME}").replace(tzinfo=UTC),
                int(count),
                base64.b64decode(events_root, validate=True),
            )
        except (ValueError, binascii.Error):
            raise BadNote("the note is no checkpoint of an access log") from None
        if end or word != "events" or made.text != text or len(made.root) != HASH_BYTES:
            raise BadNote("the note is no checkpoint of an access log")
        return made


def notes_in(text: str) -> Iterator[str]:
    """Notes of checkpoints that stand one behind another, the lines between them that are none as well."""
    note: list[str] = []
    signed = False
    for line in text.splitlines(keepends=True):
        if signed and not line.startswith(_DASH):
            yield "".join(note)
            note, signed = [], False
        if line == "\n" and len(note) > _LINES:
            # A crash left a note half written, and the next one began behind it.
            yield "".join(note[:-_LINES])
            note = note[-_LINES:]
        note.append(line)
        signed = line.startswith(_DASH)
    if note:
        yield "".join(note)


def is_half_written(note: str) -> bool:
    """Whether the end of a note is missing, as after a crash: it has no signature of full length."""
    return not any(line.startswith(_DASH) and _is_signature(line) for line in note.splitlines())


def _is_signature(line: str) -> bool:
    try:
        return len(_decoded(line.rpartition(" ")[2])) == _SIGNATURE_BYTES
    except BadNote:
        return False


def _parted(note: str) -> tuple[str, list[str]]:
    text, found, signatures = note.rpartition("\n\n")
    lines = signatures.splitlines()
    if not found or not lines or not signatures.endswith("\n") or not all(line.startswith(_DASH) for line in lines):
        raise BadNote("this is no signed note")
    return text + "\n", lines


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote("this is no base64") from None


def _key_data(text: str) -> bytes:
    data = _decoded(text)
    if data[:1] != _ED25519 or len(data) != HASH_BYTES + 1:
        raise BadNote("this is no Ed25519 key")
    return data[1:]
