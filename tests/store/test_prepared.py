"""Rows of a prepared statement, one by one and as one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, literal_column, select

from gateway.store.prepared import Prepared, every, listed
from gateway.store.store import Store

_WORDS = (
    st.none()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
)


def test_rows_that_come_as_one_are_those_that_come_one_by_one_in_the_same_order(tmp_path: Path) -> None:
    row = every("rows").c.value
    first, second = (func.json_extract(row, path) for path in ("$[0]", "$[1]"))
    prepared = Prepared(select(first, second, literal_column("NULL"), second).order_by(first.desc()))
    store = Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}")

    @settings(max_examples=100)
    @given(st.lists(st.tuples(st.integers(0, 5), _WORDS), max_size=20))
    def check(rows: list[tuple[int, int | str | None]]) -> None:
        def read(connection: Connection) -> tuple[list[tuple[Any, ...]], list[list[Any]]]:
            values = listed([listed(row) for row in rows])
            return prepared.rows(connection, rows=values), prepared.many(connection, rows=values)

        one_by_one, as_one = store.read_sync(read)
        assert [tuple(each) for each in as_one] == one_by_one
        assert len(as_one) == len(rows)

    try:
        check()
    finally:
        store.close()
