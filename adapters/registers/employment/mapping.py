"""What the employment agency says, as a record."""

from __future__ import annotations

from datetime import date

from adapters.kit.items import Items
from adapters.kit.record_of import RecordOf, maybe, one
from schema.records.employment import EmploymentRecord

UNEMPLOYED_BY_CODE = {"BEZ": True, "DME": False, "ZAU": False}
"""A job seeker (DME) has no work either, and none of the rights of the unemployed."""
DARK = ("kods", "zaudesanasIemesls")
"""Left out: a branch is shown by its name, and why somebody lost a status is no evidence for any claim type."""

to_employment = RecordOf(
    EmploymentRecord,
    unemployed=one("statuss", UNEMPLOYED_BY_CODE),
    since=maybe("kops", date.fromisoformat),
    registered_at=maybe("filiale/nosaukums"),
)
"""Map object ``PersonasStatuss``.

Source: contract/openapi.yaml, schema ``PersonasStatuss``.
"""

PEOPLE = Items(name="personas", key="personasKods", to_record=to_employment)
"""People by the code they were asked by."""
