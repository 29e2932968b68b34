"""Operations of a description, each read on its own: what is wrong with one leaves the others as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.inspection import Hazard, Refusal
from adapters.kit.openapi import swagger2
from adapters.kit.openapi.bodies import BodyCodec, BytesBody, JsonBody, body_codec, is_json, media_name
from adapters.kit.openapi.files import Files
from adapters.kit.openapi.json_codec import JsonCodec
from adapters.kit.openapi.json_reader import Readers
from adapters.kit.openapi.nodes import Row, Table, row, table, text
from adapters.kit.openapi.parameters import DEFAULT_STYLE, STYLES, Location, Parameter
from adapters.kit.openapi.shape_reader import Shapes
from adapters.kit.openapi.shapes import Handle, Sub

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_STATUS = re.compile(r"[1-5](?:[0-9]{2}|XX)|default")
_NOT_IN_A_NAME = re.compile(r"[^0-9A-Za-z]+")
_DELIMITERS = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
_IGNORED_HEADERS = frozenset({"accept", "content-type"})
_MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Body:
    """One body that a request may have, or an answer has."""

    media: str
    handle: Handle
    """Of its schema; empty: it has none."""
    codec: BodyCodec


@dataclass(frozen=True, slots=True)
class Answer:
    """What may come back."""

    status: str
    """``200``, ``4XX`` or ``default``."""
    bodies: tuple[Body, ...]
    headers: tuple[Parameter, ...]

    def body_of(self, content_type: str) -> Body | None:
        """The body that a reply of this content type has; where none is of it, the first."""
        if len(self.bodies) > 1:
            name = media_name(content_type)
            for body in self.bodies:
                if media_name(body.media) == name:
                    return body
        return self.bodies[0] if self.bodies else None


@dataclass(frozen=True, slots=True)
class OperationRead:
    """One operation."""

    name: str
    named: bool
    """Whether the name is the contract's ``operationId``; else it is made of method and path."""
    method: str
    path: str
    where: str
    parameters: tuple[Parameter, ...]
    bodies: tuple[Body, ...]
    body_required: bool
    answers: Mapping[str, Answer]
    security: tuple[str, ...]
    deprecated: bool


@dataclass(slots=True)
class Found:
    """What one description holds."""

    operations: list[OperationRead] = field(default_factory=list)
    unusable: list[tuple[str, str, Refusal]] = field(default_factory=list)
    """Name and call of an operation that is left out, and why."""
    refused: list[Refusal] = field(default_factory=list)
    """Parts of operations that are left out."""
    hazards: dict[Hazard, None] = field(default_factory=dict)


class OperationReader:
    """Reads the operations of one description.

    Args:
        typed: see ``JsonCodec``.
    """

    def __init__(self, files: Files, *, typed: bool) -> None:
        self.files = files
        root = table(files.root, "a description", files.name)
        self.root = root
        self.swagger = "swagger" in root
        version = root.get("swagger", root.get("openapi"))
        self.version = str(version)
        known = version in ("2.0", 2) if self.swagger else re.fullmatch(r"3\.[01](\.[0-9]+)?(-[\w.]+)?", self.version)
        if not known and self.version != "2.0":
            construct = (
                f"version {self.version[:20]}" if version is not None else "a file that is no OpenAPI description"
            )
            raise UnsupportedConstruct(construct, root.at("swagger" if self.swagger else "openapi"))
        self.shapes = Shapes(files, old=not self.version.startswith("3.1"))
        self.requests = Readers(self.shapes, request=True)
        self.answers = Readers(self.shapes, request=False)
        self._typed = typed
        self._found = Found()

    def read(self) -> Found:
        """Every operation. Raises: UnsupportedConstruct where the description has no paths at all."""
        root = self.root
        if "webhooks" in root:
            self._hazard("callback", root.at("webhooks"), "webhooks, which nothing here takes")
        if "paths" not in root:
            return self._found
        paths = table(root["paths"], "paths", root.at("paths"))
        names: dict[str, str] = {}
        for path, item in paths.items():
            if path.startswith("x-"):
                continue
            try:
                held, _ = self.files.followed(item, "a path", paths.at(path))
            except UnsupportedConstruct as error:
                self._found.refused.append(refusal(error))
                continue
            for method in METHODS:
                if method in held:
                    self._operation(path, method, held, names)
        self._found.hazards |= self.shapes.hazards
        return self._found

    def _operation(self, path: str, method: str, item: Table, names: dict[str, str]) -> None:
        node, name = item[method], f"{method} {path}"
        try:
            node = table(node, "an operation", item.at(method))
            name, named = self._name(node, path, method, names)
            self._found.operations.append(self._read(node, name, named, path, method, item))
        except UnsupportedConstruct as error:
            self._found.unusable.append((name, f"{method.upper()} {path}", refusal(error)))
        except RecursionError:
            why = Refusal("nesting too deep", item.at(method), "nesting too deep")
            self._found.unusable.append((name, f"{method.upper()} {path}", why))

    def _name(self, node: Table, path: str, method: str, names: dict[str, str]) -> tuple[str, bool]:
        said = node.get("operationId")
        name, named = (said, True) if isinstance(said, str) and said else (made_name(method, path), False)
        if not named:
            self._hazard("no-operation-id", node.where, f"{method.upper()} {path} is called {name}")
        if name in names:
            other = f"{made_name(method, path)}_{len(names)}" if not named else made_name(method, path)
            what = f"{name[:_MAX_NAME]} is another operation already; {method.upper()} {path} is called {other}"
            self._hazard("operation-id-twice", node.at("operationId"), what)
            name, named = other, False
            if name in names:
                raise UnsupportedConstruct(f"a second operation called {name}", node.where)
        names[name] = path
        return name, named

    def _read(self, node: Table, name: str, named: bool, path: str, method: str, item: Table) -> OperationRead:
        nodes = self._parameter_nodes(node, item)
        parameters = tuple(self._parameters(nodes, name))
        if "callbacks" in node:
            self._hazard("callback", node.at("callbacks"), f"{name[:_MAX_NAME]} calls back, which nothing here takes")
        templates = _TEMPLATE.findall(path)
        given = {parameter.name for parameter in parameters if parameter.location == "path"}
        if missing := set(templates) - given:
            raise UnsupportedConstruct(f"a path without its parameter {min(missing)[:100]}", node.where)
        body = self._body_node(node, nodes)
        bodies: tuple[Body, ...] = ()
        if body is not None:
            bodies = self._bodies(body, self.requests, f"body of {name}", needed=True)
        return OperationRead(
            name=name,
            named=named,
            method=method.upper(),
            path=path,
            where=node.where,
            parameters=parameters,
            bodies=bodies,
            body_required=body is not None and body.get("required") is True,
            answers=self._answers(node, name),
            security=self._security(node),
            deprecated=node.get("deprecated") is True,
        )

    # ------------------------------------------------------------ parameters

    def _parameter_nodes(self, node: Table, item: Table) -> list[Table]:
        """Of the path and of the operation, which overrides it by name and location."""
        found: dict[tuple[Any, Any], Table] = {}
        for holder in (item, node):
            listed = holder.get("parameters")
            if listed is None:
                continue
            for at, one in enumerate(row(listed, "parameters", holder.at("parameters"))):
                try:
                    held, _ = self.files.followed(one, "a parameter", holder.at("parameters"))
                except UnsupportedConstruct as error:
                    if isinstance(one, Table) and one.get("required") is True:
                        raise
                    self._found.refused.append(refusal(error))
                    continue
                key = (held.get("name"), held.get("in"))
                found[key if isinstance(key[0], str) and isinstance(key[1], str) else (at, holder)] = held
        return list(found.values())

    def _parameters(self, nodes: list[Table], name: str) -> Iterator[Parameter]:
        for node in nodes:
            location = node.get("in")
            if location in ("body", "formData") and self.swagger:
                continue
            if location == "header" and str(node.get("name")).lower() in _IGNORED_HEADERS:
                self._hazard("ignored-header", node.where, f"{node.get('name')} of {name}: the media type says it")
                continue
            try:
                yield self._parameter(swagger2.parameter(node) if self.swagger else node, None)
            except UnsupportedConstruct as error:
                if node.get("required") is True or location == "path":
                    raise
                self._found.refused.append(refusal(error))

    def _parameter(self, node: Table, header: str | None) -> Parameter:
        """A parameter, or a header of an answer, whose name stands outside it."""
        where = node.where
        name = text(node.get("name"), "the name of a parameter", where) if header is None else header
        location = node.get("in") if header is None else "header"
        if not isinstance(location, str) or location not in STYLES:
            raise UnsupportedConstruct("a parameter in none of path, query, header, cookie", node.at("in"))
        style = node.get("style", DEFAULT_STYLE[location])
        if style not in STYLES[location]:
            raise UnsupportedConstruct(f"style {str(style)[:40]} in {location}", node.at("style"))
        explode = node.get("explode", style == "form") is True
        readers = self.answers if header is not None else self.requests
        as_json = "content" in node
        if as_json:
            content = table(node["content"], "content", node.at("content"))
            if len(content) != 1 or not is_json(next(iter(content))):
                raise UnsupportedConstruct("a parameter with content that is not JSON", node.at("content"))
            media = table(next(iter(content.values())), "content", node.at("content"))
            handle = self._handle(media)
        elif "schema" in node:
            handle = self._handle(node)
        elif self.swagger and "type" not in node:
            self._hazard("not-valid", where, f"{name} has no type, and is read as a text")
            handle = (Sub(node.like(type="string")),)
        else:
            raise UnsupportedConstruct(f"a parameter without schema ({name[:100]})", where)
        codec = JsonCodec(readers, handle, typed=self._typed)
        if self.swagger and "schema" in node and "type" not in node["schema"] and not as_json:
            self._untyped(node, name)
        return Parameter(
            name=name,
            location=cast(Location, location),
            required=node.get("required") is True or location == "path",
            style=style,
            explode=explode,
            allow_reserved=node.get("allowReserved") is True,
            codec=codec,
            shape=codec.shape,
            as_json=as_json,
            where=where,
            deprecated=node.get("deprecated") is True,
        )

    def _untyped(self, node: Table, name: str) -> None:
        self._hazard("not-valid", node.where, f"{name} has no type, and takes any value")

    # ------------------------------------------------------------ bodies

    def _body_node(self, node: Table, parameters: list[Table]) -> Table | None:
        if self.swagger:
            return swagger2.body(parameters, self._media(node, "consumes"), node)
        if "requestBody" not in node:
            return None
        return self.files.followed(node["requestBody"], "a body", node.at("requestBody"))[0]

    def _media(self, node: Table, key: str) -> list[str]:
        holder = node if key in node else self.root
        if key not in holder:
            return []
        return [text(each, key, holder.at(key)) for each in row(holder[key], key, holder.at(key))]

    def _bodies(self, node: Table, readers: Readers, what: str, *, needed: bool) -> tuple[Body, ...]:
        if "content" not in node:
            return ()
        content = table(node["content"], "content", node.at("content"))
        made: list[Body] = []
        refused: list[UnsupportedConstruct] = []
        for media, inner in content.items():
            where = content.at(media)
            try:
                held = table(inner, "a media type", where)
                handle = self._handle(held) if "schema" in held else ()
                codec = JsonCodec(readers, handle, typed=self._typed) if handle else None
                made.append(Body(media, handle, body_codec(media, codec, self._delimiters(held), where)))
                if codec is not None and isinstance(made[-1].codec, BytesBody) and codec.shape.kinds & {"object"}:
                    self._hazard(
                        "body-as-bytes", where, f"{media[:100]} of {what[:200]} is not taken apart by its schema"
                    )
            except UnsupportedConstruct as error:
                refused.append(error)
        if refused and not made and needed:
            raise refused[0]
        self._found.refused += map(refusal, refused)
        if refused and not made:
            raise refused[0]
        return tuple(sorted(made, key=lambda body: not isinstance(body.codec, JsonBody)))

    def _delimiters(self, media: Table) -> Mapping[str, str]:
        if swagger2.DELIMITERS in media:
            return dict(media[swagger2.DELIMITERS])
        made = {}
        encoding = media.get("encoding")
        for name, node in encoding.items() if isinstance(encoding, Table) else ():
            if isinstance(node, Table) and ("style" in node or "explode" in node):
                style = node.get("style", "form")
                if style not in _DELIMITERS:
                    raise UnsupportedConstruct("style of a form's field", node.where)
                if node.get("explode", style == "form") is not True:
                    made[name] = _DELIMITERS[style]
        return made

    def _handle(self, holder: Table) -> Handle:
        schema = holder.get("schema", True)
        if not isinstance(schema, Table | bool):
            raise UnsupportedConstruct("a schema that is no object", holder.at("schema"))
        return (Sub(schema),)

    # ------------------------------------------------------------ answers

    def _answers(self, node: Table, name: str) -> Mapping[str, Answer]:
        if "responses" not in node:
            return {}
        responses = table(node["responses"], "responses", node.at("responses"))
        made: dict[str, Answer] = {}
        refused: list[UnsupportedConstruct] = []
        for status, inner in responses.items():
            if status.startswith("x-"):
                continue
            where = responses.at(status)
            try:
                if not _STATUS.fullmatch(status):
                    raise UnsupportedConstruct(f"an answer under no status ({status[:60]})", where)
                held, _ = self.files.followed(inner, "an answer", where)
                if self.swagger:
                    held = swagger2.response(held, self._media(node, "produces"))
                bodies = self._bodies(held, self.answers, f"{status} of {name}", needed=False)
                made[status] = Answer(status, bodies, tuple(self._headers(held)))
            except UnsupportedConstruct as error:
                refused.append(error)
        succeeds = [status for status in made if status[0] == "2" or status == "default"]
        if refused and not succeeds:
            raise refused[0]
        self._found.refused += [each for each in map(refusal, refused) if each not in self._found.refused]
        return made

    def _headers(self, node: Table) -> Iterator[Parameter]:
        headers = node.get("headers")
        if headers is None:
            return
        headers = table(headers, "headers", node.at("headers"))
        for name, inner in headers.items():
            if name.lower() == "content-type":
                continue
            try:
                held, _ = self.files.followed(inner, "a header", headers.at(name))
                yield self._parameter(held, name)
            except UnsupportedConstruct as error:
                self._found.refused.append(refusal(error))

    def _security(self, node: Table) -> tuple[str, ...]:
        listed = node.get("security", self.root.get("security"))
        names: dict[str, None] = {}
        for one in listed if isinstance(listed, Row) else ():
            if isinstance(one, Table):
                names |= dict.fromkeys(one)
        return tuple(names)

    def _hazard(self, kind: str, where: str, what: str) -> None:
        self._found.hazards[Hazard(kind, where, what)] = None


def refusal(error: UnsupportedConstruct) -> Refusal:
    """An error as it is reported."""
    return Refusal(error.construct, error.where, f"{error.construct} is not supported")


def made_name(method: str, path: str) -> str:
    """A name of an operation that has none: ``GET /persons/{id}`` is ``get_persons_id``."""
    return "_".join(part for part in (method, *_NOT_IN_A_NAME.split(path)) if part)[:_MAX_NAME]
