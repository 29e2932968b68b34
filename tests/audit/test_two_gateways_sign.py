"""Two gateways on one store sign by turns: no head is written over a newer one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.checkpoints import Checkpointer
from gateway.audit.kept_outside import KeptOutside
from gateway.audit.record import append
from gateway.audit.verification import verify
from gateway.store.store import Store
from tests.audit.logs import NOW, SIGNER, Written, records


@pytest.mark.parametrize("is_killed", [False, True])
def test_who_was_overtaken_while_it_read_signs_on_top_of_the_other(tmp_path: Path, is_killed: bool) -> None:
    log = Written(tmp_path)
    log.write(60)
    with closing(Store.open(f"sqlite:///{log.path}")) as second:
        other = Checkpointer(second, SIGNER, KeptOutside(log.outside.path), lambda: NOW)
        other.sign()

        def add(count: int, seed: int) -> None:
            log.store.write_sync(lambda c: append(c, records(count, log.people, seed)))

        first: Any = log.checkpointer
        write = first._write

        def late(grown: Any) -> Any:
            first._write = write
            add(200, 3)
            other.sign()
            return write(grown)

        def killed(keeping: object) -> None:
            raise SystemExit

        add(20, 2)
        first._write = late
        if is_killed:
            first._keep = killed
            with pytest.raises(SystemExit):
                first.sign()
        else:
            first.sign()

        with closing(sqlite3.connect(log.path)) as store:
            sizes = [size for (size,) in store.execute("SELECT size FROM log_checkpoints ORDER BY number")]
        assert sizes == sorted(sizes)
        assert not verify(log.path, SIGNER.verifier, list(KeptOutside(log.outside.path).notes())).findings

        add(5, 9)
        restarted = Checkpointer(second, SIGNER, KeptOutside(log.outside.path), lambda: NOW)
        for each in (restarted, other):
            each.sign()
        assert not verify(log.path, SIGNER.verifier, list(KeptOutside(log.outside.path).notes())).findings
    log.close()
