"""Typed settings: the only reader of the environment.

Sources, the stronger first: arguments of :func:`load`, environment variables ``GATEWAY_*`` (nested names joined by two
underscores: ``GATEWAY_REGISTERS__NATURAL_PERSONS__URL``), ``ADAPTERS_PATH`` and ``POLICIES_PATH``, the TOML file named
by ``GATEWAY_SETTINGS_FILE`` or ``--settings``. A setting that does not exist is refused, so that a slip of the pen is
never a default.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Field,
    RedisDsn,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings import (
    SettingsError as UnreadableSource,
)

from gateway.register_settings import RegisterSettings, Seconds, Strict
from schema.terms import Capacity, RegistrationNumber

PREFIX = "GATEWAY_"
FILE_VARIABLE = "GATEWAY_SETTINGS_FILE"
ADAPTERS_VARIABLE = "ADAPTERS_PATH"
POLICIES_VARIABLE = "POLICIES_PATH"
"""The two settings that are also known without the prefix: tools for adapters and for policies use them too."""
_TOML_PLACE = re.compile(r"line [0-9]+, column [0-9]+|end of document")


class SettingsError(Exception):
    """The settings do not hold together.

    Args:
        problems: one line each, naming the setting; no line repeats a value, since values may be secrets.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class IssuerSettings(Strict):
    """Whose tokens are trusted, in place of the development issuer."""

    name: str = Field(min_length=1)
    """``iss``, exactly."""
    audience: str = Field(min_length=1)
    """What ``aud`` must contain."""
    jwks_file: Path
    """The issuer's public keys (RFC 7517); read again whenever the file changes."""


class OwnerSettings(Strict):
    """How an owner's system tells what became of claims, by signed messages to ``/owners/<id>/callback``."""

    jwks_file: Path
    """Its public keys (RFC 7517, P-256); read again whenever the file changes."""


class TrackerSettings(Strict):
    """The national portal, which shows people the uses of their data (``/data-tracker/v2/findUsage``)."""

    token_file: Path | None = None
    """The portal's secrets, one a line, at least 32 characters each, readable by the gateway alone, and read again
    whenever the file changes; None: no such addresses."""
    client: str | None = None
    """Its X-Road client, which ``X-Road-Client`` must name; None: any that has the token."""
    registration_number: str | None = Field(default=None, pattern=r"^[0-9]{11}$")
    """Of who runs the gateway, with a right check digit: the receiver where an organisation has no number of its own.
    Needed with a token.
    """
    system: str = Field(default="CSC Gateway", min_length=1, max_length=200)
    """The receiving system's name as people read it."""

    @model_validator(mode="after")
    def _whose_gateway(self) -> Self:
        if self.token_file is not None and self.registration_number is None:
            raise ValueError("registration_number goes with token_file")
        if self.registration_number is not None:
            # A slip of the pen would stand in every answer to the portal as somebody else's number.
            RegistrationNumber.parse(self.registration_number)
        return self


class LimitsSettings(Strict):
    """What a caller may send, and how large an operation may be.

    The standard introspection query (depth 15) is within the defaults.
    """

    body_bytes: int = Field(default=256 * 1024, ge=1024)
    header_bytes: int = Field(default=32 * 1024, ge=1024)
    target_bytes: int = Field(default=8 * 1024, ge=64)
    json_depth: int = Field(default=64, ge=4, le=200)
    receive_seconds: Seconds = 10.0
    """How long headers, and after them the body, may take to arrive."""
    send_seconds: Seconds = 30.0
    """How long a caller may read nothing of an answer while more of it waits."""
    streams: int = Field(default=2_000, ge=0)
    """Subscriptions that are open at once."""
    streams_of_party: int = Field(default=20, ge=0)
    """Of them one party's."""
    tokens: int = Field(default=2_000, ge=1)
    depth: int = Field(default=15, ge=1, le=100)
    aliases: int = Field(default=30, ge=0)
    root_fields: int = Field(default=20, ge=1)
    directives: int = Field(default=50, ge=0)
    selections: int = Field(default=5_000, ge=1)
    """Fields once every fragment is expanded."""
    cost: int = Field(default=200_000, ge=1)
    """Fields answered at most, page sizes multiplied."""


class CacheSettings(Strict):
    """Register records held across requests. Off by default: whatever a register says or fails shows at once."""

    enabled: bool = False
    records: int = Field(default=10_000, ge=1, le=1_000_000)
    """Of one type in memory, at most."""
    seconds: Seconds = 600.0
    """How long a record is held at most; its register's manifest may say less."""
    shared_url: RedisDsn | None = None
    """Redis that several gateways share, ``rediss://`` with TLS."""
    key_file: Path | None = None
    """Secret of the gateways that share, at least 32 bytes."""

    @field_validator("shared_url")
    @classmethod
    def _database(cls, value: RedisDsn | None) -> RedisDsn | None:
        if value is not None and not (value.path or "/0").strip("/").isdecimal():
            raise ValueError("after the host comes a slash and the number of the database")
        return value

    @model_validator(mode="after")
    def _shared_under_a_key(self) -> Self:
        if (self.shared_url is None) is not (self.key_file is None):
            raise ValueError("shared_url and key_file go together")
        return self


class Settings(BaseSettings):
    """Everything that can be set. Made by :func:`load`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        coerce_numbers_to_str=True,
    )

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    data: Path = Path(".data")
    """Folder of the embedded store and of the development issuer's keys."""
    store_url: str | None = None
    """SQLAlchemy address of the store; an SQLite file in the data folder by default."""
    checkpoints: Path | None = None
    """Where signed checkpoints of the access log are kept outside the store: a file, or a folder that is there already;
    by default the file ``checkpoints`` in the data folder. Best on another machine, where lines can only be added."""
    checkpoint_key_file: Path | None = None
    """The key that signs checkpoints, made by ``gateway audit key --new``; in development one in the data folder."""
    deliver: bool = True
    """False: this server leaves deliveries to ``gateway worker``."""
    production: bool = False
    """True: no development issuer, so an issuer must be named."""
    issuer: IssuerSettings | None = None
    introspection: Annotated[frozenset[Capacity], NoDecode] = frozenset({Capacity.MINISTRY_IT, Capacity.POLICY_OFFICER})
    """Who may introspect the graph; names separated by commas, ``none`` for nobody."""
    request_deadline: Seconds = 5.0
    limits: LimitsSettings = LimitsSettings()
    cache: CacheSettings = CacheSettings()
    tracker: TrackerSettings = TrackerSettings()
    executor: Literal["plan", "reference"] = "plan"
    """``reference`` runs graphql-core's executor in place of compiled plans."""
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Names that the Host header may hold, separated by commas; empty: any."""
    deciding_owners: Annotated[frozenset[str], NoDecode] = frozenset({"vid"})
    """Owners whose own systems decide, so that ``decideClaim`` refers to them: ids (``vid``, ``social-0054000``), or a
    department's for every municipality (``social``), separated by commas; ``none`` for nobody."""
    organisations: Path | None = None
    """``organisations.toml``: customer service centres and registration numbers of owners, read at every start."""
    adapters_path: Annotated[tuple[Path, ...], NoDecode] = ()
    """Folders that hold the folders of adapters of one's own; in the environment separated as in ``PATH``."""
    policies_path: Annotated[tuple[Path, ...], NoDecode] = ()
    """Folders that hold the folders of claim types of one's own; in the environment separated as in ``PATH``."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    owners: dict[str, OwnerSettings] = {}
    """By owner's id (``vid``, ``social-0054000``): those whose signed messages are taken."""
    registers: dict[str, RegisterSettings] = {}
    """By adapter folder's name."""

    @field_validator("introspection", mode="before")
    @classmethod
    def _capacities(cls, value: Any) -> Any:
        if isinstance(value, str):
            return frozenset() if value.strip().lower() in ("", "none") else _words(value)
        return value

    @field_validator("deciding_owners", mode="before")
    @classmethod
    def _owners(cls, value: Any) -> Any:
        if isinstance(value, str):
            return frozenset() if value.strip().lower() in ("", "none") else frozenset(_words(value))
        return value

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _hosts(cls, value: Any) -> Any:
        return _words(value) if isinstance(value, str) else value

    @field_validator("adapters_path", "policies_path", mode="before")
    @classmethod
    def _folders(cls, value: Any) -> Any:
        return tuple(filter(None, value.split(os.pathsep))) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _nothing_of_development_in_production(self) -> Self:
        if self.production and self.issuer is None:
            raise ValueError("issuer: production = true needs an issuer; the development issuer does not start then")
        if self.production and self.executor == "reference":
            raise ValueError("executor: reference records what was read only after registers were asked: use plan")
        return self

    @property
    def checkpoint_place(self) -> Path:
        """Where checkpoints are kept outside the store."""
        return self.checkpoints or self.data / "checkpoints"

    @property
    def store(self) -> str:
        """SQLAlchemy address of the store."""
        return self.store_url or f"sqlite:///{(self.data / 'gateway.sqlite3').absolute()}"

    def register(self, name: str) -> RegisterSettings:
        """Settings of one register; the defaults, without an address, for one that nobody has set."""
        return self.registers.get(name, RegisterSettings())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # What the file says comes in under `file_`, one step weaker than the environment.
        given = dict(init_settings())
        file = given.pop("file_", {})
        return (
            InitSettingsSource(settings_cls, given),
            env_settings,
            InitSettingsSource(settings_cls, _without_prefix()),
            InitSettingsSource(settings_cls, file),
        )


def load(file: Path | None = None, **given: Any) -> Settings:
    """Read file and environment.

    Args:
        file: TOML; without it, the one that ``GATEWAY_SETTINGS_FILE`` names, or none.
        given: settings that win over both.

    Raises:
        SettingsError: a file that cannot be read, a setting that does not exist or has no meaning.
    """
    named = os.environ.get(FILE_VARIABLE)
    if file is None and named:
        file = Path(named)
    problems = [
        f"{name}: there is no such setting"
        for name in sorted(os.environ)
        if name.upper().startswith(PREFIX)
        and name.upper() != FILE_VARIABLE
        and name.upper().removeprefix(PREFIX).split("__")[0].lower() not in Settings.model_fields
    ]
    if problems:
        raise SettingsError(problems)
    try:
        return Settings(file_=_read(file), **given)  # type: ignore[call-arg]  # taken out again by the sources above
    except UnreadableSource as error:
        raise SettingsError([f"{error}: give it as JSON, or each part under a name of its own"]) from None
    except ValidationError as error:
        raise SettingsError([_line(dict(problem)) for problem in error.errors(include_input=False)]) from None


def _read(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError([f"{file}: {error.strerror or 'cannot be read'}"]) from None
    except UnicodeDecodeError:
        raise SettingsError([f"{file}: is not UTF-8"]) from None
    except tomllib.TOMLDecodeError as error:
        # Of what it says only the place is sure to hold no value.
        place = _TOML_PLACE.search(str(error))
        raise SettingsError([f"{file}: is not TOML at {place[0] if place else 'some place'}"]) from None


def _without_prefix() -> dict[str, Any]:
    known = {"adapters_path": ADAPTERS_VARIABLE, "policies_path": POLICIES_VARIABLE}
    return {setting: named for setting, variable in known.items() if (named := os.environ.get(variable))}


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _line(problem: Mapping[str, Any]) -> str:
    where = ".".join(str(step) for step in problem["loc"])
    text = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        text = "there is no such setting"
    return f"{where}: {text}" if where else text
