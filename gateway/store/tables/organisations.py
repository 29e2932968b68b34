"""Municipalities, owners, centres and third parties with their contracts."""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, Integer, String, Table, Text

from gateway.store.tables.columns import Instant, Word, metadata
from schema.terms import (
    CentreSignificance,
    ContractKind,
    GovernmentLevel,
    MunicipalityKind,
    ThirdPartyKind,
    ThirdPartyStatus,
)

municipalities = Table(
    "municipalities",
    metadata,
    Column("atvk", String(7), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("kind", Word(MunicipalityKind), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("successor", ForeignKey("municipalities.atvk")),
)
"""A dated code list: municipalities merge."""

service_owners = Table(
    "service_owners",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(300), nullable=False),
    Column("registration_number", String(11)),
    Column("level", Word(GovernmentLevel), nullable=False),
    Column("municipality", ForeignKey("municipalities.atvk"), index=True),
)
"""``vsaa``; ``social`` stands for every municipality's social service, ``social-0054000`` is Valmiera's own."""

centres = Table(
    "centres",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(300), nullable=False),
    Column("registration_number", String(11)),
    Column("municipality", ForeignKey("municipalities.atvk"), nullable=False, index=True),
    Column("significance", Word(CentreSignificance), nullable=False),
    Column("opened_on", Date),
    Column("clients_per_year", Integer),
)

centre_baskets = Table(
    "centre_baskets",
    metadata,
    Column("centre", ForeignKey("centres.id"), primary_key=True),
    Column("claim_type", String(64), primary_key=True),
)

third_parties = Table(
    "third_parties",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(300), nullable=False),
    Column("registration_number", String(11), nullable=False, unique=True),
    Column("kind", Word(ThirdPartyKind), nullable=False),
    Column("status", Word(ThirdPartyStatus), nullable=False),
    Column("changed_at", Instant, nullable=False),
)

contracts = Table(
    "contracts",
    metadata,
    Column("third_party", ForeignKey("third_parties.id"), primary_key=True),
    Column("number", String(100), nullable=False),
    Column("kind", Word(ContractKind), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, nullable=False),
    Column("requests_per_day", Integer),
)

third_party_events = Table(
    "third_party_events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("third_party", ForeignKey("third_parties.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("status", Word(ThirdPartyStatus), nullable=False),
    Column("by_party", String(300), nullable=False),
    Column("reason", Text),
)
"""Who registered or suspended it, and why; ``by_party`` is :attr:`gateway.identity.party.Party.key`."""

third_party_claim_types = Table(
    "third_party_claim_types",
    metadata,
    Column("third_party", ForeignKey("third_parties.id"), primary_key=True),
    Column("claim_type", String(64), primary_key=True),
)

third_party_municipalities = Table(
    "third_party_municipalities",
    metadata,
    Column("third_party", ForeignKey("third_parties.id"), primary_key=True),
    Column("municipality", ForeignKey("municipalities.atvk"), primary_key=True, index=True),
)

quota_usage = Table(
    "quota_usage",
    metadata,
    Column("third_party", ForeignKey("third_parties.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("used", Integer, nullable=False),
)
"""Requests a third party made on one day in Rīga."""
