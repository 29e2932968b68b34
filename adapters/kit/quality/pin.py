"""The digest by which a contract is known to be untouched."""

from __future__ import annotations

import hashlib
from pathlib import Path


def contract_digest(folder: Path) -> str:
    """SHA-256, in hexadecimal digits, of the names and contents of the files in an adapter's ``contract``.

    Args:
        folder: the adapter's.

    Returns:
        The digest; of no file where there is no such folder.
    """
    contract = folder / "contract"
    whole = hashlib.sha256()
    for path in sorted(each for each in contract.rglob("*") if each.is_file()):
        name = path.relative_to(contract).as_posix().encode()
        content = path.read_bytes()
        # Lengths before both: no file's end can be taken for another's beginning.
        whole.update(len(name).to_bytes(8, "big") + name + len(content).to_bytes(8, "big") + content)
    return whole.hexdigest()
