"""One field of a claim, as a record of the log names it."""

from __future__ import annotations

from typing import NamedTuple

from policies.kit.evidence import EvidencePath
from policies.kit.field_access import AccessClass


class RecordedField(NamedTuple):
    """A field of a claim as the log has it.

    Attributes:
        access: its access class where it stands; None: it is dark.
        path: from the claim's applicant; None: it is a field of the claim.
    """

    coordinate: str
    access: AccessClass | None
    path: EvidencePath | None

    @property
    def name(self) -> str:
        """The field alone."""
        return self.coordinate.partition(".")[2]
