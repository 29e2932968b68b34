"""The language of an answer is what the caller accepts (RFC 9110 §12.5.4), and never a reason to refuse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.edge.head import Head
from gateway.edge.language import DEFAULT, negotiate
from schema.text import Language
from tests.edge.conftest import Answer, World


def chosen(*values: str) -> str:
    return negotiate(Head([(b"accept-language", each.encode("latin-1")) for each in values])).value


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("lv", "lv"),
        ("LV", "lv"),
        ("lv-LV", "lv"),
        ("lv-LV,lv;q=0.9,en-US;q=0.8,en;q=0.7", "lv"),
        ("en-GB,en;q=0.9,lv;q=0.8", "en"),
        ("lv;q=0.5, en;q=0.4", "lv"),
        ("lv;q=0.4, en;q=0.5", "en"),
        ("lv, en", "lv"),
        ("en, lv", "en"),
        ("*", "en"),
        ("lv;q=0.5, *;q=0.8", "en"),
        ("lv;q=0.8, *;q=0.5", "lv"),
        ("en;q=0, *", "lv"),
        ("lv;q=0", "en"),
        ("lv;q=0, en;q=0", "en"),
        ("en;q=0", "en"),
        ("de, fr;q=0.5", "en"),
        ("de, lv;q=0.1", "lv"),
        ("lv;q=2, lv;q=abc, lv;q=-1, lv;q=nan", "en"),
        (";;;,,,q=1", "en"),
        ("lv;q=1.000;x=y", "lv"),
        ("\xe9\xff, lv", "lv"),
        ("lv_LV", "en"),
        ("lvx", "en"),
    ],
)
def test_the_language_that_is_wanted_most_is_taken(accepted: str | None, language: str) -> None:
    assert chosen(*([] if accepted is None else [accepted])) == language


def test_several_headers_are_one_list_and_long_ones_are_read_too() -> None:
    assert chosen("de", "lv;q=0.1") == "lv"
    assert chosen(", ".join([f"x{number}" for number in range(500)] + ["lv"])) == "lv"


def test_of_a_list_that_goes_on_and_on_the_beginning_is_read() -> None:
    assert chosen("xx," * 999 + "lv") == "lv"
    assert chosen("xx," * 1_000 + "lv") == "en"


@given(st.lists(st.text(st.characters(max_codepoint=255), max_size=60), max_size=4))
def test_whatever_is_sent_a_language_is_chosen(values: list[str]) -> None:
    assert chosen(*values) in set(Language)


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_the_higher_quality_wins(latvian: int, english: int) -> None:
    found = chosen(f"lv;q={latvian / 1000:.3f}, en;q={english / 1000:.3f}")
    if latvian > english:
        assert found == "lv"
    elif english > latvian:
        assert found == "en"
    else:
        assert found == ("lv" if latvian else DEFAULT.value)


async def asked(world: World, language: str | None, body: bytes, path: str = "/graphql") -> Answer:
    return await world.post(body, path, accept_language=language or "")


@pytest.mark.parametrize(("accepted", "language"), [(None, "en"), ("lv-LV, en;q=0.5", "lv"), ("xx", "en")])
@pytest.mark.asyncio(loop_scope="session")
async def test_every_answer_says_its_language_and_that_it_was_chosen(
    world: World, accepted: str | None, language: str
) -> None:
    for body, target in (
        (b'{"query":"{ok}"}', "/graphql"),
        (b'{"query":"fail"}', "/graphql"),
        (b"[]", "/graphql"),
        (b"{", "/graphql"),
        (b"{}", "/elsewhere"),
    ):
        answer = await asked(world, accepted, body, target)
        assert answer.headers["content-language"] == language, target
        assert answer.headers["vary"] == "accept-language"
    assert {request.language.value for request in world.requests} == {language}


@pytest.mark.asyncio(loop_scope="session")
async def test_what_the_edge_refuses_is_said_in_the_language_too(world: World) -> None:
    english, latvian = [(await asked(world, each, b"[]")).json()["errors"][0] for each in ("en", "lv")]
    assert english["message"] == "Batches are not supported."
    assert latvian["message"] == "Vairākas darbības vienā pieprasījumā netiek pieņemtas."
    assert latvian["extensions"] == {"code": "INVALID", "remedy": "Katrā pieprasījumā sūtiet vienu darbību."}
    assert english["extensions"]["code"] == "INVALID"
    broken = (await asked(world, "lv", b'{"query":1,"query":2}')).json()["errors"][0]
    assert broken["message"] == "Pieprasījuma saturu nevar nolasīt: objektā viens nosaukums ir divreiz."
    failed = (await asked(world, "lv", b'{"query":"fail"}')).json()["errors"][0]
    assert (failed["message"], failed["extensions"]["code"]) == ("Vārtejā radās kļūda.", "INTERNAL")
