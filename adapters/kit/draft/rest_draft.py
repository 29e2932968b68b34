"""A draft of an adapter for one operation of an OpenAPI description."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from adapters.kit.draft.choice import Choice, ChoiceError, OptionError, chosen
from adapters.kit.draft.fields import DraftRecord, Field, camel, distinct, named, tabled
from adapters.kit.draft.files import Draft
from adapters.kit.draft.keys import Place, key_note, picked, raising, takes_no_words
from adapters.kit.draft.literals import Code, beside, literal, placed
from adapters.kit.draft.rest_fields import Schemas
from adapters.kit.draft.rest_keys import RequestKeys, our_headers, sent_body
from adapters.kit.draft.soap_draft import Drafted, Wishes
from adapters.kit.draft.texts import quoted
from adapters.kit.items import value_at
from adapters.kit.openapi.bodies import JsonBody
from adapters.kit.openapi.document import load_openapi
from adapters.kit.openapi.files import Files
from adapters.kit.openapi.json_codec import JsonCodec
from adapters.kit.openapi.json_text import write_number
from adapters.kit.openapi.operations import Body, OperationRead, OperationReader
from adapters.kit.openapi.request import write_request

_MOST_IN_A_CALL = 100
_MOST_ASKED = 1000
_SEEDS = 24
_OK = 200
_WRITING = frozenset({"PUT", "PATCH", "DELETE"})
"""HTTP's own words for what writes. POST may ask for something."""
_ARGUMENTS = {"path": "path", "query": "query", "header": "headers", "cookie": "cookies"}


class Example(Protocol):
    """What an operation is asked with, and what it answers: JSON values."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """By name."""
        ...

    @property
    def body(self) -> Any:
        """None: there is none."""
        ...

    @property
    def status(self) -> int:
        """Of the answer."""
        ...

    @property
    def answer(self) -> Any:
        """None: it has no body that is JSON."""
        ...


def rest_operations(path: Path) -> tuple[list[str], dict[str, str]]:
    """Names of the operations that can be used, and of the others with what they need.

    Raises: UnsupportedConstruct, OSError: the description cannot be read.
    """
    contract = load_openapi(path, typed=True)
    return list(contract.operations), {name: why.construct for name, why in contract.unusable.items()}


def rest_draft(wishes: Wishes, path: Path, operation: str, contract: str, example: Callable[[int], Example]) -> Drafted:
    """Draft an adapter.

    Args:
        path: the description's main file.
        contract: the same, from the adapter's folder.
        example: makes one of the operation; another for each number.

    Raises:
        ChoiceError: nothing can be the key, the key would stand in an address, or what a person said is not there.
        UnsupportedConstruct: the description cannot be read.
    """
    reader = OperationReader(Files(path), typed=True)
    read = next(each for each in reader.read().operations if each.name == operation)
    return _Drafting(wishes, reader, read).draft(path, contract, example)


class _Drafting:
    def __init__(self, wishes: Wishes, reader: OperationReader, operation: OperationRead) -> None:
        self._wishes = wishes
        self._operation = operation
        self._requests, self._asking = reader.requests, Schemas(reader.requests, reader.files)
        self._answers, self._answering = reader.answers, Schemas(reader.answers, reader.files)
        if operation.method in _WRITING:
            raise ChoiceError(
                f"operation {operation.name} is a {operation.method}, which changes what it is about; an adapter that "
                "reads cannot be drafted of it"
            )
        answer = operation.answers.get("200") or operation.answers.get("2XX") or operation.answers.get("default")
        body = answer.bodies[0] if answer is not None and answer.bodies else None
        if body is None or not isinstance(body.codec, JsonBody):
            raise ChoiceError(
                f"operation {operation.name} answers status 200 without JSON: no record can be made of it"
            )
        self._answer: Body = body
        self._codec = JsonCodec(self._answers, body.handle, typed=True)
        self._is_list = self._answering.kinds(body.handle) == {"array"}

    def draft(self, path: Path, contract: str, example: Callable[[int], Example]) -> Drafted:
        wishes, operation = self._wishes, self._operation
        record = self._record()
        places = RequestKeys(wishes, operation, self._requests, self._asking).found()
        notes: list[str] = []
        if wishes.key is None:
            words = wishes.subject.words
            place = picked(places, _answered(record), key=None, words=words, notes=notes)
        else:
            [place] = places
        choice = self._choice(record, place)
        choice.notes[:0] = notes
        others = [each.path for each in places if each is not place]
        examples = cache(example)
        request, found = self._request(place, choice, others, examples, path), self._found(place, choice, examples)
        names = Code("list(keys)" if choice.key_repeats else "keys[0]")
        batch = 1
        if choice.key_repeats and choice.item_key is not None:
            batch = min(place.most or _MOST_IN_A_CALL, _MOST_ASKED)
        wrapped = self._is_list and not choice.items_repeat
        made = self._item(record, choice, wrapped=wrapped)
        absent = self._absent(found, choice)
        draft = Draft(
            name=wishes.name,
            kind="REST",
            municipal=wishes.municipal,
            operation=operation.name,
            contract=contract,
            subject=wishes.subject,
            record=made,
            choice=choice,
            request=literal(placed(request, self._argument(choice.key), names)),
            key_expression=place.expression or quoted(str(place.written)),
            key_undecided=None if place.expression else raising(place, wishes.subject.words),
            key_note=key_note(place, wishes.subject.words, wishes.subject.sample),
            sample_on_the_wire=str(place.written),
            batch_size=batch,
            knows_absent=absent is not None,
            xroad=False,
            join=wishes.join,
            wrapped=wrapped,
            asked_beside=beside(request, self._argument(choice.key)),
            tables=tabled(made),
        )
        if absent is None:
            draft.not_found, draft.absent = self._not_found(batch)
        return Drafted(draft, pretty(found), None if absent is None else pretty(absent))

    # ------------------------------------------------------------ the record

    def _record(self) -> DraftRecord:
        name = self._wishes.record or f"{camel(self._wishes.name)}Record"
        made = self._answering.record(self._answer.handle, name)
        if not made.fields:
            raise ChoiceError(
                f"operation {self._operation.name} answers nothing that a record could be made of: "
                f"{'; '.join(made.left_out)[:300] or 'its schema has no member'}"
            )
        return made

    def _item(self, record: DraftRecord, choice: Choice, *, wrapped: bool) -> DraftRecord:
        """The record of one item."""
        made = record
        if choice.items_repeat:
            where = choice.items or ("items",)
            made = next(each.record for each in record.fields if each.path == where and each.record is not None)
            lost = [each for each in record.left_out if not each.startswith("/".join(where))]
            beside = ["/".join(each.path) for each in record.fields if each.path != where]
            made.name, made.documentation = record.name, made.documentation or record.documentation
            made.left_out += [*lost, *(f"{each}: it stands beside the records" for each in beside)]
        named(made)
        distinct(made)
        for each in made.fields:
            if each.path == choice.item_key:
                if each.occurs == "maybe":
                    choice.notes.append(
                        f"the contract lets {'/'.join(each.path)} be absent; an answer without it is an error here"
                    )
                each.occurs = "one"
                each.documentation = each.documentation or f"Whose it is: {self._wishes.subject.words}."
        return made

    # ------------------------------------------------------------ the choice

    def _choice(self, record: DraftRecord, place: Place) -> Choice:
        wishes = self._wishes
        inner = [(() if self._is_list else each.path, each.record) for each in record.fields if each.record is not None]
        lists, root = [(path, _texts(each)) for path, each in inner], [] if self._is_list else _texts(record)
        formed = {(path, text) for path, each in [((), record), *inner] for text in _formed(each, place.written)}
        items = None if self._is_list and wishes.items == "" else wishes.items
        if self._is_list and wishes.items == "":
            lists = []
        made = chosen(
            (place.path, place.repeats),
            lists,
            root,
            formed=formed,
            items=items,
            item_key=wishes.item_key,
        )
        made.notes = [each.replace("stand in :", "are the items of the answer:") for each in made.notes]
        return made

    # ------------------------------------------------------------ request and replies

    def _request(
        self,
        place: Place,
        choice: Choice,
        others: list[tuple[str, ...]],
        examples: Callable[[int], Example],
        path: Path,
    ) -> dict[str, Any]:
        """Arguments of a call, with what has to be asked beside the key. Raises: ChoiceError."""
        operation = load_openapi(path, typed=True).operations[self._operation.name]
        written = [place.written] if choice.key_repeats else place.written
        made_up = [examples(seed) for seed in range(_SEEDS)]
        # Of alternatives the key decides: one that has it already is the one whose other members go with it.
        made_up.sort(key=lambda each: not _has_key(each, choice))
        for each in made_up:
            for wished in self._requests_of(each, choice):
                request = placed(wished, self._argument(choice.key), written)
                try:
                    write_request(operation, **request, given=frozenset(our_headers()))
                except (ValueError, TypeError, LookupError):
                    continue
                return wished
        raise ChoiceError(
            f"no request of {self._operation.name} with its key in {'/'.join(choice.key)} could be made up that the "
            f"contract takes; --key names another: {', '.join('/'.join(each) for each in others) or 'there is none'}"
        )

    def _found(self, place: Place, choice: Choice, examples: Callable[[int], Example]) -> Any:
        """An answer about the sample. Raises: ChoiceError."""
        for item_key in dict.fromkeys((choice.item_key, None)):
            if choice.item_key is not None and item_key is None:
                said = f"{'/'.join(choice.item_key)} of a record cannot hold the key as it is asked for"
                if self._wishes.item_key is not None:
                    raise OptionError(said)
                choice.notes.append(f"{said}: --item-key names another")
                choice.item_key, choice.items, choice.items_repeat = None, (), False
            for seed in range(_SEEDS):
                made = examples(seed)
                if made.status == _OK and made.answer is not None:
                    about = _about(_without(made.answer, str(place.written)), choice, place.written)
                    if self._codec.is_valid(about):
                        return about
        raise ChoiceError(f"no example of an answer of {self._operation.name} with status 200 could be made up")

    def _requests_of(self, example: Example, choice: Choice) -> list[dict[str, Any]]:
        """What has to be there, with invented values; first as little as possible."""
        made: dict[str, Any] = {}
        for each in self._operation.parameters:
            ours = each.location == "header" and each.name.lower() in our_headers()
            if each.required and not ours and each.name in example.parameters:
                made.setdefault(_ARGUMENTS[each.location], {})[each.name] = example.parameters[each.name]
        body = sent_body(self._operation)
        if body is None:
            return [made]
        if example.body is None:
            return [{**made, "body": {}}]
        keep = choice.key[1:] if choice.key[0] == "body" else ()
        least = self._pruned([body.handle], example.body, keep)
        return [{**made, "body": least}, {**made, "body": example.body}]

    def _pruned(self, handles: list[Any], value: Any, keep: tuple[str, ...]) -> Any:
        if not isinstance(value, dict):
            return value
        members = self._asking.members(handles)
        return {
            name: self._pruned(members[name].handles, inner, keep[1:] if keep[:1] == (name,) else ())
            for name, inner in value.items()
            if name in members and (members[name].required or keep[:1] == (name,))
        }

    def _argument(self, key: tuple[str, ...]) -> tuple[str, ...]:
        return (_ARGUMENTS.get(key[0], key[0]), *key[1:])

    def _absent(self, found: Any, choice: Choice) -> Any:
        """The answer about nobody, where the list of records may be empty."""
        if not choice.items_repeat:
            return None
        absent = placed(found, choice.items, [])
        return absent if self._codec.is_valid(absent) else None

    def _not_found(self, batch: int) -> tuple[bool, str]:
        """Whether 404 says that somebody is not on record, and what a person should know of it."""
        answer = self._operation.answers.get("404")
        if answer is None or batch > 1:
            return False, ""
        body = answer.bodies[0] if answer.bodies else None
        if body is not None and isinstance(body.codec, JsonBody) and self._answers.required(body.codec.codec.shape):
            return True, (
                "status 404 with the body that the contract has for it is taken for 'not on record', "
                "any other 404 for an error: adapter.py"
            )
        return False, (
            "the contract's status 404 cannot be told from that of a wrong address, so it is an error: ask the owner"
        )


def _has_key(example: Example, choice: Choice) -> bool:
    where, *path = choice.key
    return where == "body" and value_at(example.body, "/".join(path)) is not None


def _answered(record: DraftRecord) -> list[tuple[str, ...]]:
    """Values of an answer: one that is named as a value of the request says whose the answer is."""
    return [
        *_texts(record),
        *(path for each in record.fields if each.record is not None for path in _texts(each.record)),
    ]


def _about(answer: Any, choice: Choice, written: Any) -> Any:
    """The answer with one record, which is the sample's."""
    if choice.item_key is None:
        return answer
    if not choice.items_repeat:
        return placed(answer, choice.item_key, written)
    items = (value_at(answer, "/".join(choice.items)) if choice.items else answer) or [{}]
    return placed(answer, choice.items, [placed(items[0], choice.item_key, written)])


def _without(value: Any, key: str) -> Any:
    """The value without the sample's key, which may stand in it by chance."""
    other = f"{key[:-3]}555"
    if isinstance(value, dict):
        return {name: _without(inner, key) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without(inner, key) for inner in value]
    if isinstance(value, str):
        return value.replace(key, other)
    return int(other) if type(value) is int and str(value) == key else value


def _texts(record: DraftRecord) -> list[tuple[str, ...]]:
    """Paths of what could be a key."""
    return [each.path for each in record.fields if _could_be_key(each)]


def _formed(record: DraftRecord, written: Any) -> list[tuple[str, ...]]:
    """Of these, what takes the key as it is asked for and no plain words."""
    could_be = (each for each in record.fields if _could_be_key(each))
    return [each.path for each in could_be if each.takes is not None and takes_no_words(each.takes, written)]


def _could_be_key(each: Field) -> bool:
    kept = each.read in ("", "as_text") if each.type == "str" else each.read in ("", "as_whole", "Decimal")
    return (
        each.occurs != "each"
        and each.record is None
        and (each.type in ("str", "int") or (each.type, each.read) == ("Decimal", "Decimal"))
        and kept
        and all("/" not in step for step in each.path)
    )


def pretty(value: Any) -> bytes:
    """A JSON value as people read it."""
    return _indented(value, 1).encode()


def _indented(value: Any, depth: int) -> str:
    between, end = f",\n{'  ' * depth}", f"\n{'  ' * (depth - 1)}"
    start = between[1:]
    if isinstance(value, dict) and value:
        members = (f"{_indented(name, depth)}: {_indented(inner, depth + 1)}" for name, inner in value.items())
        return f"{{{start}{between.join(members)}{end}}}"
    if isinstance(value, list) and value:
        return f"[{start}{between.join(_indented(inner, depth + 1) for inner in value)}{end}]"
    if isinstance(value, Decimal):
        plain = repr(float(value))  # As tests write it who change another part of the reply.
        return plain if Decimal(plain) == value else write_number(value)
    return json.dumps(value, ensure_ascii=False)
