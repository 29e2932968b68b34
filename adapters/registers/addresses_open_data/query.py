"""The one query that finds addresses, and every place that they lie in, in the register's published tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schema.terms import AddressCode

COLUMNS = ("KODS", "TIPS_CD", "STATUSS", "VKUR_CD", "VKUR_TIPS", "NOSAUKUMS", "ATRIB", "STD", "DAT_BEIG")
TABLES = ("flats", "houses", "streets", "villages", "parishes", "towns", "counties")
"""The adapter's names of the tables, from the inside out: what lies in something lies in something further on."""


def places_of(codes: Sequence[str], resources: Mapping[str, str]) -> str:
    """Select the objects with these codes, from whichever table, and all that they lie in, each once.

    Every column is read as text: a portal that takes a table over may have made numbers of its codes.

    Args:
        codes: of 9 digits each.
        resources: the portal's ids of the tables, by :data:`TABLES`; settings hold them to letters, digits and hyphens.

    Raises:
        ValueError: a code that is none.
    """
    asked = ", ".join(f"('{AddressCode.parse(code).digits}')" for code in codes)
    columns = ", ".join(f'"{name}"::text AS "{name}"' for name in COLUMNS)
    parts = [f'asked("VKUR_CD") AS (VALUES {asked})']
    for place, table in enumerate(TABLES):
        # One list of codes for each table, with those asked for in it: a database joins what it would else search.
        wanted = _all_of('SELECT "VKUR_CD" FROM', ("asked", *TABLES[:place]))
        of_table = f'SELECT {columns} FROM "{resources[table]}"'  # noqa: S608 - names, ids and codes of a checked form
        parts.append(f'{table} AS ({of_table} WHERE "KODS"::text IN ({wanted}))')
    return f"WITH {', '.join(parts)} {_all_of('SELECT * FROM', TABLES)}"


def _all_of(select: str, tables: Sequence[str]) -> str:
    return " UNION ALL ".join(f"{select} {table}" for table in tables)
