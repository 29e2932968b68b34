"""Writes subjects with many callers at once and prints each only when its write returned; meant to be killed."""

from __future__ import annotations

import asyncio
import sys

from gateway.store.store import Store
from tests.store.rows import add_subject


async def write_for_ever(store: Store, caller: int) -> None:
    for n in range(100_000):
        name = f"s-{caller}-{n}"
        await store.write(lambda c, name=name: add_subject(c, name))  # type: ignore[misc]  # lambda default
        sys.stdout.write(name + "\n")
        sys.stdout.flush()


async def main() -> None:
    store = Store.open(f"sqlite:///{sys.argv[1]}")
    await asyncio.gather(*(write_for_ever(store, caller) for caller in range(20)))


asyncio.run(main())
