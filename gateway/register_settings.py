"""Settings of one register: where it is, by what way it is reached, and how it knows us."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AnyHttpUrl,
    BaseModel,
    ConfigDict,
    Field,
    FilePath,
    SecretStr,
    field_validator,
    model_validator,
)

from adapters.kit.tls import Tls
from schema.terms import AtvkCode, ClaimTypeCode

Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]
OWN_DATA = "self"
"""In the place of a claim type: a person reads their own data."""


class Strict(BaseModel):
    """Settings that hold nothing unknown, and whose errors repeat no value."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, hide_input_in_errors=True)


class EndpointSettings(Strict):
    """Where one municipality's system answers, where it is not the register's common address; or that it has none."""

    url: AnyHttpUrl | None = None
    has_system: bool = True
    """False: its fields answer REGISTER_NOT_CONNECTED, and its claims stay here, for its officers to decide."""

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if (self.url is None) is self.has_system:
            raise ValueError("give a url, or has_system = false")
        return self


class PermissionSettings(Strict):
    """One of our permissions at DAGR."""

    number: str = Field(pattern=r"^[0-9A-Za-z._/-]{1,100}$")
    """VIRSIS's number of it."""
    purpose: str = Field(min_length=1, max_length=500)
    """What for, as VIRSIS has it; a permission that DAGR knows for something else is not used."""


class RegisterSettings(Strict):
    """How one register is reached; its name is the adapter folder's name."""

    enabled: bool = True
    url: AnyHttpUrl | None = None
    """Base address. Without one the register's fields answer REGISTER_NOT_CONNECTED."""
    route: Literal["DAGR"] | None = None
    """Through DAGR, by the adapter that is there for it, with an address of its own; what is too old there is asked for
    here. None: by the register's own way."""
    timeout: Seconds = 3.0
    xroad_client: str | None = None
    """Our X-Road subsystem: ``instance/class/member/subsystem``."""
    xroad_service: str | None = None
    """The register's X-Road service: ``instance/class/member/subsystem/service/version``."""
    xroad_security_server: str | None = None
    """The security server that is meant, where the service is on several: ``instance/class/member/server``."""
    username: str | None = None
    """Our name in WS-Security, where a SOAP service wants one in the message."""
    password_file: FilePath | None = None
    """File with the password that goes with it."""
    password_digest: bool = True
    """Send a digest of it; false: the password itself, to a service that cannot compare digests."""
    certificate: Path | None = None
    """PEM file of our client certificate."""
    key: Path | None = None
    """PEM file of its private key."""
    authorities: Path | None = None
    """PEM file of the authorities that the register's certificate may come from."""
    exchange_number: SecretStr | None = Field(default=None, min_length=1, max_length=200)
    """Our data exchange number (datu apmaiņas identifikācijas numurs) at the VISS API manager."""
    token_file: FilePath | None = None
    """File with the token of our technical user at DAGR."""
    permissions: dict[str, PermissionSettings] = {}
    """At DAGR, by what the register is asked for: a claim type's code, or ``self``. Nothing else is asked for."""
    resources: dict[str, Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,100}$")]] = {}
    """Open data: ids of what the portal publishes, by the adapter's name for it; the adapter knows the usual ones."""
    municipalities: dict[str, EndpointSettings] = {}
    """Municipal registers: addresses of their own, by ATVK code. They win over the common address, of whichever adapter
    that is: so one municipality's system is another vendor's."""

    @field_validator("municipalities")
    @classmethod
    def _atvk(cls, value: dict[str, EndpointSettings]) -> dict[str, EndpointSettings]:
        for code in value:
            AtvkCode.parse(code)
        return value

    @field_validator("permissions")
    @classmethod
    def _purposes(cls, value: dict[str, PermissionSettings]) -> dict[str, PermissionSettings]:
        for purpose in value:
            if purpose != OWN_DATA:
                ClaimTypeCode.parse(purpose)
        return value

    @model_validator(mode="after")
    def _both_ends_of_xroad(self) -> Self:
        if (self.xroad_client is None) is not (self.xroad_service is None):
            raise ValueError("xroad_client and xroad_service go together")
        if self.xroad_security_server is not None and self.xroad_client is None:
            raise ValueError("xroad_security_server goes with xroad_client and xroad_service")
        return self

    @field_validator("exchange_number")
    @classmethod
    def _in_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        number = "" if value is None else value.get_secret_value()
        if not (number.isascii() and number.isprintable()) or number != number.strip():
            raise ValueError("letters, digits and signs of ASCII, without blanks around")
        return value

    @model_validator(mode="after")
    def _certificate_and_key(self) -> Self:
        if self.key is not None and self.certificate is None:
            raise ValueError("key goes with certificate")
        return self

    @model_validator(mode="after")
    def _name_and_password(self) -> Self:
        if (self.username is None) is not (self.password_file is None):
            raise ValueError("username and password_file go together")
        return self

    @property
    def tls(self) -> Tls | None:
        """Certificates of the connection; None: none of ours, and the machine's authorities."""
        if self.certificate is None and self.authorities is None:
            return None
        return Tls(self.certificate, self.key, self.authorities)

    @property
    def municipality_addresses(self) -> dict[str, str]:
        """Municipalities' own base addresses by ATVK code, without a slash at the end."""
        return {code: str(each.url).rstrip("/") for code, each in self.municipalities.items() if each.url is not None}

    @property
    def without_system(self) -> frozenset[str]:
        """ATVK codes of municipalities that have no such system."""
        return frozenset(code for code, each in self.municipalities.items() if not each.has_system)

    @property
    def address(self) -> str | None:
        """The base address without a slash at its end."""
        return None if self.url is None else str(self.url).rstrip("/")
