"""What DAGR has of the employment agency, as a record."""

from __future__ import annotations

from datetime import date

from adapters.kit.items import Items
from adapters.kit.record_of import RecordOf, maybe, one
from schema.records.employment import EmploymentRecord

UNEMPLOYED_BY_CODE = {"BEZ": True, "DME": False, "ZAU": False}
"""The agency's own codes, which DAGR passes on."""
DARK = ("Code", "LossReason")
"""Left out, as of the register itself."""

to_employment = RecordOf(
    EmploymentRecord,
    unemployed=one("Status", UNEMPLOYED_BY_CODE),
    since=maybe("Since", date.fromisoformat),
    registered_at=maybe("Branch/Name"),
)
"""Map object ``PersonStatus``.

Source: contract/openapi.yaml, schema ``PersonStatus``.
"""

PEOPLE = Items(name="items", key="PersonCode", to_record=to_employment)
"""People by the code they were asked by."""
