"""What every table is made of: one metadata, and columns that read back as the words of ``schema.terms``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import BigInteger, Dialect, Integer, MetaData, String
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""All tables; ``gateway.store.tables`` imports every file, so that it is complete."""

PLACE = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite clusters a table by an INTEGER key, and by no other."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
AnyWord = TypeVar("AnyWord", bound=StrEnum)


def to_microseconds(at: datetime) -> int:
    """Whole microseconds since 1970, UTC. Raises: ValueError where the time is not aware."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone is not stored")
    return (at - _EPOCH) // _MICROSECOND


def from_microseconds(value: int) -> datetime:
    """The aware UTC time."""
    return _EPOCH + value * _MICROSECOND


class Instant(TypeDecorator[datetime]):
    """Aware UTC time, kept as microseconds since 1970: exact, and in order on every engine."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else from_microseconds(value)


class Word(TypeDecorator[AnyWord], Generic[AnyWord]):
    """A word of an enum, kept as text: readable in the database, and an unknown one is a ValueError."""

    impl = String
    cache_ok = True

    def __init__(self, words: type[AnyWord]) -> None:
        super().__init__(32)
        self.words = words

    def process_bind_param(self, value: AnyWord | None, dialect: Dialect) -> str | None:
        return None if value is None else self.words(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> AnyWord | None:
        return None if value is None else self.words(value)
