"""What a caller gives: variables and arguments, coerced by code that is prepared once for a type or an operation.

Coercion is graphql-core's, and its own code runs for every value that is unusual: one value where a list is asked for,
a missing variable, whatever cannot be coerced. So what is prepared here covers the usual and decides nothing.
"""

# ruff: noqa: N818 - "Unusual" says what it is; it is no error

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING
from enum import Enum
from functools import partial
from typing import Any

import msgspec
import strawberry
from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    get_nullable_type,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.pyutils import Undefined
from graphql.utilities import validate_input_value
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_value
from strawberry.scalars import is_scalar
from strawberry.types.arguments import StrawberryArgument, convert_argument
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryOptional, get_object_definition
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.lazy_type import LazyType
from strawberry.types.unset import UNSET

from gateway.plan.document import RequestError, RequestRefused
from schema.terms import ErrorCode
from schema.text import Text
from schema.wording import NEST_LESS

Coerce = Callable[[Any], Any]
"""Raises :class:`Unusual`."""


_MOST_ERRORS = 10
_WRONG_VARIABLE = Text(
    "The variable ${name} is not a value of the type that the document gives it.",
    "Mainīgā ${name} vērtība neatbilst tipam, ko tam piešķir dokuments.",
)
_WRONG_PART = Text(
    "The variable ${name} is not a value of the type that the document gives it: look at `{place}`.",
    "Mainīgā ${name} vērtība neatbilst tipam, ko tam piešķir dokuments: skatiet `{place}`.",
)
_COMPARE = Text(
    "Compare the variable with the type that the operation declares for it.",
    "Salīdziniet mainīgo ar tipu, ko tam piešķir darbība.",
)
_ONE_OF = "Within OneOf Input Object type"
"""How graphql-core says that not exactly one field of such a type is given."""
_GIVE_ONE = Text(
    "Give exactly one of the type's fields, with a value.", "Norādiet tieši vienu no tipa laukiem, ar vērtību."
)


class Unusual(Exception):
    """Not a value that the prepared code knows: graphql-core decides."""


class _Variable(msgspec.Struct, frozen=True):
    """A variable of an operation.

    Attributes:
        signature: graphql-core's.
        plain: values of this type are taken as they are, whether null may be one or not.
        coerce: takes any other value.
        needed: it has no meaning to leave it out, or graphql-core knows which.
    """

    name: str
    signature: Any
    plain: type[Any] | None
    coerce: Coerce
    needed: bool


class Variables(msgspec.Struct):
    """Coerced variables of one request.

    Attributes:
        coerced: by name.
        given: what they were coerced from.
        prepared: what coerced them.
        made: by graphql-core; None: it is not asked until it is needed.
    """

    coerced: dict[str, Any]
    given: Mapping[str, Any] = {}
    prepared: Sequence[_Variable] = ()
    made: VariableValues | None = None

    @property
    def values(self) -> VariableValues:
        """What graphql-core would make, or made, of them."""
        if self.made is None:
            sources = {
                each.name: VariableValueSource(each.signature, self.given.get(each.name, Undefined))
                for each in self.prepared
            }
            self.made = VariableValues(sources, self.coerced)
        return self.made


class VariableReader:
    """Coerces the variables of one operation.

    Args:
        schema: the graph.
        operation: validated.
    """

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self.operation = operation
        self._schema = schema
        self._definitions = operation.variable_definitions or ()
        self._prepared: list[_Variable] | None = []
        for node in self._definitions:
            signature = get_variable_signature(schema, node)
            if isinstance(signature, GraphQLError):
                self._prepared = None
                break
            plain = _PLAIN.get(get_nullable_type(signature.type))
            needed = isinstance(signature.type, GraphQLNonNull) or node.default_value is not None
            self._prepared.append(_Variable(signature.name, signature, plain, coercer(signature.type), needed))

    def read(self, given: Mapping[str, Any]) -> Variables:
        """Coerce what was sent.

        Raises:
            RequestRefused: VARIABLES; the message names the variable, never its value.
        """
        return self.usual(given) or self.unusual(given)

    def usual(self, given: Mapping[str, Any]) -> Variables | None:
        """Coerce what was sent where it is usual, which never takes long; None: it is not."""
        if self._prepared is None:
            return None
        try:
            coerced = {}
            for each in self._prepared:
                if not each.needed and each.name not in given:
                    continue
                value = given[each.name]
                coerced[each.name] = value if type(value) is each.plain else each.coerce(value)
        except (Unusual, KeyError, RecursionError):
            return None
        return Variables(coerced, given, self._prepared)

    def unusual(self, given: Mapping[str, Any]) -> Variables:
        """Let graphql-core coerce what was sent, or say what is wrong with it. Raises: as :meth:`read`."""
        try:
            result = get_variable_values(
                self._schema, self._definitions, dict(given), max_errors=_MOST_ERRORS, hide_suggestions=True
            )
        except RecursionError:
            raise RequestRefused(
                RequestError(
                    ErrorCode.VARIABLES,
                    Text("A variable nests too deeply.", "Mainīgā vērtība ir ligzdota pārāk dziļi."),
                    remedy=NEST_LESS,
                )
            ) from None
        if isinstance(result, list):
            places = self._slips(given)
            named = [_variable_error(error, places) for error in result]
            unnamed = [self._unnamed(given)] if None in named else []  # once: it looks through all that is given
            raise RequestRefused(*(each for each in named if each is not None), *unnamed)
        return Variables(result.coerced, made=result)

    def _slips(self, given: Mapping[str, Any]) -> dict[str, Iterator[str]]:
        """Where values are not of their types, by variable: graphql-core's slips in order, by the schema's names."""
        found = {}
        for node in self._definitions:
            signature = get_variable_signature(self._schema, node)
            if not isinstance(signature, GraphQLError) and signature.name in given:
                found[signature.name] = iter(_slips_in(given[signature.name], signature.type))
        return found

    def _unnamed(self, given: Mapping[str, Any]) -> RequestError:
        """What graphql-core says of no variable: strawberry's own code refuses a @oneOf value, or there is too much."""
        for node in self._definitions:
            signature = get_variable_signature(self._schema, node)
            if isinstance(signature, GraphQLError) or signature.name not in given:
                continue
            place = _refused_in(given[signature.name], signature.type, ())
            if place is not None:
                return _wrong(signature.name, ".".join(place), GraphQLError("", node), _GIVE_ONE)
        return RequestError(
            ErrorCode.VARIABLES,
            Text(
                "A variable is not a value of the type that the document gives it.",
                "Mainīgā vērtība neatbilst tipam, ko tam piešķir dokuments.",
            ),
            remedy=Text(
                "Compare the variables with the types that the operation declares for them.",
                "Salīdziniet mainīgos ar tipiem, ko tiem piešķir darbība.",
            ),
        )


def _refused_in(value: Any, type_: Any, place: tuple[str, ...]) -> tuple[str, ...] | None:
    """Where a type's own code refuses a value, which tells nobody where."""
    type_ = get_nullable_type(type_)
    inner: Iterable[tuple[Any, Any, str]] = ()
    if isinstance(type_, GraphQLList):
        if not isinstance(value, list):
            return _refused_in(value, type_.of_type, place)
        inner = ((each, type_.of_type, str(number)) for number, each in enumerate(value))
    elif isinstance(type_, GraphQLInputObjectType) and isinstance(value, dict):
        inner = ((value[name], field.type, name) for name, field in type_.fields.items() if name in value)
    for each, of_type, key in inner:
        found = _refused_in(each, of_type, (*place, key))
        if found is not None:
            return found
    if _has_own_code(type_):
        try:
            coerce_input_value(value, type_)
        except GraphQLError:
            return place
    return None


def _has_own_code(type_: Any) -> bool:
    return isinstance(type_, GraphQLInputObjectType) and (
        type_.is_one_of or type_.out_type is not GraphQLInputObjectType.out_type
    )


def _slips_in(value: Any, type_: Any) -> list[str]:
    found: list[str] = []

    def slip(_: GraphQLError, path: list[str | int]) -> None:
        found.append(".".join(map(str, path)))
        if len(found) == _MOST_ERRORS:
            raise Unusual

    with suppress(Unusual):
        validate_input_value(value, type_, slip, hide_suggestions=True)
    return found


def _variable_error(error: GraphQLError, places: Mapping[str, Iterator[str]]) -> RequestError | None:
    for node in error.nodes or ():
        name = getattr(getattr(node, "variable", None), "name", None)
        if name is not None:
            remedy = _GIVE_ONE if _ONE_OF in error.message else _COMPARE
            return _wrong(name.value, next(places.get(name.value, iter(())), ""), error, remedy)
    return None


def _wrong(name: str, place: str, error: GraphQLError, remedy: Text) -> RequestError:
    return RequestError(
        ErrorCode.VARIABLES,
        (_WRONG_PART if place else _WRONG_VARIABLE).filled(name=name, place=place),
        tuple((each.line, each.column) for each in error.locations or ()),
        remedy=remedy,
    )


# ---------------------------------------------------------------- by GraphQL type


def coercer(type_: Any) -> Coerce:
    """What coerces a usual value of an input type, as graphql-core's ``coerce_input_value`` does."""
    return _coercer(type_, {})


_Fields = tuple[dict[str, tuple[str, Coerce]], set[str], dict[str, Any]]
"""Of an input object: its fields by name, those that it needs, and defaults of the others."""


def _coercer(type_: Any, known: dict[str, _Fields], *, nullable: bool = True) -> Coerce:
    if isinstance(type_, GraphQLNonNull):
        return _coercer(type_.of_type, known, nullable=False)
    if isinstance(type_, GraphQLList):
        return partial(_list, _coercer(type_.of_type, known), nullable)
    if isinstance(type_, GraphQLInputObjectType):
        if _has_own_code(type_):
            return _unusual
        if type_.name not in known:
            # Known before it is complete: a type may hold itself.
            prepared, needed, defaults = known[type_.name] = {}, set(), {}
            for name, field in type_.fields.items():
                prepared[name] = (field.out_name or name, _coercer(field.type, known))
                default = coerce_default_value(field)
                if default is None or isinstance(default, str | int | Enum):
                    defaults[name] = default
                elif default is not Undefined or isinstance(field.type, GraphQLNonNull):
                    needed.add(name)
        return partial(_object, *known[type_.name], nullable)
    if isinstance(type_, GraphQLScalarType):
        builtin = _BUILTIN.get(type_.name)
        return partial(_leaf, type_.coerce_input_value, nullable) if builtin is None else partial(builtin, nullable)
    if isinstance(type_, GraphQLEnumType):
        return partial(_leaf, type_.coerce_input_value, nullable)
    return _unusual


def _list(inner: Coerce, nullable: bool, value: Any) -> Any:
    if value is None and nullable:
        return None
    if type(value) is not list:
        raise Unusual
    return [inner(each) for each in value]


def _object(
    fields: Mapping[str, tuple[str, Coerce]], needed: set[str], defaults: Mapping[str, Any], nullable: bool, value: Any
) -> Any:
    if value is None and nullable:
        return None
    if type(value) is not dict or not value.keys() <= fields.keys() or not needed <= value.keys():
        raise Unusual
    return {
        name: coerce(value[key]) if key in value else defaults[key]
        for key, (name, coerce) in fields.items()
        if key in value or key in defaults
    }


def _leaf(coerce: Callable[[Any], Any], nullable: bool, value: Any) -> Any:
    if value is None:
        if nullable:
            return None
        raise Unusual
    try:
        coerced = coerce(value)
    except Exception:  # noqa: BLE001 - whatever it is, graphql-core says what is wrong
        raise Unusual from None
    if coerced is Undefined:
        raise Unusual
    return coerced


def _text(nullable: bool, value: Any) -> Any:
    if type(value) is str or (value is None and nullable):
        return value
    raise Unusual


def _int(nullable: bool, value: Any) -> Any:
    if (type(value) is int and GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT) or (value is None and nullable):
        return value
    raise Unusual


def _boolean(nullable: bool, value: Any) -> Any:
    if type(value) is bool or (value is None and nullable):
        return value
    raise Unusual


def _unusual(value: Any) -> Any:
    raise Unusual


_BUILTIN: dict[str, Callable[[bool, Any], Any]] = {"String": _text, "ID": _text, "Int": _int, "Boolean": _boolean}
_PLAIN: dict[Any, type[Any]] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}


# ---------------------------------------------------------------- by strawberry's type


class Converters:
    """What makes of coerced values the values that batch functions take, as strawberry's ``convert_argument`` does.

    Args:
        declared: strawberry's declaration of the graph.
    """

    def __init__(self, declared: strawberry.federation.Schema) -> None:
        self._registry = declared.schema_converter.scalar_registry
        self._config = declared.schema_converter.config
        self._known: dict[Any, Coerce | None] = {}

    def name_of(self, argument: StrawberryArgument) -> str:
        """An argument's name in the graph."""
        return self._config.name_converter.from_argument(argument)

    def of(self, type_: Any) -> Coerce | None:
        """The converter of a type; None where values are taken as they are."""
        if isinstance(type_, StrawberryOptional) and not isinstance(type_, StrawberryMaybe):
            return self.of(type_.of_type)
        if isinstance(type_, StrawberryList):
            return partial(_items, self.of(type_.of_type))
        if isinstance(type_, LazyType):
            return self.of(type_.resolve_type())
        if isinstance(type_, StrawberryEnumDefinition) or is_scalar(type_, self._registry):
            return None
        if type_ not in self._known:
            self._known[type_] = partial(self._slowly, type_)  # Until it is complete: a type may hold itself.
            self._known[type_] = self._input(type_)
        return self._known[type_]

    def _slowly(self, type_: Any, value: Any) -> Any:
        return convert_argument(value, type_, self._registry, self._config)

    def _input(self, type_: Any) -> Coerce:
        definition = get_object_definition(type_)
        if definition is None or not definition.is_input or definition.from_input is not None:
            return partial(self._slowly, type_)
        fields = []
        blank: dict[str, Any] = {}
        for field in definition.fields:
            name = self._config.name_converter.from_field(field)
            fields.append((name, field.python_name, self.of(field.resolve_type(type_definition=definition))))
            if field.default_value is MISSING and field.default_factory is MISSING:
                blank[field.python_name] = None
        return partial(_filled, type_, blank, fields)


def _items(inner: Coerce | None, value: Any) -> Any:
    if value is None or value is UNSET:
        return value
    return list(value) if inner is None else [inner(each) for each in value]


def _filled(made: Any, blank: dict[str, Any], fields: list[tuple[str, str, Coerce | None]], value: Any) -> Any:
    if value is None or value is UNSET:
        return value
    given = blank.copy()
    for key, name, convert in fields:
        if key in value:
            given[name] = value[key] if convert is None else convert(value[key])
    return made(**given)
