"""An auditor's search goes through so much of the log for a page, and no further, however little it finds there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.audit import search
from gateway.audit.record import append
from gateway.audit.search import Search, find
from gateway.store.store import Store
from tests.audit.logs import NOW, records

ALL = 300
STEP, PAGE = 10, 40


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(search, "_ROWS_A_STEP", STEP)
    monkeypatch.setattr(search, "_ROWS_A_PAGE", PAGE)
    store = Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}")
    store.write_sync(lambda c: append(c, records(ALL, ["s-1", "s-2", "s-3"])))
    yield store
    store.close()


def pages(store: Store, looked_for: Search, places: list[int] | None, first: int = 7) -> list[list[str]]:
    """Request ids page by page."""
    found: list[list[str]] = []
    after: str | None = None
    while True:
        ids = frozenset({"s-1"}) if places is not None else frozenset[str]()
        page = store.read_sync(lambda c, after=after, ids=ids: find(c, looked_for, ids, places, first, after))  # type: ignore[misc]
        found.append([each.row["request_id"] for each in page.found])
        if not page.has_next:
            return found
        assert page.end is not None
        after = page.end


def test_what_is_seldom_is_found_in_pages_that_end(store: Store) -> None:
    first = NOW + timedelta(seconds=3)
    found = pages(store, Search(since=None, until=first), None)
    assert len(found) >= ALL // PAGE
    together = [each for page in found for each in page]
    assert set(together) == {f"r-{number}" for number in range(4)}
    # As many as when a page goes through everything.
    with pytest.MonkeyPatch.context() as whole:
        whole.setattr(search, "_ROWS_A_PAGE", 10 * ALL)
        assert [each for page in pages(store, Search(until=first), None) for each in page] == together


def test_a_page_that_finds_nothing_does_not_read_on(store: Store) -> None:
    page = store.read_sync(lambda c: find(c, Search(claim="nobody's"), frozenset(), None, 7, None))
    assert page.found == ()
    assert page.has_next
    assert pages(store, Search(claim="nobody's"), None) == [[]] * (ALL // PAGE + 1)


def test_of_a_person_nothing_is_skipped_or_doubled(store: Store) -> None:
    rows = store.read_sync(lambda c: c.exec_driver_sql("SELECT place, records FROM access_records").all())
    places = sorted((place for place, text in rows if '"s-1"' in text), reverse=True)
    assert len(places) > 2 * PAGE
    found = [each for page in pages(store, Search(), places) for each in page]
    assert len(found) == len(set(found)) == len(places)
    seldom = Search(until=NOW + timedelta(seconds=9))
    assert len(pages(store, seldom, places)) > len(places) // PAGE
