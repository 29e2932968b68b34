"""A cursor is good for the list that gave it, and for no other, however either list is asked."""

from __future__ import annotations

import base64
from typing import Any, NamedTuple

import pytest

from schema.cursors import cursor_of
from tests.answers import clean, codes
from tests.running_gateway import RunningGateway

_EDGES = "edges { cursor node { __typename } }"
_COUNTED = f"totalCount {_EDGES} pageInfo {{ hasNextPage endCursor }}"


class _Asked(NamedTuple):
    """One way to ask for a list."""

    named: str
    """Ways with the same name are the same list, or the same kind of list of other people."""
    persona: str
    query: str


def _asked(named: str, persona: str, page: str, around: str = "%s") -> _Asked:
    query = around % f"{named}(first: 2, after: $after) {{ {page} }}"
    return _Asked(named, persona, f"query($after: String) {{ {query} }}")


_LISTS = {
    "claims": _asked("claims", "anna", _EDGES),
    "claims, counted": _asked("claims", "anna", _COUNTED),
    "one's own claims": _asked("claims", "anna", _EDGES, "me { %s }"),
    "one's own claims, counted": _asked("claims", "anna", _COUNTED, "me { %s }"),
    "an officer's claims": _asked("claims", "officer-valmiera", _EDGES),
    "an officer's claims, counted": _asked("claims", "officer-valmiera", _COUNTED),
    "an organisation's claims": _asked("claims", "ngo-support", _EDGES),
    "third parties": _asked("thirdParties", "anna", _EDGES),
    "third parties, counted": _asked("thirdParties", "ngo-support", _COUNTED),
    "centres": _asked("customerServiceCentres", "anna", _EDGES),
    "centres, counted": _asked("customerServiceCentres", "ngo-support", _COUNTED),
    "one's own log": _asked("accessLog", "anna", _EDGES, "me { %s }"),
    "an auditor's records": _asked("accessRecords", "auditor", _EDGES),
}
_EVERY_LIST = pytest.mark.parametrize("asked", _LISTS.values(), ids=_LISTS)


def _page(gateway: RunningGateway, asked: _Asked, after: str | None) -> Any:
    return gateway.post(asked.query, {"after": after}, persona=asked.persona)[1]


def _first_cursor(gateway: RunningGateway, asked: _Asked) -> str:
    data = clean(_page(gateway, asked, None))
    connection = data.get("me", data)[asked.named]
    cursor: str = connection["edges"][0]["cursor"]
    return cursor


@pytest.fixture(scope="module")
def cursors(gateway: RunningGateway) -> dict[str, str]:
    """The first cursor of every list."""
    clean(gateway.post("{ me { givenName } }", persona="anna")[1])
    return {name: _first_cursor(gateway, asked) for name, asked in _LISTS.items()}


@_EVERY_LIST
def test_a_list_refuses_the_cursors_of_every_other(
    gateway: RunningGateway, cursors: dict[str, str], asked: _Asked
) -> None:
    for name, cursor in cursors.items():
        said = codes(_page(gateway, asked, cursor))
        assert (name, said) == (name, set() if _LISTS[name].named == asked.named else {"VARIABLES"})


@_EVERY_LIST
def test_a_list_refuses_what_no_list_gave(gateway: RunningGateway, cursors: dict[str, str], asked: _Asked) -> None:
    name = next(name for name, each in _LISTS.items() if each is asked)
    own = cursors[name]
    unnamed = base64.urlsafe_b64decode(own + "=" * (-len(own) % 4)).partition(b" ")[2]
    made_up = ["", "eA", "eiAx", "é", f"{own}!", f"{own}====", cursor_of(asked.named, ""), cursor_of("", "x")]
    made_up.append(base64.urlsafe_b64encode(unnamed).decode().rstrip("="))
    if asked.named not in ("thirdParties", "customerServiceCentres"):
        # Any text is a place among ids.
        made_up += [cursor_of(asked.named, key) for key in ("x", "z 1", "closed ", "1.2.3.4", "٣.٣", "٣.٣.٣")]
        made_up.append(cursor_of(asked.named, f"{'٣' * 17} demo-1"))
    for cursor in made_up:
        assert (cursor, codes(_page(gateway, asked, cursor))) == (cursor, {"VARIABLES"})


@pytest.mark.parametrize("name", ["claims", "claims, counted", "one's own claims", "one's own claims, counted"])
def test_a_place_among_closed_claims_is_none_where_they_are_listed_by_time(gateway: RunningGateway, name: str) -> None:
    everything = "{ claims(first: 50) { edges { cursor node { status } } } }"
    edges = clean(gateway.post(everything, persona="ngo-support")[1])["claims"]["edges"]
    closed = [each["cursor"] for each in edges if each["node"]["status"] in ("GRANTED", "REFUSED", "WITHDRAWN")]
    assert closed
    following = _page(gateway, _LISTS["an organisation's claims"], closed[0])
    assert len(clean(following)["claims"]["edges"]) == min(2, len(closed) - 1)
    assert codes(_page(gateway, _LISTS[name], closed[0])) == {"VARIABLES"}
