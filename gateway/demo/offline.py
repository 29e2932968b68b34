"""An operation explained without a running gateway: on a copy of the store, with registers that nobody reaches."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from adapters.kit.catalog import Quarantined, discover
from adapters.kit.errors import Unavailable
from adapters.kit.wire import WireReply, WireRequest
from gateway.app import connect, executor_over
from gateway.claims.days import day_in_riga
from gateway.clock import utc_now
from gateway.demo.copied import NotExplained, PartyOf, copied
from gateway.demo.passes import NoSuchPersona
from gateway.demo.personas import load_personas
from gateway.demo.run import connected
from gateway.municipal import shipped_places
from gateway.operation import Operation
from gateway.policies_live import places
from gateway.settings import Settings
from gateway.store.store import Store
from policies.kit.policy_set import PolicySet
from schema.text import Language

_QUESTION = """query ($operation: String!, $variables: JSON, $operationName: String) {
  explain(operation: $operation, variables: $variables, operationName: $operationName) {
    allowed
    decisions { path coordinate allowed rules reason remedy }
    registerCalls { register { id title } operation calls keys }
    accessLogEntries
    problems { code message field }
  }
}"""
_SECONDS = 60.0
_ANY_PORT = 8100
"""Stands in the addresses of registers that are not set; nobody is called there."""


class Explanations:
    """Explains as personas of a data folder, which stays as it is.

    Args:
        settings: of the data folder. Where no register is set, all that are installed count as connected, as in the
            demo.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings if settings.registers else connected(settings, _ANY_PORT)

    def explain(
        self,
        operation: str,
        variables: Mapping[str, Any],
        name: str | None,
        persona: str,
        language: Language = Language.EN,
    ) -> dict[str, Any]:
        """The explanation as the graph answers it.

        Raises:
            NoSuchPersona: nobody has that name.
            NotExplained: the store could not be read, or the gateway answered no explanation.
            SeedError, StoreError, PolicyError, OSError: the data folder cannot be used.
        """
        personas = load_personas(self._settings.data)
        if persona not in personas:
            raise NoSuchPersona(tuple(personas))
        with tempfile.TemporaryDirectory(prefix="gateway-explain-") as folder:
            policies = PolicySet.load(*places(self._settings.policies_path))
            store = copied(self._settings, Path(folder) / "store.sqlite3", policies.claim_types)
            try:
                given = {"operation": operation, "variables": dict(variables), "operationName": name}
                asked = Operation(_QUESTION, given, language=language)
                return asyncio.run(self._ask(store, policies, asked, PartyOf(store, personas[persona])))
            finally:
                store.close()

    async def _ask(self, store: Store, policies: PolicySet, asked: Operation, who: PartyOf) -> dict[str, Any]:
        catalog = discover(*self._settings.adapters_path)
        known = shipped_places(day_in_riga(utc_now()))
        try:
            registers = connect(catalog, self._settings, _NoWire(), _nobody_is_told, known)
        except ValueError as error:
            raise NotExplained(f"the settings of registers cannot be used: {error}") from None
        executor = executor_over(self._settings, store, policies, catalog, registers, _nobody_delivers)
        deadline = time.monotonic() + _SECONDS
        done = await executor.execute(asked, await who.resolve(), "explain", deadline)
        answer = orjson.loads(done.body)
        explanation = (answer.get("data") or {}).get("explain")
        if explanation is None:
            raise NotExplained("; ".join(error["message"] for error in answer["errors"]))
        found: dict[str, Any] = explanation
        return found


class _NoWire:
    """Reaches nobody."""

    async def request(self, request: WireRequest) -> WireReply:
        raise Unavailable("explain", "an explanation calls no register", sent=False)


def _nobody_is_told(quarantined: Quarantined) -> None:
    """``gateway doctor`` says what is wrong with adapters; here their fields are not connected."""


def _nobody_delivers() -> None:
    """Nothing is sent."""
