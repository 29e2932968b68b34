"""Codes: equal by class and digits, unchanging, and shown only where they name no person."""

from __future__ import annotations

import copy

import pytest

from schema.terms import AddressCode, AtvkCode, PersonCode, RegistrationNumber

CODES = [
    (PersonCode, "39100000011"),
    (RegistrationNumber, "40008000102"),
    (AddressCode, "100012345"),
    (AtvkCode, "0054000"),
]


@pytest.mark.parametrize(("kind", "digits"), CODES)
def test_a_code_is_its_class_and_its_digits(kind: type[PersonCode], digits: str) -> None:
    code = kind.parse(digits)
    assert code == kind(digits)
    assert hash(code) == hash(kind(digits))
    assert code != kind(digits[::-1])
    assert code != digits
    assert len({code, *(other(digits) for other, _ in CODES)}) == len(CODES)
    assert copy.deepcopy(code) == code


@pytest.mark.parametrize(("kind", "digits"), CODES)
def test_a_code_does_not_change(kind: type[PersonCode], digits: str) -> None:
    code = kind(digits)
    with pytest.raises(AttributeError):
        code.digits = "1"
    with pytest.raises(AttributeError):
        del code.digits
    with pytest.raises(AttributeError):
        code.other = "1"  # type: ignore[attr-defined] # that there is none is what is tested
    assert code.digits == digits


@pytest.mark.parametrize(("kind", "digits"), CODES)
def test_other_forms_are_refused_without_being_repeated(kind: type[PersonCode], digits: str) -> None:
    for text in ("", digits[:-1], digits + "0", digits[:-1] + "x", "٣" * len(digits), f" {digits}", f"{digits}\n"):
        with pytest.raises(ValueError, match="digits") as caught:
            kind.parse(text)
        assert not text.strip() or text.strip() not in str(caught.value)


@pytest.mark.parametrize("code", [PersonCode("39100000011"), AddressCode("100012345")])
def test_a_code_that_may_name_a_person_is_masked_wherever_it_is_put_into_a_text(code: PersonCode) -> None:
    for text in (repr(code), str(code), f"{code}", f"{code!r:>20}", "%s %r" % (code, code), repr([code])):
        assert code.digits not in text


def test_a_personal_code_has_a_hyphen_after_the_sixth_digit_or_none() -> None:
    assert PersonCode.parse("391000-00011") == PersonCode("39100000011")
    for text in ("39100-000011", "391000-0001", "391000--00011", "-391000-00011", "391000-0-0011", "391-00-00011"):
        with pytest.raises(ValueError, match="11 digits"):
            PersonCode.parse(text)


def test_municipalities_are_sorted_by_their_digits() -> None:
    assert sorted(map(AtvkCode, ("0054000", "0001000"))) == [AtvkCode("0001000"), AtvkCode("0054000")]
