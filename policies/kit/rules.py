"""Cedar text as rules: one statement each, with its id, reason and place, checked against the schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import cedarpy
from cedarpy import pst

from policies.kit.documents import Document
from policies.kit.errors import PolicyError
from schema.text import Text

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_SENTENCE = re.compile(r"[A-ZĀČĒĢĪĶĻŅŠŪŽ][^\n.!?]*\.")
_ANNOTATIONS = frozenset({"id", "reason", "reason_lv"})
# Annotations, and blanks and comments between them; what follows is the effect. A comment within one is not told apart.
_BEFORE_THE_EFFECT = re.compile(
    r'(?:@\s*\w+\s*(?:\(\s*"(?:[^"\\]|\\.)*"\s*\))?|\s+|//[^\n]*(?:\n|$))*+(?=(?:permit|forbid)\b)', re.ASCII
)
_PARSER_ID = re.compile(r"(for policy )?`policy0`[,:]? ?")


@dataclass(frozen=True, slots=True)
class Rule:
    """One permit or forbid."""

    id: str
    reason: str
    """One English sentence."""
    reason_lv: str | None
    """The same in Latvian; None where nobody wrote it yet, which ``policy check`` refuses."""
    effect: Literal["permit", "forbid"]
    text: str
    """The Cedar statement, annotations included."""
    body: str
    """The statement without its annotations: rules with one body decide alike."""
    file: Path
    line: int
    node: pst.Template

    @property
    def said(self) -> Text:
        """Its sentence; in English where there is none in Latvian."""
        return Text(self.reason, self.reason_lv or self.reason)


def parse_schema(document: Document) -> cedarpy.Schema:
    """The Cedar schema that rules are checked against. Raises: PolicyError."""
    try:
        return cedarpy.Schema.from_str(document.text)
    except ValueError as error:
        raise PolicyError(document.file, 1, f"not a Cedar schema: {error}") from None


def parse_rules(document: Document, schema: cedarpy.Schema) -> tuple[Rule, ...]:
    """Every rule of one file.

    Raises:
        PolicyError: not Cedar, not valid under the schema, a template, no ``@id`` as first annotation, no ``@reason``
            or ``@reason_lv`` of one sentence, another annotation, or an id that the file already has.
    """
    rules: list[Rule] = []
    for line, text in statements(document):
        rule = _parse_rule(document.file, line, text, schema)
        if any(other.id == rule.id for other in rules):
            raise PolicyError(document.file, line, f"a second rule has the id {rule.id}")
        rules.append(rule)
    return tuple(rules)


def statements(document: Document) -> Iterator[tuple[int, str]]:
    """Each statement of a Cedar file with the line of its first character, comments before it left out.

    Raises:
        PolicyError: text that no semicolon ends.
    """
    text = document.text
    start: int | None = None
    at = 0
    while at < len(text):
        if text.startswith("//", at):
            newline = text.find("\n", at)
            at = len(text) if newline < 0 else newline
            continue
        if start is None and not text[at].isspace():
            start = at
        if text[at] == '"':
            at = _end_of_string(text, at)
        elif text[at] == ";" and start is not None:
            yield text.count("\n", 0, start) + 1, text[start : at + 1]
            start = None
        at += 1
    if start is not None:
        raise PolicyError(
            document.file, text.count("\n", 0, start) + 1, "this rule does not end; a semicolon is missing"
        )


def _end_of_string(text: str, start: int) -> int:
    at = start + 1
    while at < len(text) and text[at] != '"':
        at += 2 if text[at] == "\\" else 1
    return at


def _parse_rule(file: Path, line: int, text: str, schema: cedarpy.Schema) -> Rule:
    try:
        parsed = cedarpy.policies_to_pst(text)
    except ValueError as error:
        raise PolicyError(file, line, f"not Cedar: {error}") from None
    if parsed.templates or len(parsed.static_policies) != 1:
        raise PolicyError(file, line, "a rule is one permit or forbid, without ?principal or ?resource")
    (node,) = parsed.static_policies.values()
    annotations = dict(node.annotations)
    if not text.startswith("@id("):
        raise PolicyError(file, line, "@id must be the first annotation of a rule")
    if unknown := sorted(set(annotations) - _ANNOTATIONS):
        raise PolicyError(file, line, f"unknown annotation @{unknown[0]}; a rule has @id, @reason and @reason_lv")
    rule_id, reason = annotations["id"], annotations.get("reason")
    if not is_id(rule_id):
        raise PolicyError(file, line, "an @id is made of lower-case words joined by hyphens")
    if reason is None or not is_sentence(reason):
        raise PolicyError(
            file, line, f"{rule_id} needs a @reason of one sentence, with a capital letter and a full stop"
        )
    reason_lv = annotations.get("reason_lv")
    if reason_lv is not None and not is_sentence(reason_lv):
        raise PolicyError(file, line, f"{rule_id}: @reason_lv is one sentence, with a capital letter and a full stop")
    before = _BEFORE_THE_EFFECT.match(text)
    body = text[before.end() :] if before else text
    if problem := _problem(body, schema):
        raise PolicyError(file, line, f"{rule_id}: {problem}")
    return Rule(rule_id, reason, reason_lv, node.effect, text, body, file, line, node)


def is_id(text: str) -> bool:
    """Lower-case words joined by hyphens."""
    return _ID.fullmatch(text) is not None


def is_sentence(text: str) -> bool:
    """One sentence, English or Latvian, with a capital letter and a full stop."""
    return _SENTENCE.fullmatch(text) is not None


@lru_cache(maxsize=8_192)
def _problem(body: str, schema: cedarpy.Schema) -> str:
    """What is wrong with a rule under the schema; empty where it is valid. Many claim types' rules say the same."""
    checked = cedarpy.validate_policies(body, schema)
    return "" if checked.validation_passed else _PARSER_ID.sub("", checked.errors[0].error).lstrip()
