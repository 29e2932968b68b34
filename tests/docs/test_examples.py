"""Every example is run, and answers what the document says."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from typing import Any

import pytest

from tests.docs.pages import PAGES, Block, blocks
from tests.running_gateway import RunningGateway

ADDRESS = "http://127.0.0.1:8000/graphql"
"""The demo's, as a reader has it."""
READABLE = ".venv/bin/python -m json.tool --no-ensure-ascii --indent 2"
DIFFERS = {
    "<id>": r"[a-z]+-[0-9a-f]{24}",
    "<time>": r"[0-9-]{10}T[0-9:.]+Z",
    "<month>": r"[0-9]{4}-[0-9]{2}",
    "<cursor>": r"[A-Za-z0-9_-]+",
}
"""What stands in a document for what differs every time."""
_INSTANT = re.compile(DIFFERS["<time>"])


@dataclass(frozen=True, slots=True)
class Question:
    """A ``graphql`` block that says who asks, and the ``json`` block after it."""

    asked: Block
    answer: Block


def _questions() -> list[Question]:
    found = []
    for page in PAGES:
        on_page = list(blocks(page))
        for number, block in enumerate(on_page):
            if block.language == "graphql" and block.argument.startswith("as="):
                assert on_page[number + 1].language == "json", f"{block.place}: the answer is missing"
                found.append(Question(block, on_page[number + 1]))
    return found


def _commands() -> list[Block]:
    return [block for page in PAGES for block in blocks(page) if block.language == "console"]


def without_drafts(answer: Any) -> Any:
    """The answer without registers whose adapters are drafts: documents list those that are in use."""
    match answer:
        case {"data": {"registers": [*registers]}}:
            in_use = [each for each in registers if each.get("tier") != "DRAFT"]
            return {**answer, "data": {**answer["data"], "registers": in_use}}
    return answer


def as_documented(answer: Any, documented: Any) -> Any:
    """The answer, with the document's placeholder wherever it has one and the value is of that form."""
    if isinstance(documented, dict) and isinstance(answer, dict):
        return {key: as_documented(value, documented.get(key)) for key, value in answer.items()}
    if isinstance(documented, list) and isinstance(answer, list) and len(documented) == len(answer):
        return [as_documented(one, other) for one, other in zip(answer, documented, strict=True)]
    if isinstance(documented, str) and documented in DIFFERS and isinstance(answer, str):
        return documented if re.fullmatch(DIFFERS[documented], answer) else answer
    return answer


@pytest.mark.parametrize("question", _questions(), ids=lambda question: question.asked.place)
def test_a_question_has_the_answer_that_the_document_gives(gateway: RunningGateway, question: Question) -> None:
    persona, _, language = question.asked.argument.removeprefix("as=").partition(" language=")
    documented = json.loads(question.answer.text)
    _, answer = gateway.post(question.asked.text, persona=persona, language=language or None)
    if "extensions" not in documented:
        answer.pop("extensions", None)  # One page says what is in it.
    assert as_documented(without_drafts(answer), documented) == documented


@pytest.mark.parametrize("block", _commands(), ids=lambda block: block.place)
def test_a_command_prints_what_the_document_shows(gateway: RunningGateway, block: Block) -> None:
    typed, _, shown = block.text.replace("\\\n", "").partition("\n")
    request, _, formatter = typed.removeprefix("$ ").partition(" | ")
    assert formatter.strip() == READABLE
    words = shlex.split(request)
    assert words[:3] == ["curl", "-s", ADDRESS]
    options = list(zip(words[3::2], words[4::2], strict=True))
    headers = dict(value.split(": ", 1) for option, value in options if option == "-H")
    assert headers["Content-Type"] == "application/json"
    token = re.fullmatch(r"Bearer \$\(\.venv/bin/gateway token ([a-z-]+)\)", headers["Authorization"])
    assert token is not None
    (body,) = (json.loads(value) for option, value in options if option == "-d")
    _, answer = gateway.post(body["query"], persona=token[1])
    assert _INSTANT.sub("<time>", json.dumps(answer, ensure_ascii=False, indent=2)) == _INSTANT.sub("<time>", shown)


def test_each_user_group_has_examples_that_run() -> None:
    run = {question.asked.page for question in _questions()} | {block.page for block in _commands()}
    assert run == set(PAGES)
