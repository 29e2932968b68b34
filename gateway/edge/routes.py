"""The gateway's addresses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from msgspec import json
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import Receive, Scope, Send

from gateway.edge.answers import Refused, method_not_allowed
from gateway.edge.endpoint import GraphQLEndpoint
from gateway.edge.frame import Frame
from gateway.settings import Settings
from schema.text import Text

GRAPHQL = "/graphql"
LIVE = "/health/live"
READY = "/health/ready"
JWKS = "/.well-known/jwks.json"
PATHS = frozenset({GRAPHQL, LIVE, READY, JWKS})


class Read:
    """An ASGI application for an address that can be read and nothing else.

    Args:
        answer: makes the answer.
    """

    def __init__(self, answer: Callable[[], Awaitable[Response]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer GET and HEAD."""
        if scope["method"] not in ("GET", "HEAD"):
            raise method_not_allowed("GET")
        await (await self._answer())(scope, receive, send)


def routes(
    graphql: GraphQLEndpoint,
    ready: Callable[[], Awaitable[bool]],
    jwks: bytes | None,
    standing: Callable[[], Mapping[str, Mapping[str, Any]]] = dict,
) -> Sequence[BaseRoute]:
    """The addresses that the gateway answers.

    Args:
        graphql: answers ``POST /graphql``.
        ready: can requests be answered? Whatever the registers' state: their fields have answers of their own.
        jwks: the development issuer's key set; None without it.
        standing: what else readiness tells whoever runs the gateway, by part; none of it makes it less ready.
    """

    async def live() -> Response:
        return _json(200, b'{"status":"live"}')

    async def readiness() -> Response:
        holds = await ready()
        return _json(200 if holds else 503, json.encode({"status": "ready" if holds else "not ready", **standing()}))

    found: list[BaseRoute] = [
        Route(GRAPHQL, graphql),
        Route(LIVE, Read(live)),
        Route(READY, Read(readiness)),
    ]
    if jwks is not None:

        async def keys() -> Response:
            return _json(200, jwks)

        found.append(Route(JWKS, Read(keys)))
    return found


async def nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    """What every other address answers: 404."""
    raise Refused(
        404,
        Text("There is nothing at this address.", "Šajā adresē nekā nav."),
        Text("The graph is at {address}.", "Grafs ir adresē {address}.").filled(address=GRAPHQL),
    )


def application(
    found: Sequence[BaseRoute], settings: Settings, lifespan: Callable[[Any], AbstractAsyncContextManager[None]]
) -> Frame:
    """Everything that uvicorn needs, in its frame.

    No redirects: an address is right or it is not. None of Starlette's own error pages: ``Frame`` masks every accident.

    Args:
        found: :func:`routes`, and whatever else there is to answer.
        settings: limits and hosts.
        lifespan: what has to run while requests are answered.
    """
    fixed = {route.path: route for route in found if isinstance(route, Route) and "{" not in route.path}
    router = Router(found, redirect_slashes=False, default=nowhere, lifespan=lifespan)
    # An address that answers every method itself needs no match of patterns.
    whole = {path: route.app for path, route in fixed.items() if route.methods is None}
    return Frame(router, settings.limits, PATHS | fixed.keys(), settings.allowed_hosts, whole)


def _json(status: int, body: bytes) -> Response:
    return Response(body, status, {"content-type": "application/json"})
