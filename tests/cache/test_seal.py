"""What lies where others can reach it: tied to nobody by its name, worth nothing unless we wrote it for this subject."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.kit.errors import RegisterError
from gateway.cache.seal import Seal
from gateway.cache.shelf import Times
from schema.records.income_history import IncomeHistory
from schema.records.natural_person import NaturalPerson
from schema.records.registered_address import RegisteredAddress
from schema.terms import AtvkCode, PersonCode, RegistrationNumber, Resident
from tests.adapters.fakes import HandTurned, address, codes
from tests.cache.parts import asked_by
from tests.plan.real import RECORD_TYPES, InventedRegister

SECRET = b"s" * 32
ANNA, JANIS = PersonCode("39100000011"), PersonCode("39100000022")
ONE, TWO = codes(2)
SEAL = Seal(SECRET, "addresses", RegisteredAddress)
TIMES = Times(4.0, 3.0)
SEALED = SEAL.close(ONE, address(ONE), 5.0, TIMES)


@pytest.mark.parametrize("record_type", RECORD_TYPES, ids=lambda each: each.__name__)
async def test_every_record_comes_back_equal(record_type: type[Any]) -> None:
    seal = Seal(SECRET, "register", record_type)
    keys = [PersonCode(f"391{number:08}") for number in range(60)]
    found = await InventedRegister().read(record_type, keys, asked_by("anna", HandTurned()))
    records = {key: record for key, record in found.items() if not isinstance(record, RegisterError)}
    assert len(records) > 20
    for key, record in records.items():
        assert seal.open(key, seal.close(key, record, 5.0, TIMES)) == (record, 5.0, TIMES)


def test_that_nothing_is_on_record_comes_back_as_such() -> None:
    assert SEAL.open(ONE, SEAL.close(ONE, None, 5.0, TIMES)) == (None, 5.0, TIMES)


def test_no_name_holds_a_code_or_is_the_same_for_another_secret_register_record_or_subject() -> None:
    names = [
        Seal(secret, register, record_type).name(key)
        for secret in (SECRET, b"t" * 32)
        for register in ("one", "two")
        for record_type in (NaturalPerson, IncomeHistory)
        for key in (ANNA, JANIS, RegistrationNumber(ANNA.digits), Resident(AtvkCode("0054000"), ANNA))
    ]
    assert len(set(names)) == len(names) == 32
    assert not [name for name in names if ANNA.digits in name or len(name) != 64]


def test_what_was_sealed_for_another_subject_record_register_or_secret_is_not_opened() -> None:
    assert SEAL.open(ONE, SEALED) == (address(ONE), 5.0, TIMES)
    assert SEAL.open(TWO, SEALED) is None
    assert Seal(SECRET, "other", RegisteredAddress).open(ONE, SEALED) is None
    assert Seal(SECRET, "addresses", NaturalPerson).open(ONE, SEALED) is None
    assert Seal(b"t" * 32, "addresses", RegisteredAddress).open(ONE, SEALED) is None


def test_a_record_of_another_version_is_not_even_looked_for() -> None:
    changed = msgspec.defstruct("RegisteredAddress", [("code", str), ("more", int)])
    assert Seal(SECRET, "addresses", changed).name(ONE) != SEAL.name(ONE)


@given(place=st.integers(0, len(SEALED) - 1), change=st.integers(1, 255))
def test_a_single_bit_that_was_changed_shows(place: int, change: int) -> None:
    poisoned = bytearray(SEALED)
    poisoned[place] ^= change
    assert SEAL.open(ONE, bytes(poisoned)) is None


@given(st.one_of(st.binary(max_size=200), st.integers(0, len(SEALED) - 1).map(lambda end: SEALED[:end])))
def test_what_was_cut_short_or_never_sealed_is_not_opened(sealed: bytes) -> None:
    assert SEAL.open(ONE, sealed) is None
