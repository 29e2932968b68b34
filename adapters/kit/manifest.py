"""``manifest.toml``: what an adapter is, as data. Unknown keys are refused."""

from __future__ import annotations

import codecs
from datetime import timedelta
from pathlib import Path

import msgspec

from schema.notices import NoticeKind
from schema.slips import with_choices
from schema.terms import AdapterTier, ClaimTypeCode, DeliveryStrategy, GovernmentLevel, RegisterKind


class ManifestError(ValueError):
    """A manifest is not as it should be. Says where and why."""


class Title(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The register's name for people."""

    lv: str
    en: str


class ReadsEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One record type that is read."""

    operation: str
    """The contract's operation, for ``explain``; where there are two, the one for many subjects."""
    operation_for_one: str = ""
    """The one for one subject, where there are two; ``explain`` names it where one alone is asked for."""
    batch_size: int
    """Subjects in one call, at most."""
    fresh_for: timedelta
    """How long an answer may be used again, whoever asks; ISO 8601, e.g. ``PT10M``. ``PT0S``: never, where the register
    answers by who asks or must see every reading."""


class ReceivesEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One claim type that is taken."""

    operation: str
    strategy: DeliveryStrategy


class AnnouncesEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is told of by itself."""

    kind: NoticeKind
    operation: str
    """The contract's operation."""


class DagrEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A service of DAGR (:mod:`adapters.kit.dagr`)."""

    service: str
    """Its name: what our permissions have to be for."""
    needs: tuple[str, ...]
    """Properties that are looked at, each as a path (``Branch/Name``): a permission has to open them all."""


class Quality(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What no machine sees of the rules of the quality scale (:mod:`adapters.kit.quality`)."""

    exempt: dict[str, str] = {}
    """Rules that do not apply, by id, each with the reason."""
    confirmed: dict[str, str] = {}
    """Rules that a person checks, by id: who confirmed it, and when."""


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One adapter."""

    name: str
    """The folder's name."""
    title: Title
    owner: str
    """Who keeps the register, in words for people."""
    kind: RegisterKind
    level: GovernmentLevel
    tier: AdapterTier
    legal_basis: str
    source: str
    """The contract's file, from the folder: ``contract/...``."""
    contract_sha256: str = ""
    """Digest of the published contract as it was taken over: :func:`adapters.kit.quality.pin.contract_digest`."""
    contact: str = ""
    """To whom an outage or a change of the contract is reported: an e-mail address, or an address of the web."""
    reads: dict[str, ReadsEntry] = {}
    """By the record class's name."""
    receives: dict[str, ReceivesEntry] = {}
    """By claim type code."""
    announces: AnnouncesEntry | None = None
    """What the gateway copies, to decide without asking."""
    stands_in_for: str = ""
    """The register in whose place this one answers, where that one is not connected: its open data, a copy."""
    dagr: DagrEntry | None = None
    """Through DAGR: each purpose is let in by a permission of its own."""
    quality: Quality = Quality()


def load_manifest(path: Path) -> Manifest:
    """Read and check a manifest.

    Raises:
        ManifestError: unreadable, an unknown key, a wrong type, a name that is not the folder's.
    """
    try:
        manifest = msgspec.toml.decode(path.read_bytes().removeprefix(codecs.BOM_UTF8), type=Manifest)
    except msgspec.ValidationError as error:
        raise ManifestError(f"{path.name}: {with_choices(error, Manifest)}") from None
    except OSError as error:
        raise ManifestError(f"{path.name} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ManifestError(f"{path.name}: {error}") from None
    if manifest.name != path.parent.name:
        raise ManifestError(f"{path.name}: the name is {manifest.name!r}, the folder's is {path.parent.name!r}")
    if not manifest.reads and not manifest.receives and manifest.announces is None:
        raise ManifestError(f"{path.name}: it reads nothing and receives nothing")
    for record, entry in manifest.reads.items():
        if entry.batch_size < 1 or entry.fresh_for < timedelta(0):
            raise ManifestError(f"{path.name}: reads.{record} has a batch_size below 1 or a negative fresh_for")
    for code in manifest.receives:
        try:
            ClaimTypeCode.parse(code)
        except ValueError as error:
            raise ManifestError(f"{path.name}: receives.{code}: {error}") from None
    return manifest
