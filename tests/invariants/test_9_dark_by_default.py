"""Invariant 9: a field that no policy names is readable by nobody."""

from __future__ import annotations

from graphql import GraphQLObjectType

from gateway.desk.federation import BUILTIN
from gateway.identity.party import Party
from gateway.plan.compile import Graph, plan_of
from gateway.plan.document import Documents
from gateway.plan.judge import Judges
from gateway.settings import LimitsSettings
from policies.kit.policy_set import PolicySet
from schema.graph import build
from schema.terms import AssuranceLevel, Capacity, PersonCode


def test_a_field_that_is_taken_out_of_the_list_is_refused_to_everybody() -> None:
    policies = PolicySet.load()
    graph = Graph(build(), BUILTIN)
    document = Documents(graph.schema, LimitsSettings()).get("{ claimTypes { code legalBasis } }")
    variables = graph.variables(document, document.operation(None), {})
    plan = plan_of(graph, document, document.operation(None), variables)
    by_name = {field.name: field for field in plan.root.walk()}
    classes = dict(policies.fields.classes)
    del classes["ClaimType.legalBasis"]
    object.__setattr__(policies.fields, "classes", classes)
    for capacity in Capacity:
        party = Party(capacity, "s-1", PersonCode("39100000011"), assurance=AssuranceLevel.HIGH)
        judged = Judges(party, policies, may_introspect=True, variables=variables).root(plan)
        assert judged.refusal(by_name["code"]) is None
        refused = judged.refusal(by_name["legalBasis"])
        assert refused is not None
        assert refused.code.value == "FORBIDDEN"


def test_every_field_of_the_graph_is_named_or_is_known_to_be_dark() -> None:
    fields = PolicySet.load().fields
    schema = build()._schema
    inputs_and_roots = ("Problem",)
    dark = {
        f"{name}.{field}"
        for name, declared in schema.type_map.items()
        if isinstance(declared, GraphQLObjectType) and not name.startswith("__")
        for field in declared.fields
        if fields.of(f"{name}.{field}") is None
    }
    assert dark == set(), sorted(dark)
    assert inputs_and_roots
