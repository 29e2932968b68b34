"""Adapters are found by walking folders, and a broken one stops nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.kit.catalog import discover
from adapters.kit.connection import Connection
from adapters.kit.contract_test import a_clock, a_context, answering
from adapters.kit.manifest import ManifestError, load_manifest
from schema.records.registered_address import RegisteredAddress
from tests.adapters.fakes import address, all_of, codes

MANIFEST = """
name = "{name}"
title = {{ lv = "Svešs", en = "Foreign" }}
owner = "Somebody"
kind = "REST"
level = "NATIONAL"
tier = "DRAFT"
legal_basis = "none"
source = "none"

[reads.RegisteredAddress]
operation = "find"
batch_size = 2
fresh_for = "PT1M"
"""
ADAPTER = """
from .mapping import made
from schema.terms import AddressCode


class Foreign:
    async def read(self, record_type, subjects, context):
        return {code: made(code) for code in subjects}


def connect(connection, wire, clock):
    return Foreign()
"""
MAPPING = "from tests.adapters.fakes import address as made\n"


def _folder(parent: Path, name: str, *, manifest: str = MANIFEST, adapter: str = ADAPTER) -> Path:
    folder = parent / name
    folder.mkdir()
    (folder / "manifest.toml").write_text(manifest.format(name=name))
    (folder / "__init__.py").write_text("")
    (folder / "adapter.py").write_text(adapter)
    (folder / "mapping.py").write_text(MAPPING)
    return folder


def test_every_adapter_of_this_checkout_is_installed() -> None:
    catalog = discover()
    assert {"natural_persons", "addresses", "revenue", "vies", "social_assistance"} <= set(catalog.installed)
    assert catalog.quarantined == {}


async def test_an_adapter_in_a_folder_of_somebody_else_works_like_ours(tmp_path: Path) -> None:
    _folder(tmp_path, "foreign_one")
    catalog = discover(tmp_path)
    register = catalog.connect("foreign_one", Connection("http://127.0.0.1:9"), answering(200, b""), a_clock())
    assert await register.read(RegisteredAddress, codes(3), a_context()) == all_of(codes(3))
    assert address(codes(1)[0])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"adapter": "raise RuntimeError('broken on import')"}, "broken on import"),
        ({"adapter": "def wrong syntax"}, "SyntaxError"),
        ({"adapter": "x = 1"}, "connect"),
        ({"manifest": MANIFEST.replace("RegisteredAddress", "NoSuchRecord")}, "NoSuchRecord"),
        ({"manifest": MANIFEST.replace('owner = "Somebody"', 'owner = "Somebody"\ncolour = "red"')}, "colour"),
        ({"manifest": MANIFEST.replace('"{name}"', '"another"')}, "folder"),
        ({"manifest": MANIFEST.replace("batch_size = 2", "batch_size = 0")}, "batch_size"),
        ({"manifest": "not toml"}, "ManifestError"),
    ],
)
def test_a_broken_adapter_is_set_aside_with_its_reason(tmp_path: Path, change: dict[str, str], reason: str) -> None:
    name = f"broken_{abs(hash(str(change)))}"
    _folder(tmp_path, name, **change)
    catalog = discover(tmp_path)
    assert reason in catalog.quarantined[name]
    assert name not in catalog.installed
    assert "addresses" in catalog.installed


def test_a_name_that_is_taken_is_not_taken_over(tmp_path: Path) -> None:
    _folder(tmp_path, "addresses")
    catalog = discover(tmp_path)
    assert "addresses" in catalog.quarantined
    assert catalog.installed["addresses"].folder.parent.name == "registers"


def test_a_manifest_that_does_nothing_or_receives_no_claim_type_is_refused(tmp_path: Path) -> None:
    head = MANIFEST.partition("[reads")[0]
    for tail in ("", '[receives."No Type"]\noperation = "x"\nstrategy = "MANUAL"'):
        (tmp_path / "manifest.toml").write_text((head + tail).format(name=tmp_path.name))
        with pytest.raises(ManifestError):
            load_manifest(tmp_path / "manifest.toml")
