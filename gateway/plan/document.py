"""Text -> validated document, once per text; its errors repeat nothing that a caller typed as a value."""

from __future__ import annotations

import re
import sys
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    ValueNode,
    VariableNode,
    parse,
)

from gateway.plan.limits import check
from gateway.plan.slim import slim
from gateway.plan.validation import validated
from gateway.plan.validation_words import validation_text
from gateway.settings import LimitsSettings
from schema.personal import may_hold_code
from schema.ports import FieldError
from schema.terms import ErrorCode
from schema.text import Text
from schema.wording import NEST_LESS, TOO_DEEP

if TYPE_CHECKING:
    from gateway.plan.compile import Plan

_MOST_BYTES = 3_500 * 1024
"""Of documents, plans and judgements that are kept, together."""

_ABOUT_A_FIELD = re.compile(r"Expected value of type '\w+' (?:not to include unknown|to include required) field '\w+'")
"""What graphql-core says of an input object before it prints the whole of it."""

_DOCUMENT_BYTES = 2_000
_NODE_BYTES = 225
_FIELD_BYTES = 1_000
_JUDGED_BYTES = 600
_OBJECT_BYTES = 115
"""What a document, each of its nodes, each field of a plan, each field of a judgement of it, and an object of these
need: measured, rounded up."""


@dataclass(frozen=True, slots=True)
class RequestError:
    """The whole request is refused before anything runs.

    Attributes:
        code: stable code.
        message: what is wrong, in words.
        locations: (line, column) pairs in the document, from 1.
        remedy: what to do.
    """

    code: ErrorCode
    message: Text
    locations: tuple[tuple[int, int], ...] = ()
    remedy: Text | None = None

    def as_json(self) -> dict[str, Any]:
        """One entry of ``errors``."""
        entry: dict[str, Any] = {"message": self.message}
        if self.locations:
            entry["locations"] = [{"line": line, "column": column} for line, column in self.locations]
        entry["extensions"] = {"code": self.code.value}
        if self.remedy is not None:
            entry["extensions"]["remedy"] = self.remedy
        return entry


class RequestRefused(Exception):  # noqa: N818 - it is the caller's doing, not an error of ours
    """Carries the request errors of one request."""

    def __init__(self, *errors: RequestError) -> None:
        super().__init__("request refused")
        self.errors = errors


@dataclass(slots=True)
class Document:
    """A validated document, shared by all requests that send the same text."""

    ast: DocumentNode
    operations: dict[str | None, OperationDefinitionNode]
    fragments: dict[str, FragmentDefinitionNode]
    selections: int = 0
    """Fields of its largest operation, fragments expanded."""
    conditions: tuple[str, ...] | None = None
    """Names of the variables in @skip and @include; None until somebody asked."""
    readers: dict[str | None, Any] = field(default_factory=dict)
    """What reads the variables of an operation, by the name that a client gives; see ``gateway.plan.inputs``."""
    plans: OrderedDict[Any, Any] = field(default_factory=OrderedDict)
    """Plans compiled so far, by operation and values of the variables that conditions use."""
    read_bytes: int = 0
    """What it needed when it was read."""
    weighed: int = 0
    """What it needed when it was last weighed; 0: it is not kept."""

    def weight(self) -> int:
        """Bytes that it needs with all that was made of it, roughly."""
        found = self.read_bytes
        for plan in self.plans.values():
            found += plan.size * (_FIELD_BYTES + _JUDGED_BYTES * (1 + len(plan.judgements)))
        return found

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to run. Raises: RequestRefused where the name fits none, or is missing among several."""
        if name is None:
            if len(self.operations) == 1:
                return next(iter(self.operations.values()))
            raise RequestRefused(
                RequestError(
                    ErrorCode.INVALID,
                    Text("The document has several operations.", "Dokumentā ir vairākas darbības."),
                    remedy=Text("Say which by operationName.", "Norādiet vienu ar operationName."),
                )
            )
        found = self.operations.get(name)
        if found is None:
            message = Text("The document has no operation of that name.", "Dokumentā nav darbības ar šādu nosaukumu.")
            remedy = Text(
                "Give the name of an operation of the document, or none where it has one alone.",
                "Norādiet kādas dokumenta darbības nosaukumu; ja darbība ir viena, to var izlaist.",
            )
            raise RequestRefused(RequestError(ErrorCode.INVALID, message, remedy=remedy))
        return found


def _locations(error: GraphQLError) -> tuple[tuple[int, int], ...]:
    return tuple((location.line, location.column) for location in error.locations or ())


def _without_values(error: GraphQLError) -> RequestError:
    """A validation error in words that hold names of the schema and the document; no literal, no personal code."""
    nodes: Sequence[Any] = error.nodes or ()
    about_a_field = _ABOUT_A_FIELD.match(error.message)
    said = error.message if about_a_field is None else f"{about_a_field[0]}."
    has_value = any(isinstance(node, ValueNode) and not isinstance(node, VariableNode) for node in nodes)
    if about_a_field is None and (has_value or '"' in said):
        message = Text(
            "A value in the document is not of the type that the schema asks for at this place.",
            "Dokumentā ir vērtība, kuras tips šajā vietā neatbilst shēmai.",
        )
    elif may_hold_code(said):
        message = Text(
            "A name in the document is none of the schema's, or stands where it may not.",
            "Dokumentā ir nosaukums, kura shēmā nav vai kurš atrodas nepareizā vietā.",
        )
    else:
        message = validation_text(said)
    return RequestError(
        ErrorCode.INVALID,
        message,
        _locations(error),
        remedy=Text("Compare the document with the SDL.", "Salīdziniet dokumentu ar SDL."),
    )


class Documents:
    """Documents by text, bounded by what they need with all that was made of them, least recently used out first.

    Args:
        schema: to validate against.
        limits: on size.
        most_bytes: how much is kept.
        told: is told how many objects are kept from now on.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: LimitsSettings,
        most_bytes: int = _MOST_BYTES,
        told: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._schema = schema
        self._told = told
        self.limits = limits
        self._most_bytes = most_bytes
        self._kept_bytes = 0
        self._kept: OrderedDict[bytes, Document] = OrderedDict()
        """By digest: a text may hold a person's values."""
        self.last: Plan | None = None
        """The plan that was asked for last. It is weighed when another is: only then is known what was made of it."""

    def known(self, text: str) -> Document | None:
        """What was read of a text before, and is still kept."""
        last = self.last
        if last is not None and last.weighed != len(last.judgements):
            self._weigh(last)
        digest = sha256(text.encode("utf-8", "surrogatepass")).digest()
        found = self._kept.get(digest)
        if found is not None:
            self._kept.move_to_end(digest)
        return found

    def get(self, text: str) -> Document:
        """Parse, measure and validate, or find it done.

        Raises:
            RequestRefused: SYNTAX, LIMIT_* or INVALID.
        """
        return self.known(text) or self.keep(text, self.read(text))

    def keep(self, text: str, document: Document) -> Document:
        """Keep what was read; it, or what somebody else read of the same text meanwhile."""
        kept = self.known(text)
        if kept is not None:
            return kept
        self._kept[sha256(text.encode("utf-8", "surrogatepass")).digest()] = document
        document.weighed = document.weight()
        self._kept_bytes += document.weighed
        self._stay_within()
        self._told(document.weighed // _OBJECT_BYTES)  # nothing, where it is too heavy to be kept
        return document

    def _weigh(self, plan: Plan) -> None:
        plan.weighed = len(plan.judgements)
        document = plan.document
        if document.weighed:
            weight = document.weight()
            grown, document.weighed = weight - document.weighed, weight
            self._kept_bytes += grown
            self._stay_within()
            self._told(max(0, grown) // _OBJECT_BYTES)

    def _stay_within(self) -> None:
        while self._kept_bytes > self._most_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= oldest.weighed
            oldest.weighed = 0
            oldest.plans.clear()  # each refers to it: a circle that only a collection would end

    def read(self, text: str) -> Document:
        """Parse, measure and validate. Raises: RequestRefused: SYNTAX, LIMIT_* or INVALID."""
        ast = self._parse(text)
        try:
            selections = self._check(ast)
        finally:
            nodes = slim(ast)
        operations = {
            node.name.value if node.name else None: node
            for node in ast.definitions
            if isinstance(node, OperationDefinitionNode)
        }
        fragments = {node.name.value: node for node in ast.definitions if isinstance(node, FragmentDefinitionNode)}
        read_bytes = _DOCUMENT_BYTES + sys.getsizeof(text) + _NODE_BYTES * nodes
        return Document(ast, operations, fragments, selections, read_bytes=read_bytes)

    def _check(self, ast: DocumentNode) -> int:
        try:
            selections = check(ast, self.limits)
        except FieldError as error:
            raise RequestRefused(RequestError(error.code, error.message, remedy=error.remedy)) from None
        errors = validated(self._schema, ast)
        if errors:
            raise RequestRefused(*(_without_values(error) for error in errors))
        return selections

    def _parse(self, text: str) -> DocumentNode:
        try:
            return parse(text, max_lexical_tokens=self.limits.tokens, max_comments=self.limits.tokens)
        except GraphQLSyntaxError as error:
            if "token" in error.message.lower() and str(self.limits.tokens) in error.message:
                raise RequestRefused(
                    RequestError(
                        ErrorCode.LIMIT_TOKENS,
                        Text(
                            "The document has more than {most} tokens.", "Dokumentā ir vairāk nekā {most} leksēmas."
                        ).filled(most=self.limits.tokens),
                        remedy=Text("Send a smaller document.", "Sūtiet mazāku dokumentu."),
                    )
                ) from None
            raise RequestRefused(
                RequestError(
                    ErrorCode.SYNTAX,
                    Text("The document is not GraphQL at this place.", "Šajā vietā dokuments nav GraphQL."),
                    _locations(error),
                    remedy=Text(
                        "Look for what is missing or too much just before it.",
                        "Meklējiet, kā tieši pirms tās trūkst vai kas ir lieks.",
                    ),
                )
            ) from None
        except (GraphQLError, RecursionError):
            raise RequestRefused(RequestError(ErrorCode.SYNTAX, TOO_DEEP, remedy=NEST_LESS)) from None
