"""What went wrong with a delivery is read in either language, whichever adapter said it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.claims.failures import as_read, known
from gateway.claims.notes import NOT_TAKEN
from gateway.claims.notes import as_read as note_as_read
from gateway.claims.outbox import deliveries_of
from gateway.store.store import Store
from schema.text import Text
from tests.claims.delivering import MakeWorker, submit_to, unsent
from tests.claims.owners import SAFE, Owner

KIT = Path(__file__).parents[2] / "adapters" / "kit"
SENDING = ("delivery.py", "soap/delivery.py", "guard.py", "connected.py", "http1_wire.py", "httpx_wire.py")
SENDING += ("openapi/service.py", "soap/service.py", "http_status.py", "claim_answers.py")
NEVER_OF_A_DELIVERY = ("a change ", "the answer has ", "the token of ")


def said() -> Iterator[str]:
    """Whatever the kit says of a delivery; a value in it is a ``7``."""
    for name in SENDING:
        for node in ast.walk(ast.parse((KIT / name).read_text())):
            match node:
                case ast.Call(
                    func=ast.Name(id="Unavailable" | "Rejected" | "Malformed" | "reading"), args=[_, what, *_]
                ):
                    match what:
                        case ast.Constant(value=str(text)):
                            yield text
                        case ast.JoinedStr(values=parts):
                            yield "".join(str(each.value) if isinstance(each, ast.Constant) else "7" for each in parts)


@pytest.mark.parametrize("what", sorted({each for each in said() if not each.startswith(NEVER_OF_A_DELIVERY)}))
def test_whatever_the_kit_says_of_a_delivery_has_its_latvian(what: str) -> None:
    read = known(what)
    assert read is not None, what
    assert (str(read), read.lv != what) == (what, True)


def test_what_an_adapter_says_in_words_of_its_own_is_named_as_english() -> None:
    read = as_read("the moon is full {not a name}")
    assert (read, read.lv) == (
        "the moon is full {not a name}",
        "sistēmas paziņojums: the moon is full {not a name}",
    )


def test_a_failure_within_a_failure_and_within_a_note_is_read_too() -> None:
    assert as_read("asking whether it arrived: status 503").lv == "jautājot, vai tas saņemts: statuss 503"
    note = note_as_read(str(NOT_TAKEN.filled(what="the answers are not what the owner takes")))
    assert isinstance(note, Text)
    assert note.lv == "Lēmējs ziņojumu nepieņēma: lēmējs šādas atbildes nepieņem"


async def test_the_last_error_of_a_delivery_is_in_both_languages(store: Store, worker: MakeWorker) -> None:
    claim_id = await submit_to(store, SAFE)
    await worker(social_assistance=Owner(unsent())).run_once()
    state = (await store.read(lambda c: deliveries_of(c, [claim_id])))[claim_id]
    assert isinstance(state.last_error, Text)
    assert state.last_error == "cannot connect"
