"""The public graph, one file per subject. Strawberry declares it; the gateway's plans run it."""

from functools import cache
from typing import Final

import strawberry
from graphql import GraphQLInputObjectType
from strawberry.schema.config import StrawberryConfig

from schema.graph import enums
from schema.graph.mutation import Mutation
from schema.graph.query import Query
from schema.graph.scalars import SCALARS
from schema.graph.subscription import Subscription

# The MIT-licensed composer takes federation up to 2.9.
FEDERATION_VERSION: Final = "2.9"


@cache
def build() -> strawberry.federation.Schema:
    """The graph, built once a process."""
    assert enums.DESCRIPTIONS
    made = strawberry.federation.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        federation_version=FEDERATION_VERSION,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    for each in made._schema.type_map.values():
        # strawberry tells introspection and its own executor alone, and graphql-core's rules of validation nothing.
        if isinstance(each, GraphQLInputObjectType):
            each.is_one_of = each.extensions["strawberry-definition"].is_one_of
    return made


def sdl() -> str:
    """The graph as SDL, printed; the committed copy is ``schema/schema.graphql``."""
    return build().as_str() + "\n"
