"""Pages of lists, as the Relay cursor connections specification names them."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import strawberry

from schema.cursors import cursor_of, key_in
from schema.graph.declare import attribute
from schema.ports import FieldError
from schema.terms import ErrorCode
from schema.text import Text
from schema.wording import TAKE_ITS_CURSOR, UNKNOWN_CURSOR

Item = TypeVar("Item")
MOST = 1000


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = attribute("There is more after it.")
    has_previous_page: bool = attribute("There is more before it.")
    start_cursor: str | None = attribute("Cursor of the first edge.")
    end_cursor: str | None = attribute("Cursor of the last edge.")


def key_of(in_list: str, cursor: str) -> str:
    """The key of a cursor. Raises: FieldError(VARIABLES) where it is none of that list."""
    try:
        return key_in(in_list, cursor)
    except ValueError:
        raise FieldError(ErrorCode.VARIABLES, UNKNOWN_CURSOR, remedy=TAKE_ITS_CURSOR) from None


def checked_first(first: int | None, default: int) -> int:
    """How many to give. Raises: FieldError(VARIABLES) outside 0 to 1,000."""
    if first is None:
        return default
    if not 0 <= first <= MOST:
        raise FieldError(
            ErrorCode.VARIABLES,
            Text("`first` is a number from 0 to {most}.", "`first` ir skaitlis no 0 līdz {most}.").filled(most=MOST),
            remedy=Text(
                "Give a number within these bounds; for more, ask for the next page by `after`.",
                "Norādiet skaitli šajās robežās; vairāk prasiet nākamajā lappusē ar `after`.",
            ),
        )
    return first


def page(
    in_list: str, items: Sequence[Item], key: Callable[[Item], str], first: int, after: str | None
) -> tuple[list[tuple[str, Item]], PageInfo]:
    """Cut one page out of a whole list.

    Args:
        in_list: its name.
        items: in ascending order of their keys.
        key: text of an item that nothing else in the list has. A page begins behind the cursor's key, whether or not an
            item still has it.
        first: how many.
        after: cursor, or None for the beginning.

    Raises:
        FieldError: VARIABLES where the cursor is none of this list.
    """
    begin = 0 if after is None else bisect_right(items, key_of(in_list, after), key=key)
    chosen = items[begin : begin + first]
    edges: list[tuple[str, Any]] = [(cursor_of(in_list, key(item)), item) for item in chosen]
    return edges, PageInfo(
        has_next_page=begin + len(chosen) < len(items),
        has_previous_page=begin > 0,
        start_cursor=edges[0][0] if edges else None,
        end_cursor=edges[-1][0] if edges else None,
    )


def page_info(cursors: Sequence[str], after: str | None, *, has_next: bool, end: str | None = None) -> PageInfo:
    """Of a page that a store cut.

    Args:
        cursors: of the entries on the page, in order.
        after: what the page was asked behind; where there is one, something is before.
        end: where the next page begins, if not behind the last entry.
    """
    return PageInfo(
        has_next_page=has_next,
        has_previous_page=after is not None,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=end or (cursors[-1] if cursors else None),
    )
