"""Record of the enterprise register: a person's roles."""

from __future__ import annotations

from datetime import date

import msgspec

from schema.terms import RegistrationNumber


class EnterpriseRole(msgspec.Struct, frozen=True, kw_only=True):
    """One role of the person in one legal entity."""

    entity: RegistrationNumber
    role: str
    since: date | None


class EnterpriseRoles(msgspec.Struct, frozen=True, kw_only=True):
    """All roles of one person. Key: :class:`PersonCode`."""

    roles: tuple[EnterpriseRole, ...]
