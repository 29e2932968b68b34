"""What it costs to read records of fifteen elements, beside zeep on the same XML.

    python -m tests.adapters.decode_cost [--json FILE]

CPU microseconds a record, the best of several rounds in one run: a whole SOAP answer from bytes to values. ``kit`` is
what a call does: the plain form first, the walker where it has another. ``walker`` is the walker alone.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from lxml import etree

from adapters.kit.ports import CallContext
from adapters.kit.soap.codec import SoapCodec
from adapters.kit.soap.envelope import SOAP, unwrap
from adapters.kit.soap.wsdl import load_contract
from adapters.kit.xsd.decode import decode
from tests.adapters.oracle import load_zeep

WSDL = Path(__file__).parent / "contracts" / "fifteen.wsdl"
NS = "urn:csc:fifteen"
COUNTS = (1, 100, 1000)
AIM_US = 15.0
AIM_RATIO = 8.0


def answer(name: str, count: int) -> bytes:
    """A SOAP answer with so many records."""
    state = "<t:active>true</t:active>" if name == "plain" else "<t:closed>2026-01-31</t:closed>"
    opening = "<t:record>" if name == "plain" else '<t:record version="3">'
    records = "".join(
        f"{opening}<t:code>391{n:08}</t:code><t:givenName>Anna</t:givenName><t:familyName>Bērziņa</t:familyName>"
        f"<t:birthDate>1990-05-17</t:birthDate><t:state>ACTIVE</t:state><t:amount>{n}.50</t:amount>"
        f"<t:count>{n}</t:count>{state}<t:since>2026-11-23T10:00:00Z</t:since><t:until>2027-11-23</t:until>"
        "<t:note>Piezīme</t:note><t:street>Brīvības iela</t:street><t:house>12</t:house><t:postCode>LV-1010</t:postCode>"
        "<t:country>LV</t:country></t:record>"
        for n in range(count)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{SOAP}" xmlns:t="{NS}"><s:Body>'
        f"<t:{name}>{records}</t:{name}></s:Body></s:Envelope>"
    ).encode()


def readers(name: str) -> dict[str, Callable[[bytes], Any]]:
    """Three ways from bytes to values."""
    operation = load_contract(WSDL).operations[name]
    assert operation.response is not None
    response = operation.response
    codec = SoapCodec("fifteen", operation, None)
    context = CallContext("r", "i", "u", "self", None, 0.0)
    document: Any = load_zeep(WSDL)
    binding = next(iter(document.bindings.values()))
    bound = binding.get(name)

    def walker(content: bytes) -> Any:
        return decode(response, unwrap(content).body)  # type: ignore[arg-type]

    def kit(content: bytes) -> Any:
        value = codec.read_plain(content, "id", context)
        return walker(content) if value is None else value

    def zeep(content: bytes) -> Any:
        reply = SimpleNamespace(status_code=200, content=content, headers={}, encoding="utf-8")
        client = SimpleNamespace(settings=document.settings, plugins=[], wsse=None, wsdl=document)
        return binding.process_reply(client, bound, reply)

    return {"kit": kit, "walker": walker, "zeep": zeep}


def best(read: Callable[[bytes], Any], content: bytes, count: int) -> float:
    """CPU microseconds a record."""
    rounds = max(3, 2000 // count)
    found = []
    for _ in range(5):
        start = time.process_time()
        for _ in range(rounds if count < 100 else max(2, rounds // 4)):
            read(content)
        each = rounds if count < 100 else max(2, rounds // 4)
        found.append((time.process_time() - start) / each / count * 1e6)
    return min(found)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rows = []
    for name in ("plain", "rich"):
        ways = readers(name)
        for count in COUNTS:
            content = answer(name, count)
            rows.append(
                {"record": name, "records": count} | {way: best(read, content, count) for way, read in ways.items()}
            )
    lines = ["| Record | Records | kit µs | walker µs | zeep µs | zeep / kit |", "|---|---|---|---|---|---|"]
    for row in rows:
        figures = [float(row[way]) for way in ("kit", "walker", "zeep")]  # type: ignore[arg-type]
        shown = " | ".join(f"{figure:.1f}" for figure in figures)
        lines.append(f"| {row['record']} | {row['records']} | {shown} | {figures[2] / figures[0]:.1f} |")
    sys.stdout.write("\n".join(lines) + "\n")
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    etree.clear_error_log()
    sys.exit(main())
