"""Where a register is and how it is called: settings, never data."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from adapters.kit.dagr import Permit
from adapters.kit.soap.security import WsSecurity
from adapters.kit.tls import Tls
from adapters.kit.wire import DEFAULT_MAX_BYTES
from adapters.kit.xroad import XRoad
from schema.terms import AtvkCode


@dataclass(frozen=True, slots=True)
class Connection:
    """Settings of one register.

    Args:
        url: of the service; for a municipal adapter the part before the municipality's code, empty where each
            municipality has an address of its own.
        xroad: identifiers on X-Road; None uses the development instance's.
        timeout_seconds: for one attempt, within the deadline of the whole request.
        max_concurrency: calls at once, for each server.
        municipality_urls: ATVK code to the URL of that municipality's own server.
        without_system: ATVK codes of municipalities that have no such system, whatever the common address is.
        successors: ATVK codes that are no more, each with the one that took over.
        max_bytes: of one answer's body.
        tls: our certificate and the authorities of the register's, where its address is ``https``.
        security: name, password, time or signature in each SOAP message; None: the register wants none.
        exchange_number: our data exchange number at the API manager; None: we have none there.
        permits: our permissions at DAGR by purpose (claim type code, or ``self``); empty: we have none there.
        token: of our technical user at DAGR.
        resources: what a service publishes, by the adapter's name for it: ids that differ from portal to portal.
    """

    url: str
    xroad: XRoad | None = None
    timeout_seconds: float = 5.0
    max_concurrency: int = 8
    municipality_urls: Mapping[str, str] = field(default_factory=dict)
    without_system: frozenset[str] = frozenset()
    successors: Mapping[str, AtvkCode] = field(default_factory=dict)
    max_bytes: int = DEFAULT_MAX_BYTES
    tls: Tls | None = None
    security: WsSecurity | None = None
    exchange_number: str | None = field(default=None, repr=False)
    permits: Mapping[str, Permit] = field(default_factory=dict)
    token: str | None = field(default=None, repr=False)
    resources: Mapping[str, str] = field(default_factory=dict)

    def reaches(self, code: str) -> bool:
        """There is an address of a municipality's server."""
        return code in self.municipality_urls or (self.url != "" and code not in self.without_system)

    def of_municipality(self, code: str) -> str:
        """The URL of a municipality's server: its own, or below the common one."""
        return self.municipality_urls.get(code) or f"{self.url}/{code}"

    def host_of(self, code: Hashable) -> str:
        """Host and port of a municipality's server: what it may share with others."""
        return urlsplit(self.of_municipality(str(code))).netloc
