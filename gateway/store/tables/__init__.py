"""All tables, one file for each subject area; importing this fills ``metadata``."""

from gateway.store.tables import access, claims, delivery, organisations, owner_changes, people, proof
from gateway.store.tables.columns import metadata

__all__ = ["access", "claims", "delivery", "metadata", "organisations", "owner_changes", "people", "proof"]
