"""The key that signs checkpoints, and where it is."""

from __future__ import annotations

import secrets
from pathlib import Path

from gateway.audit.notes import BadNote, Signer, Verifier
from gateway.audit.tree import HASH_BYTES
from gateway.private_file import place_private, read_private

DEVELOPMENT_KEY = Path("keys") / "checkpoint.key"
"""In the data folder, where no other file is named."""


def make_key(path: Path, name: str | None = None) -> Verifier:
    """Make a key pair in a file that only we read; where there is one already, it stays.

    Args:
        name: of the log, as its checkpoints say it; by default one that no other log has.

    Raises:
        BadNote: the name has white space or a plus sign.
        OSError: the file cannot be made.
    """
    signer = Signer(name or f"csc-gateway-{secrets.token_hex(4)}", secrets.token_bytes(HASH_BYTES))
    place_private(path, f"{signer.secret()}\n".encode())
    return signer.verifier


def read_key(path: Path) -> Signer:
    """Read a key pair.

    Raises:
        ValueError: there is none in the file, or others may read it; the message names the file.
        OSError: it cannot be read.
    """
    try:
        return Signer.parse(read_private(path))
    except BadNote as error:
        raise ValueError(f"{path}: {error}") from None


def signing_key(file: Path | None, data: Path, *, production: bool = False) -> Signer:
    """The key that the settings name; without one, that of the data folder, made on first sight.

    Raises:
        ValueError: production settings name none; or see :func:`read_key`.
        OSError: it cannot be read or made.
    """
    if production and file is None:
        raise ValueError("checkpoint_key_file: production needs a key of its own; gateway audit key --new makes one")
    path = data / DEVELOPMENT_KEY if file is None else file
    if file is None and not path.exists():
        make_key(path)
    return read_key(path)
