"""What an OpenAPI description says, in the form that any contract is shown in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.inspection import Hazard, InspectedOperation, Inspection, Member, Refusal, refused_whole
from adapters.kit.openapi.files import Files
from adapters.kit.openapi.forms import MULTIPART
from adapters.kit.openapi.inspected_types import GRAPHQL_NAME, Types
from adapters.kit.openapi.nodes import Table
from adapters.kit.openapi.operations import Body, OperationRead, OperationReader
from adapters.kit.openapi.parameters import DEFAULT_STYLE, Parameter

_PERSONAL = re.compile(
    r"person|people|subject|citizen|patient|applicant|user|ident|ssn|bsn|pesel|fnr|fodsels|fødsels|f[oø]dt|birth|geboorte"
    r"|code?fiscale|taxid|kods|pk\b|name|naam|navn|vards|uzvards|imie|nazwisko|mail|phone|telefon|address|adres|adrese"
    r"|aktoer|aktør|brukerid|account|konto|iban|nip\b|cf\b",
    re.IGNORECASE,
)
"""Words in names of parameters that are often about people; a person says whether this one is."""


def inspect_openapi(path: Path) -> Inspection:
    """Read a description for people. Whatever is wrong with it is in the result; nothing is fetched.

    Raises: OSError where there is no such file.
    """
    try:
        return _Inspector(OperationReader(Files(path), typed=True), path.name).done()
    except UnsupportedConstruct as error:
        return refused_whole("OPENAPI", path.name, [Refusal(error.construct, error.where, "the file cannot be used")])


class _Inspector:
    def __init__(self, reader: OperationReader, source: str) -> None:
        self._reader = reader
        self._source = source
        self._hazards: dict[Hazard, None] = {}
        self._types = Types(reader.shapes, self._hazards)

    def done(self) -> Inspection:
        found = self._reader.read()
        operations = [self._operation(operation) for operation in found.operations]
        operations += [
            InspectedOperation(name, loads=False, reason=f"{why.construct} at {why.where}", call=call)
            for name, call, why in found.unusable
        ]
        types = self._types.done()
        for operation in found.operations:
            self._hazards |= dict.fromkeys(self._of_operation(operation))
        hazards = dict.fromkeys([*found.hazards, *self._hazards, *self._security()])
        refused = dict.fromkeys([*found.refused, *(why for _, _, why in found.unusable)])
        if not operations and not refused:
            nothing = Refusal("a description without operation", f"{self._source}:1", "there is nothing to call")
            refused[nothing] = None
        return Inspection(
            kind="OPENAPI",
            source=self._source,
            loads=bool(found.operations),
            operations=tuple(operations),
            refused=tuple(refused),
            hazards=tuple(hazards),
            types=types,
        )

    def _operation(self, operation: OperationRead) -> InspectedOperation:
        name = operation.name
        return InspectedOperation(
            name=name,
            loads=True,
            reason=None,
            call=f"{operation.method} {operation.path}",
            parameters=tuple(self._parameter(parameter, name) for parameter in operation.parameters),
            request=tuple(
                self._body(body, body.media, f"{name}.request", operation.body_required) for body in operation.bodies
            ),
            responses=tuple(
                member
                for status, answer in operation.answers.items()
                for member in (
                    [self._body(body, status, f"{name}.{status}", True) for body in answer.bodies]
                    or [Member(status, "nothing")]
                )
            ),
        )

    def _parameter(self, parameter: Parameter, operation: str) -> Member:
        said = [f"in the {parameter.location}"]
        if parameter.as_json:
            said.append("as JSON")
        elif parameter.shape.kinds & {"array", "object"} and not parameter.shape.kinds >= {"string", "array"}:
            said.append(f"style {parameter.style}{', explode' if parameter.explode else ''}")
        elif parameter.style != DEFAULT_STYLE[parameter.location]:
            said.append(f"style {parameter.style}")
        if parameter.allow_reserved:
            said.append("reserved characters as they are")
        if parameter.deprecated:
            said.append("deprecated")
        path = f"{operation}.{parameter.name}"
        return self._types.member(
            parameter.name, parameter.codec.handle, path, required=parameter.required, said=tuple(said)
        )

    def _body(self, body: Body, name: str, path: str, required: bool) -> Member:
        if not body.handle:
            return Member(name, "bytes", low=int(required), note=body.media)
        said = () if body.media == name else (body.media,)
        return self._types.member(name, body.handle, path, required=required, said=said)

    def _of_operation(self, operation: OperationRead) -> Iterator[Hazard]:
        if operation.named and not GRAPHQL_NAME.fullmatch(operation.name):
            yield Hazard("name-not-graphql", operation.where, f"operation {operation.name[:100]}")
        for parameter in operation.parameters:
            if not GRAPHQL_NAME.fullmatch(parameter.name):
                yield Hazard("name-not-graphql", parameter.where, f"parameter {parameter.name[:100]}")
            if _may_be_personal(parameter, operation.path):
                place = f"{parameter.name[:100]} in the {parameter.location} of {operation.name[:100]}"
                yield Hazard("personal-data-in-url", parameter.where, f"{place}: addresses are logged")
        if any(body.media.startswith(MULTIPART) for body in operation.bodies):
            yield Hazard("multipart", operation.where, f"{operation.name[:100]} takes a multipart form")
        if operation.security:
            yield Hazard(
                "security", operation.where, f"{operation.name[:100]} asks for {', '.join(operation.security)[:200]}"
            )

    def _security(self) -> Iterator[Hazard]:
        root = self._reader.root
        components = root.get("components")
        holder = root if self._reader.swagger else components
        key = "securityDefinitions" if self._reader.swagger else "securitySchemes"
        schemes = holder.get(key) if isinstance(holder, Table) else None
        if not isinstance(schemes, Table):
            return
        for name, scheme in schemes.items():
            if isinstance(scheme, Table):
                said = " ".join(str(scheme[key]) for key in ("type", "scheme", "in", "name") if key in scheme)
                yield Hazard("security", schemes.at(name), f"{name[:100]}: {said[:200]}")


def _may_be_personal(parameter: Parameter, path: str) -> bool:
    if parameter.location not in ("path", "query"):
        return False
    before = path.partition(f"/{{{parameter.name}}}")[0].rpartition("/")[2] if parameter.location == "path" else ""
    return bool(_PERSONAL.search(parameter.name) or _PERSONAL.search(before))
