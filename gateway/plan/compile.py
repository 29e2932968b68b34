"""Document -> plan: what an operation asks, merged and typed, once per document and per values of its conditions."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import strawberry
from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    DirectiveNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
)
from graphql.language.ast import BooleanValueNode
from strawberry.types.field import StrawberryField

from gateway.plan.arguments import Prepared, Taken
from gateway.plan.document import Document, RequestError, RequestRefused
from gateway.plan.inputs import Converters, VariableReader, Variables
from gateway.plan.slim import Place
from schema.graph.declare import Door, Reads, Relation
from schema.terms import ErrorCode
from schema.text import Text

PLANS_A_DOCUMENT = 16


@dataclass(slots=True, eq=False)
class FieldPlan:
    """One response key of one object type."""

    id: int
    key: str
    name: str
    coordinate: str
    attribute: str
    relation: Relation | None
    definition: GraphQLField
    nodes: tuple[FieldNode, ...]
    type: GraphQLOutputType
    named: GraphQLNamedType
    declared: tuple[Any, ...]
    """Strawberry's definitions of the arguments."""
    leaf: Callable[[Any], Any] | None
    """How a value of a leaf type is written; None for composite types."""
    plain: frozenset[Any]
    """Types of values of a leaf that go out as they are."""
    nullable: bool
    is_list: bool
    objects: dict[str, ObjectPlan] = field(default_factory=dict)
    """What is asked of each object type that a value may have, by type name."""
    position: int = 0
    """Among the fields of its object."""
    door: Door | None = field(init=False)
    """The door that objects behind this field are."""
    only_type: str | None = field(init=False)
    """The object type that all its values have; None: leaves, or a union or an interface."""
    is_value: bool = field(init=False)
    """A leaf that is an attribute of its object, and no list: its values go out by themselves."""
    arguments: Prepared | None = None
    """None until somebody asked; see ``gateway.plan.arguments``."""
    taken: Taken | None = None
    """None until somebody asked; see ``gateway.plan.arguments``."""
    follows: dict[Any, Mapping[Any, int]] = field(default_factory=dict)
    """By record type; not in it until somebody asked; see ``gateway.plan.following``."""

    def __post_init__(self) -> None:
        opens = self.relation.opens if self.relation else None
        self.door = Door.CLAIM if self.named.name == "Claim" else opens
        self.only_type = self.named.name if isinstance(self.named, GraphQLObjectType) else None
        own = self.relation is None and not self.name.startswith("__")
        self.is_value = own and self.leaf is not None and not self.is_list

    @property
    def reads(self) -> Reads:
        """Record types that the field itself reads, in order, each with the attributes that it looks at; None: all."""
        return self.relation.reads if self.relation is not None else {}

    @property
    def locations(self) -> list[dict[str, int]]:
        """Where the field stands in the document."""
        places = [node.loc for node in self.nodes if isinstance(node.loc, Place)]
        return [{"line": place.line, "column": place.column} for place in places]


@dataclass(slots=True, eq=False)
class ObjectPlan:
    """What is asked of objects of one type."""

    type_name: str
    fields: tuple[FieldPlan, ...]
    keys: tuple[str, ...] = field(init=False)
    """Response keys, in order."""
    by_source: tuple[tuple[FieldPlan, ...], ...] = field(init=False)
    """Fields that one call answers together, by what is called."""
    open_to: dict[int, Any] = field(default_factory=dict)
    """Judgements, by identity, that were found to refuse none of the fields; see ``gateway.plan.run``."""

    def __post_init__(self) -> None:
        self.keys = tuple(each.key for each in self.fields)
        for position, each in enumerate(self.fields):
            each.position = position
        by_source: dict[Any, list[FieldPlan]] = {}
        for each in self.fields:
            if each.relation is not None and each.relation.source is not None:
                by_source.setdefault(each.relation.source, []).append(each)
        self.by_source = tuple(map(tuple, by_source.values()))

    def walk(self) -> Iterator[FieldPlan]:
        """Every field from here down."""
        for each in self.fields:
            yield each
            for inner in each.objects.values():
                yield from inner.walk()


@dataclass(slots=True, eq=False)
class Plan:
    """One operation, ready to be decided and run with any variables that its conditions agree with."""

    operation: OperationDefinitionNode
    document: Document
    root: ObjectPlan
    is_mutation: bool
    introspects: bool
    is_subscription: bool
    """It is run once for each event."""
    size: int
    """Fields that it has."""
    judgements: OrderedDict[Any, Any] = field(default_factory=OrderedDict)
    """What doors leave open of this plan, by everything that it was judged from; see ``gateway.plan.judge``."""
    weighed: int = -1
    """How many of them there were when they were weighed; see ``gateway.plan.document``."""
    costs: dict[tuple[int, ...], int] = field(default_factory=dict)
    """Fields answered at most, by page sizes; see ``gateway.plan.cost``."""
    pages: tuple[FieldPlan, ...] | None = None
    """Fields with a page size that variables may change; None until somebody asked."""
    looks_at: Reads | None = None
    """See :func:`looks_at`; None until somebody asked."""
    registers: dict[str, frozenset[str]] | None = None
    """Coordinate -> names of the registers that are asked for it; None until somebody asked."""
    bounded: tuple[FieldPlan, ...] | None = None
    """Fields with a number among their arguments that a variable gives; None until somebody asked."""


class Graph:
    """The graph as plans see it: strawberry's declaration, its relations, its argument converters."""

    def __init__(self, declared: strawberry.federation.Schema, builtin: dict[str, Relation] | None = None) -> None:
        self.declared = declared
        self.schema: GraphQLSchema = declared._schema
        self.converters = Converters(declared)
        self._builtin = builtin or {}

    def field_of(self, definition: GraphQLField) -> StrawberryField | None:
        """Strawberry's declaration of a field; None: it is graphql-core's own."""
        found = (definition.extensions or {}).get("strawberry-definition")
        return found if isinstance(found, StrawberryField) else None

    def relation_of(self, coordinate: str, definition: GraphQLField) -> Relation | None:
        """The relation that answers a field; None: it is an attribute of its object."""
        if coordinate in self._builtin:
            return self._builtin[coordinate]
        declared = self.field_of(definition)
        found = declared.metadata.get("relation") if declared is not None else None
        return found if isinstance(found, Relation) else None

    def reader(self, document: Document, name: str | None) -> VariableReader:
        """What chooses an operation by what a client sent, and reads its variables: kept with the document.

        Raises:
            RequestRefused: the name fits no operation.
        """
        reader = document.readers[name] = VariableReader(self.schema, document.operation(name))
        return reader

    def variables(self, document: Document, operation: OperationDefinitionNode, given: Mapping[str, Any]) -> Variables:
        """Coerce the variables of a request.

        Raises:
            RequestRefused: VARIABLES; the message names the variable, never its value.
        """
        name = operation.name.value if operation.name else None
        read: Variables = (document.readers.get(name) or self.reader(document, name)).read(given)
        return read


def plan_key(document: Document, operation: OperationDefinitionNode, variables: Variables) -> Any:
    """By what a document keeps a plan: the operation's name, and values of the variables in @skip and @include."""
    # Another operation of the document may use the name for anything: what is not true conditions nothing.
    conditions = document.conditions
    if conditions is None:
        conditions = document.conditions = _condition_variables(document)
    coerced = variables.coerced
    return (
        operation.name.value if operation.name else None,
        tuple([coerced.get(each) is True for each in conditions]) if conditions else (),
    )


def plan_of(graph: Graph, document: Document, operation: OperationDefinitionNode, variables: Variables) -> Plan:
    """Compile, or find it compiled: one plan an operation and values of the variables in @skip and @include."""
    key = plan_key(document, operation, variables)
    kept: Plan | None = document.plans.get(key)
    if kept is not None:
        document.plans.move_to_end(key)
        return kept
    return keep_plan(document, key, compiled(graph, document, operation, variables))


def compiled(graph: Graph, document: Document, operation: OperationDefinitionNode, variables: Variables) -> Plan:
    """Compile. Nothing is kept, so that it may be done elsewhere than on the event loop."""
    return _Compiler(graph, document, variables.coerced).compile(operation)


def keep_plan(document: Document, key: Any, plan: Plan) -> Plan:
    """Keep a plan with its document, in the place of the one that was used longest ago where there are too many."""
    document.plans[key] = plan
    if len(document.plans) > PLANS_A_DOCUMENT:
        document.plans.popitem(last=False)
    return plan


def looks_at(plan: Plan) -> Reads:
    """Of each record type that a plan may read, the attributes that its fields look at; None: all of them."""
    if plan.looks_at is None:
        found: dict[type[Any], frozenset[str] | None] = {}
        for each in plan.root.walk():
            for record_type, names in each.reads.items():
                before = found.get(record_type, frozenset())
                found[record_type] = None if names is None or before is None else names | before
        plan.looks_at = found
    return plan.looks_at


def _condition_variables(document: Document) -> tuple[str, ...]:
    names: set[str] = set()
    pending: list[SelectionSetNode] = [each.selection_set for each in document.operations.values()]
    pending += [each.selection_set for each in document.fragments.values()]
    while pending:
        for selection in pending.pop().selections:
            for directive in selection.directives or ():
                for argument in directive.arguments or ():
                    if isinstance(argument.value, VariableNode):
                        names.add(argument.value.name.value)
            inner = getattr(selection, "selection_set", None)
            if inner is not None:
                pending.append(inner)
    return tuple(sorted(names))


class _Compiler:
    def __init__(self, graph: Graph, document: Document, variables: dict[str, Any]) -> None:
        self._graph = graph
        self._document = document
        self._variables = variables
        self._fields = 0
        self._introspects = False

    def compile(self, operation: OperationDefinitionNode) -> Plan:
        root_type = self._graph.schema.get_root_type(operation.operation)
        if root_type is None:
            raise RequestRefused(
                RequestError(
                    ErrorCode.INVALID,
                    Text("The graph has no operations of this kind.", "Grafā šāda veida darbību nav."),
                    remedy=Text("Compare it with the SDL.", "Salīdziniet to ar SDL."),
                )
            )
        root = self._object(root_type, [operation.selection_set])
        is_mutation = operation.operation is OperationType.MUTATION
        is_subscription = operation.operation is OperationType.SUBSCRIPTION
        return Plan(operation, self._document, root, is_mutation, self._introspects, is_subscription, self._fields)

    def _object(self, type_: GraphQLObjectType, selection_sets: Sequence[SelectionSetNode]) -> ObjectPlan:
        nodes: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for selection_set in selection_sets:
            self._collect(type_, selection_set, nodes, seen)
        return ObjectPlan(type_.name, tuple(self._field(type_, key, each) for key, each in nodes.items()))

    def _collect(
        self,
        type_: GraphQLObjectType,
        selection_set: SelectionSetNode,
        nodes: dict[str, list[FieldNode]],
        seen: set[str],
    ) -> None:
        for selection in selection_set.selections:
            if not self._included(selection.directives or ()):
                continue
            if isinstance(selection, FieldNode):
                key = selection.alias.value if selection.alias else selection.name.value
                nodes.setdefault(key, []).append(selection)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                if condition is None or self._applies(condition.name.value, type_):
                    self._collect(type_, selection.selection_set, nodes, seen)
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
                seen.add(selection.name.value)
                fragment = self._document.fragments[selection.name.value]
                if self._applies(fragment.type_condition.name.value, type_):
                    self._collect(type_, fragment.selection_set, nodes, seen)

    def _applies(self, condition: str, type_: GraphQLObjectType) -> bool:
        if condition == type_.name:
            return True
        conditional = self._graph.schema.type_map[condition]
        return isinstance(conditional, GraphQLInterfaceType | GraphQLUnionType) and self._graph.schema.is_sub_type(
            conditional, type_
        )

    def _included(self, directives: Sequence[DirectiveNode]) -> bool:
        for directive in directives:
            name = directive.name.value
            if name in ("skip", "include"):
                value = (directive.arguments or ())[0].value
                truth = (
                    self._variables.get(value.name.value)
                    if isinstance(value, VariableNode)
                    else isinstance(value, BooleanValueNode) and value.value
                )
                if bool(truth) is (name == "skip"):
                    return False
        return True

    def _field(self, parent: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> FieldPlan:
        schema = self._graph.schema
        name = nodes[0].name.value
        definition = schema.get_field(parent, name)
        if definition is None:
            raise LookupError("validation lets no unknown field through")
        if name in ("__schema", "__type") or (parent.name == "Query" and name == "_service"):
            self._introspects = True
        coordinate = f"{parent.name}.{name}"
        declared = self._graph.field_of(definition)
        named = get_named_type(definition.type)
        nullable = not isinstance(definition.type, GraphQLNonNull)
        self._fields += 1
        plan = FieldPlan(
            id=self._fields,
            key=key,
            name=name,
            coordinate=coordinate,
            attribute=(declared.python_name if declared is not None else None) or name,
            relation=self._graph.relation_of(coordinate, definition),
            definition=definition,
            nodes=tuple(nodes),
            type=definition.type,
            named=named,
            declared=tuple(declared.arguments) if declared is not None else (),
            leaf=_writer(named),
            plain=_PLAIN.get(named.name, frozenset()) | (_NULL if nullable else frozenset()),
            nullable=nullable,
            is_list=isinstance(get_nullable_type(definition.type), GraphQLList),
        )
        if name in ("__schema", "__type"):
            return plan
        inner = [node.selection_set for node in nodes if node.selection_set is not None]
        if isinstance(named, GraphQLObjectType):
            plan.objects[named.name] = self._object(named, inner)
        elif is_abstract_type(named):
            for possible in schema.get_possible_types(named):
                plan.objects[possible.name] = self._object(possible, inner)
        return plan


def _writer(named: GraphQLNamedType) -> Callable[[Any], Any] | None:
    """How values of a leaf type are written: at once where they are what they should be, else as graphql-core does."""
    if isinstance(named, GraphQLEnumType):
        return _enum_writer(named)
    if not isinstance(named, GraphQLScalarType):
        return None
    coerce = named.coerce_output_value
    if named.name in ("JSON", "_Any"):
        return _same
    if named.name in ("String", "ID"):
        return lambda value: value if type(value) is str else coerce(value)
    if named.name == "Boolean":
        return lambda value: value if type(value) is bool else coerce(value)
    if named.name == "Int":
        return lambda value: (
            value if type(value) is int and GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT else coerce(value)
        )

    if named.name in _NEVER_NOTHING:
        return coerce

    def write(value: Any) -> Any:
        written = coerce(value)
        if written is None:
            raise TypeError(f"{named.name} writes nothing for something")
        return written

    return write


_NEVER_NOTHING = frozenset({"AddressCode", "AtvkCode", "Date", "PersonCode", "RegistrationNumber"})
"""Scalars that never write null, so that nothing is checked behind them: each is written by a function of C, and a
column of a list takes no call of Python for each value."""
_NULL = frozenset({type(None)})
_PLAIN: dict[str, frozenset[type[Any]]] = {
    "String": frozenset({str}),
    "ID": frozenset({str}),
    "Boolean": frozenset({bool}),
}


def _enum_writer(named: GraphQLEnumType) -> Callable[[Any], Any]:
    members = getattr(named, "wrapped_cls", None)
    known = {each.value if members is None else members(each.value): name for name, each in named.values.items()}
    return _Known(known, named.coerce_output_value).__getitem__


class _Known(dict[Any, Any]):
    """Names by value; of any other value what ``coerce`` says."""

    def __init__(self, known: Mapping[Any, str], coerce: Callable[[Any], Any]) -> None:
        super().__init__(known)
        self._coerce = coerce

    def __missing__(self, value: Any) -> Any:
        return self._coerce(value)


def _same(value: Any) -> Any:
    return value
