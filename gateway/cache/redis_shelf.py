"""What gateways share of what they have read, in Redis. When it is down or slow, nothing is shared; nothing fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from aiocache import RedisCache
from aiocache.serializers import NullSerializer
from redis.asyncio import BlockingConnectionPool
from redis.exceptions import RedisError

from adapters.kit.clock import Clock
from gateway import logs
from gateway.cache.seal import Seal
from gateway.cache.shelf import Times

_PATIENCE_SECONDS = 0.1
"""Longer than this, asking the register itself is no slower."""
_PAUSE_SECONDS = 5.0
"""How long it is left alone after it failed."""
_CONNECTIONS = 32
_SECRET_BYTES = 32
_LOST = (RedisError, OSError, asyncio.TimeoutError)

_log = logs.get("cache")


class SharedRecords:
    """The connection to Redis.

    Args:
        url: ``redis://`` or, with TLS, ``rediss://``, with user, password and number of the database.
        secret: see :class:`gateway.cache.seal.Seal`.
        clock: ``now`` goes into what is shared, since no two machines have the same ``monotonic``.
    """

    def __init__(self, url: str, secret: bytes, clock: Clock) -> None:
        parts = urlsplit(url)
        self._redis = RedisCache(
            # Bytes in, bytes out: nothing that comes back is ever made into an object but by `Seal`.
            serializer=NullSerializer(encoding=None),
            namespace="csc",
            timeout=_PATIENCE_SECONDS,
            endpoint=parts.hostname or "127.0.0.1",
            port=parts.port or 6379,
            db=int(parts.path.strip("/") or 0),
            password=None if parts.password is None else unquote(parts.password),
            ssl=parts.scheme == "rediss",
            pool_max_size=_CONNECTIONS,
            connection_pool_class=BlockingConnectionPool,
            connection_pool_kwargs={"username": unquote(parts.username)} if parts.username else {},
        )
        self._secret = secret
        self._clock = clock
        self._again_at = 0.0
        self._is_lost = False

    @classmethod
    def open(cls, url: str, key_file: Path, clock: Clock) -> Self:
        """Read the secret; nothing is connected yet.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is too short for a secret.
        """
        secret = key_file.read_bytes()
        if len(secret) < _SECRET_BYTES:
            raise ValueError(f"cache.key_file: {key_file} has fewer than {_SECRET_BYTES} bytes")
        return cls(url, secret, clock)

    def shelf(self, register: str, record_type: type[Any]) -> SharedShelf:
        """What is shared of one record type of one register."""
        return SharedShelf(self, Seal(self._secret, register, record_type), self._clock)

    async def get(self, names: Sequence[str]) -> Sequence[bytes | None]:
        """Values by name; None where there is none, and for all of them where there is no answer in time."""
        found: Sequence[bytes | None] | None = await self._try(lambda: self._redis.multi_get(names))
        return [None] * len(names) if found is None else found

    async def put(self, values: Mapping[str, bytes], seconds: float) -> None:
        """Share values for so long; where there is no answer in time, they are not shared."""
        await self._try(lambda: self._redis.multi_set(list(values.items()), ttl=seconds))

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.client.aclose()

    async def _try(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        if self._clock.monotonic() < self._again_at:
            return None
        try:
            found = await ask()
        except _LOST as error:
            self._again_at = self._clock.monotonic() + _PAUSE_SECONDS
            if not self._is_lost:
                self._is_lost = True
                _log.warning("cache.shared_lost", error=type(error).__name__)
            return None
        if self._is_lost:
            self._is_lost = False
            _log.info("cache.shared_back")
        return found


class SharedShelf:
    """What is shared of one record type of one register."""

    def __init__(self, records: SharedRecords, seal: Seal, clock: Clock) -> None:
        self._records = records
        self._seal = seal
        self._clock = clock

    async def get(self, keys: Sequence[Any]) -> dict[Any, tuple[Any, float, Times]]:
        """``{key: (record, seconds that are left, how old)}``; the record is None where the register certainly holds
        nothing."""
        values = await self._records.get([self._seal.name(key) for key in keys])
        now = self._clock.now().timestamp()
        found: dict[Any, tuple[Any, float, Times]] = {}
        for key, sealed in zip(keys, values, strict=True):
            opened = None if sealed is None else self._seal.open(key, sealed)
            if opened is not None and opened[1] > now:
                found[key] = (opened[0], opened[1] - now, opened[2])
        return found

    async def put(self, records: Mapping[Any, Any], seconds: float, times: Times) -> None:
        """Share what a register said; None: it certainly holds nothing."""
        if seconds <= 0:
            return
        until = self._clock.now().timestamp() + seconds
        values = {self._seal.name(key): self._seal.close(key, record, until, times) for key, record in records.items()}
        await self._records.put(values, seconds)
