"""The registers behind the gateway, for ministry IT."""

from datetime import datetime

import strawberry

from schema.graph.declare import attribute
from schema.terms import AdapterTier, CircuitState, GovernmentLevel, HealthState, RegisterKind


@strawberry.type(description="How a register answers.")
class RegisterHealth:
    state: HealthState = attribute("State as of the last calls.")
    since: datetime | None = attribute("In this state since.")
    last_error: str | None = attribute("What went wrong last. Only for MINISTRY_IT.")
    p95_milliseconds: float | None = attribute("95 of 100 calls took at most this long. Only for MINISTRY_IT.")
    circuit: CircuitState = attribute("Circuit breaker.")


@strawberry.type(description="A register behind the gateway.")
class Register:
    id: strawberry.ID = attribute("Name of the adapter's folder.")
    title: str = attribute("Title in Latvian.")
    owner: str = attribute("Who keeps the register.")
    kind: RegisterKind = attribute("Protocol.")
    level: GovernmentLevel = attribute("Of the state or of municipalities.")
    tier: AdapterTier = attribute("Quality tier of the adapter.")
    health: RegisterHealth = attribute("How it answers.")
    fresh_for: str | None = attribute("How long a record may be kept, ISO 8601 duration; null: not at all.")
    fields: list[str] = attribute("Schema coordinates that it answers.")
