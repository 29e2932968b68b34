"""The Merkle tree of RFC 6962, section 2.1: SHA-256, a leaf behind 0x00, a node behind 0x01."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY = sha256().digest()
"""Root of the tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    """Of what a leaf holds."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Of two subtrees."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree that grows: the roots of its complete subtrees, the largest first, and nothing else of it."""

    __slots__ = ("_roots", "size")

    def __init__(self, size: int = 0, roots: Iterable[bytes] = ()) -> None:
        self.size = size
        self._roots = list(roots)

    @classmethod
    def of(cls, leaves: Iterable[bytes]) -> Frontier:
        """The tree over some leaf hashes."""
        made = cls()
        for each in leaves:
            made.append(each)
        return made

    @classmethod
    def read(cls, size: int, text: bytes) -> Frontier:
        """What :meth:`written` wrote. Raises: ValueError: no tree of that size has such roots."""
        if size < 0 or len(text) != HASH_BYTES * size.bit_count():
            raise ValueError("a tree of another size")
        return cls(size, [text[at : at + HASH_BYTES] for at in range(0, len(text), HASH_BYTES)])

    def written(self) -> bytes:
        """The roots one after another."""
        return b"".join(self._roots)

    def copy(self) -> Frontier:
        """Another one that grows on its own."""
        return Frontier(self.size, self._roots)

    def append(self, leaf: bytes) -> None:
        """Add the hash of a leaf."""
        roots, size = self._roots, self.size
        while size & 1:
            leaf = sha256(b"\x01" + roots.pop() + leaf).digest()
            size >>= 1
        roots.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root of the whole tree."""
        if not self._roots:
            return EMPTY
        root = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            root = node_hash(left, root)
        return root


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Root over leaves, or over the roots of subtrees that are complete and of one size, but for the last."""
    return Frontier.of(hashes).root()


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Audit path of a leaf (RFC 6962, section 2.1.1), from the leaf up.

    Args:
        leaves: hashes of all leaves; for the path above them, roots of subtrees that are complete and of one size.

    Raises:
        IndexError: there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError("there is no such leaf")
    path: list[bytes] = []
    low, high = 0, len(leaves)
    while high - low > 1:
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        if index < middle:
            path.append(root_of(leaves[middle:high]))
            high = middle
        else:
            path.append(root_of(leaves[low:middle]))
            low = middle
    return path[::-1]


def root_by_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Root that a path leads to (RFC 9162, section 2.1.3.2); None where it is no path of such a tree."""
    if not 0 <= index < size:
        return None
    number, last, root = index, size - 1, leaf
    for each in path:
        if last == 0:
            return None
        if number & 1 or number == last:
            root = node_hash(each, root)
            while not number & 1 and number:
                number >>= 1
                last >>= 1
        else:
            root = node_hash(root, each)
        number >>= 1
        last >>= 1
    return root if last == 0 else None
