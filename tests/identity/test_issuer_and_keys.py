"""The development issuer's files, and key sets of others."""

from __future__ import annotations

import json
import os
import stat
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, RSAKey

from gateway.identity.claims import Identity
from gateway.identity.issuer import DevelopmentIssuer, DevelopmentIssuerRefused
from gateway.identity.keys import KeyFile, read_jwks
from gateway.identity.resolver import Authenticator, Met, PartyResolver
from gateway.identity.tokens import TokenVerifier
from schema.terms import AssuranceLevel, Capacity, PersonCode, RegistrationNumber


def test_who_shares_the_data_folder_has_the_same_issuer(tmp_path: Path) -> None:
    first, second = DevelopmentIssuer.open(tmp_path), DevelopmentIssuer.open(tmp_path)
    assert (first.kid, first.name, first.audience) == (second.kid, second.name, second.audience)


def test_the_private_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    DevelopmentIssuer.open(tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name for path in files} == {"development-issuer.pem", "issuer.toml"}
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_development_issuer_does_not_start_in_production(tmp_path: Path) -> None:
    with pytest.raises(DevelopmentIssuerRefused):
        DevelopmentIssuer.open(tmp_path, production=True)
    assert list(tmp_path.iterdir()) == []


def test_the_published_key_set_has_no_private_part(issuer: DevelopmentIssuer) -> None:
    (key,) = json.loads(issuer.jwks())["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "alg", "use"}
    assert key["kid"] == RSAKey.import_key(key).thumbprint() == issuer.kid


GOOD: dict[str, Any] = {**ECKey.generate_key("P-256").as_dict(private=False), "kid": "good"}

WEAK_MODULUS = urlsafe_b64encode((2**1023 + 9).to_bytes(128, "big")).decode().rstrip("=")


@pytest.mark.parametrize(
    "bad",
    [
        None,
        7,
        {},
        {"kty": "RSA", "kid": "bad"},
        {"kty": "RSA", "kid": "bad", "n": "!", "e": "AQAB"},
        {"kty": "RSA", "kid": "bad", "n": 7, "e": []},
        {"kty": "EC", "kid": "bad", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "EC", "kid": "bad", "crv": "P-257", "x": "AA", "y": "AA"},
        {"kty": "quantum", "kid": "bad"},
        {**GOOD, "kid": "bad", "kty": "oct", "k": "c2VjcmV0"},
        {"kty": "RSA", "kid": "bad", "n": WEAK_MODULUS, "e": "AQAB"},
        {**ECKey.generate_key("P-256").as_dict(private=True), "kid": "bad"},
        {**GOOD, "kid": "bad", "use": "enc"},
        {**GOOD, "kid": ["bad"]},
    ],
)
def test_a_malformed_or_weak_key_does_not_hurt_the_good_one_beside_it(bad: Any) -> None:
    assert set(read_jwks(json.dumps({"keys": [bad, GOOD]}).encode())) == {"good"}


JSON = st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["kty", "kid", "n", "e", "crv", "x", "y", "use", "alg", "key_ops"]), JSON))
def test_no_key_is_so_odd_that_reading_it_fails(entry: dict[str, Any]) -> None:
    keys = [entry | {"kty": kty, "kid": "odd", "crv": "P-256"} for kty in ("RSA", "EC")]
    assert "good" in read_jwks(json.dumps({"keys": [*keys, GOOD]}).encode())


def test_a_key_file_that_changes_is_read_again_and_a_broken_one_keeps_the_last_keys(tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [GOOD]}))
    broken: list[bool] = []
    keys = KeyFile(path, lambda: broken.append(True))
    before = keys.version()
    assert keys.find("good") is not None

    path.write_text(json.dumps({"keys": [{**GOOD, "kid": "new-one"}]}))
    os.utime(path, ns=(1, 1))
    assert keys.version() != before
    assert keys.find("good") is None
    assert keys.find("new-one") is not None

    path.write_text("garbage")
    keys.version()
    assert broken
    assert keys.find("new-one") is not None


def test_keys_that_cannot_be_read_are_told_once_and_taken_as_soon_as_they_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, unreadable, broken = tmp_path / "jwks.json", [False], []
    path.write_text(json.dumps({"keys": [GOOD]}))
    keys = KeyFile(path, lambda: broken.append(True))
    before = keys.version()
    read = Path.read_bytes

    def reads(self: Path) -> bytes:
        if unreadable[0]:
            raise PermissionError
        return read(self)

    monkeypatch.setattr(Path, "read_bytes", reads)
    # The old key is withdrawn, and who put the new file there forgot whose it is to be.
    unreadable[0] = True
    path.write_text(json.dumps({"keys": [{**GOOD, "kid": "new-one"}]}))
    assert [keys.version(), keys.version()] == [before, before]
    assert broken == [True]
    unreadable[0] = False
    assert keys.version() != before
    assert keys.find("good") is None
    assert keys.find("new-one") is not None

    path.unlink()
    for _ in range(3):
        keys.version()
    assert broken == [True, True]
    assert keys.find("new-one") is not None


class Subjects:
    async def person_of(self, code: PersonCode) -> Met:
        return Met(f"person-{code.digits[-2:]}", code, unasked=False)

    async def subject_of_entity(self, number: RegistrationNumber) -> str:
        return f"entity-{number.digits[-3:]}"

    async def number_of_organisation(self, third_party: str) -> RegistrationNumber | None:
        return RegistrationNumber.parse("40008000102") if third_party == "tp-support" else None


WHO = PersonCode.parse("39100000011")


@pytest.mark.parametrize(
    ("identity", "acting_for", "represented"),
    [
        (Identity(Capacity.CITIZEN, WHO, "Anna", AssuranceLevel.HIGH), None, None),
        (Identity(Capacity.MANDATE_HOLDER, WHO, grantor=PersonCode.parse("39100000055")), "person-55", None),
        (
            Identity(Capacity.LEGAL_REPRESENTATIVE, WHO, entity=RegistrationNumber.parse("40103000102")),
            "entity-102",
            "40103000102",
        ),
        (Identity(Capacity.THIRD_PARTY_WORKER, WHO, organisation="tp-support"), None, "40008000102"),
        (Identity(Capacity.CLERK, WHO, organisation="centre-riga"), None, None),
    ],
)
async def test_a_party_is_known_by_internal_ids(
    issuer: DevelopmentIssuer, identity: Identity, acting_for: str | None, represented: str | None
) -> None:
    verifier = TokenVerifier(issuer.keys(), issuer=issuer.name, audience=issuer.audience, now=lambda: 1000.0)
    authenticate = Authenticator(verifier, PartyResolver(Subjects()))
    party = await authenticate(f"Bearer {issuer.token(identity, now=1000.0)}")
    assert (party.subject, party.acting_for) == ("person-11", acting_for)
    assert party.represented_number == (RegistrationNumber.parse(represented) if represented else None)
    assert (party.capacity, party.organisation) == (identity.capacity, identity.organisation)
