"""New names in each answer do not stay: neither what the parser keeps of them, nor what is remembered here."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from pathlib import Path

import pytest

from adapters.kit.soap.kept_names import KeptNames, apart
from adapters.kit.xml_parser import parse_xml

ROOT = Path(__file__).parents[3]
MIB = 1024 * 1024
_PROBE = """
import asyncio, json
from pathlib import Path
from adapters.kit.soap.kept_names import KEPT_NAMES
from tests.adapters.soap.speaking import called, envelope, replying
from adapters.kit.errors import Malformed

def resident():
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))

async def ask(number, count):
    names = "".join(f"<n{number}x{n}{'y' * 60} a{number}x{n}='' xmlns:p{number}x{n}='urn:{number}:{n}'/>" for n in range(count))
    try:
        await called(replying(envelope(headers=names)))
    except Malformed:
        raise SystemExit("these are headers that nobody has to understand")

async def main():
    for number in range(10):
        await ask(number, 400)
        await ask(-number, 12000)
    before = resident()
    for number in range(10, 110):
        await ask(number, 400)
    for number in range(10, 20):
        await ask(-number, 12000)
    print(json.dumps(resident() - before))

asyncio.run(main())
"""


async def test_answers_with_ever_new_names_leave_nothing_behind() -> None:
    grown = []
    for _ in range(4):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _PROBE, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        assert process.returncode == 0
        grown.append(json.loads(output))
        if grown[-1] < 8 * 1024:
            break
    # A hundred of them are 14 MiB of names, and the ten large ones 40: what stays would stay every time, whereas the
    # allocator's own ups and downs are as large once in ten times.
    assert min(grown) < 8 * 1024, grown


def test_what_was_admitted_once_is_admitted_again_and_what_is_new_only_while_there_is_room() -> None:
    kept = KeptNames(room=1000)
    usual = b'<s:a xmlns:s="urn:s" b="value">\n    <s:c>text</s:c>\n</s:a>'
    assert all(kept.admit(usual) for _ in range(100))
    assert kept.admit(usual.replace(b"value", b"another").replace(b"text", b"b=1 <s:a"))
    admitted = [kept.admit(b"<n%d/>" % number) for number in range(100)]
    assert admitted == sorted(admitted, reverse=True)
    assert 0 < sum(admitted) < 20
    for new in (
        b"<x/>",
        b"<s:a y='1'/>",
        b"<s:a xmlns:z='urn:s'/>",
        b'<s:a xmlns:s="urn:z"/>',
        b"<s:a>\t \t \t</s:a>",
        b"<s:a b='>' q=''/>",
        b"""<s:a b="'" b='>' q=''/>""",
    ):
        assert not kept.admit(new)
    assert kept.admit(usual)


def test_a_name_that_may_be_a_namespace_from_each_of_its_letters_is_looked_at_once() -> None:
    assert KeptNames().admit(b"<a " + b"xmlns" * MIB + b"/>")  # From each of them, it would take hours.


def test_no_text_and_no_value_of_an_attribute_is_remembered() -> None:
    kept = KeptNames()
    kept.admit(b"<a b=\"39100000011\" c='Anna'>39100000011<!-- Anna -->  Anna B\xc4\x93rzi\xc5\x86a </a>")
    assert not [name for name in kept._known if b"39100000011" in name or b"Anna" in name]


def test_work_apart_has_a_thread_that_ends_with_it_whatever_becomes_of_it() -> None:
    threads = [apart(threading.current_thread) for _ in range(3)]
    assert len({thread.ident for thread in threads} | {threading.get_ident()}) >= 2
    with pytest.raises(ValueError, match="well-formed"):
        apart(parse_xml, b"<a>")
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()
