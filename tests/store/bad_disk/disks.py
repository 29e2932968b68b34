"""Ways in which a disk goes bad, each below the real process, and real to the library that keeps the store.

No compiler, root or mount is needed for a limit on the size of files, which always runs. A failing sync and a disk that
turned read-only under open files come from a library that is loaded before the C library: SQLite and Python both call
through it, it can be switched while the gateway runs, and it knows what a power cut would leave.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import resource
import shutil
import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

_SHIM = Path(__file__).with_name("shim.c")
_ORDERS = struct.Struct("7q")
_PASS, _TIMES = 3, 4
_FAILED = 5
_SYNCED = 6


class Missing(Exception):  # noqa: N818 - the name says what happened
    """This machine cannot break a disk in this way; the message says what is missing."""


class Disk(Protocol):
    """Where a gateway keeps its data, and how it goes bad."""

    data: Path
    """The data folder."""

    @property
    def settings(self) -> Mapping[str, str]:
        """Of the environment of the process."""
        ...

    @property
    def settings_beside(self) -> Mapping[str, str]:
        """Of the environment of a second process, a worker, on the same disk."""
        ...

    def go_bad(self, process: int) -> None:
        """From now on the gateway of this process id keeps nothing."""
        ...

    def heal(self, process: int) -> None:
        """All is well again."""
        ...

    def close(self) -> None:
        """Leave nothing behind."""
        ...


class LimitedFiles:
    """No file may be written behind its first byte: the process is told EFBIG, its own log included."""

    settings: Mapping[str, str] = {}
    settings_beside: Mapping[str, str] = {}

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.data.mkdir()

    def go_bad(self, process: int) -> None:
        _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (1, hard))

    def heal(self, process: int) -> None:
        _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (hard, hard))

    def close(self) -> None:
        pass


class SmallDisk:
    """A disk in memory of a few megabytes, filled to the last byte.

    Raises:
        Missing: who runs this may not mount.
    """

    settings: Mapping[str, str] = {}
    settings_beside: Mapping[str, str] = {}

    def __init__(self, folder: Path, megabytes: int = 12) -> None:
        self.data = folder / "data"
        self.data.mkdir()
        mount = shutil.which("mount")
        if mount is None:
            raise Missing("there is no mount")
        wanted = [mount, "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", str(self.data)]
        if subprocess.run(wanted, capture_output=True).returncode:
            raise Missing("a disk may not be mounted here: needs root")
        self._ballast = self.data / "ballast"

    def go_bad(self, process: int) -> None:
        with self._ballast.open("ab", buffering=0) as file:
            for size in (1 << 16, 1 << 12, 1):
                try:
                    while True:
                        file.write(b"\0" * size)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def heal(self, process: int) -> None:
        self._ballast.unlink(missing_ok=True)

    def close(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.data)], check=True, capture_output=True)


class _Orders:
    """What the library in one process is told, and tells back."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.write_bytes(bytes(_ORDERS.size))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _ORDERS.size)

    def tell(self, place: int, value: int) -> None:
        # One aligned store each: the other process never sees the half of a number.
        ctypes.c_int64.from_buffer(self._map, 8 * place).value = value

    def told(self, place: int) -> int:
        return int(ctypes.c_int64.from_buffer(self._map, 8 * place).value)

    def close(self) -> None:
        self._map.close()


class ShimmedDisk:
    """A disk whose writes, syncs and openings fail as told.

    Args:
        beside: where the n-th fails, it is the n-th of the process beside the gateway, and the gateway's do not.
        write: errno of every write; 0 for none.
        sync: errno of every sync.
        opening: errno of opening to write.

    Raises:
        Missing: there is no compiler, or it cannot make the library.
    """

    def __init__(self, folder: Path, *, write: int = 0, sync: int = 0, opening: int = 0, beside: bool = False) -> None:
        self.data = folder / "data"
        self.data.mkdir()
        self.after_power_cut = folder / "after-power-cut"
        self.after_power_cut.mkdir()
        self._kinds = (write, sync, opening)
        self._library = _built(folder)
        self._orders, self._orders_beside = _Orders(folder / "orders"), _Orders(folder / "orders-beside")
        self._failing = self._orders_beside if beside else self._orders

    @property
    def settings(self) -> Mapping[str, str]:
        return self._settings(self._orders)

    @property
    def settings_beside(self) -> Mapping[str, str]:
        return self._settings(self._orders_beside)

    def _settings(self, orders: _Orders) -> Mapping[str, str]:
        return {
            "LD_PRELOAD": str(self._library),
            "BAD_DISK_FOLDER": f"{self.data.resolve()}/",
            "BAD_DISK_ORDERS": str(orders.path),
            "BAD_DISK_AFTER_POWER_CUT": str(self.after_power_cut),
        }

    def begin(self) -> None:
        """What is in the data folder now is on disk."""
        for each in self.data.glob("*.sqlite3*"):
            shutil.copyfile(each, self.after_power_cut / each.name)

    def fail(self, after: int, times: int) -> None:
        """Let so many pass, fail so many, and be well again."""
        self._order(self._failing, after, times)

    def go_bad(self, process: int) -> None:
        for each in (self._orders, self._orders_beside):
            self._order(each, 0, -1)

    def heal(self, process: int) -> None:
        for each in (self._orders, self._orders_beside):
            each.tell(_TIMES, 0)

    def _order(self, orders: _Orders, after: int, times: int) -> None:
        orders.tell(_TIMES, 0)
        for place, kind in enumerate(self._kinds):
            orders.tell(place, kind)
        orders.tell(_PASS, after)
        orders.tell(_FAILED, 0)
        orders.tell(_TIMES, times)

    @property
    def failed(self) -> int:
        """How many failed since it was told to fail."""
        return self._failing.told(_FAILED)

    @property
    def synced(self) -> int:
        """How many syncs there were, those that failed included."""
        return self._failing.told(_SYNCED)

    def close(self) -> None:
        self._orders.close()
        self._orders_beside.close()


def _built(folder: Path) -> Path:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise Missing("there is no C compiler")
    library = folder / "shim.so"
    wanted = [compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", str(library), str(_SHIM)]
    made = subprocess.run([*wanted, "-ldl", "-lpthread"], capture_output=True, text=True, env={**os.environ})
    if made.returncode:
        raise Missing(f"the compiler makes nothing: {made.stderr[:200]}")
    return library
