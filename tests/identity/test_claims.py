"""What a token may say about who asks."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.identity.claims import Identity, IdentityInvalid, to_claims, to_identity
from schema.terms import AssuranceLevel, Capacity, PersonCode, RegistrationNumber

URN = "urn:ivis:100001:name.id-viss:"
ANNA = PersonCode.parse("39100000011")
PETERIS = PersonCode.parse("39100000055")

IDENTITIES = [
    Identity(Capacity.CITIZEN, ANNA, "Anna Bērziņa", AssuranceLevel.HIGH),
    Identity(Capacity.CITIZEN, ANNA, None, AssuranceLevel.LOW),
    Identity(Capacity.MANDATE_HOLDER, ANNA, "Ilze", AssuranceLevel.HIGH, grantor=PETERIS),
    Identity(Capacity.LEGAL_REPRESENTATIVE, ANNA, entity=RegistrationNumber.parse("40103000102")),
    Identity(Capacity.CLERK, ANNA, organisation="centre-valmiera"),
    Identity(Capacity.THIRD_PARTY_WORKER, ANNA, organisation="tp-support"),
    Identity(Capacity.OWNER_OFFICER, ANNA, organisation="social-0054000"),
    Identity(Capacity.POLICY_OFFICER, ANNA),
    Identity(Capacity.MINISTRY_IT, ANNA),
    Identity(Capacity.AUDITOR, ANNA),
]


@pytest.mark.parametrize("identity", IDENTITIES, ids=lambda identity: identity.capacity)
def test_what_the_issuer_writes_is_read_back_as_the_same_identity(identity: Identity) -> None:
    assert to_identity(to_claims(identity)) == identity


def test_the_subjects_are_viss_names() -> None:
    subjects = [to_claims(identity)["sub"].removeprefix(URN) for identity in IDENTITIES]
    assert subjects == [
        "PK:39100000011",
        "PK:39100000011",
        "DP:39100000055-PK:39100000011",
        "PK:39100000011-UR:40103000102",
        "AU:centre-valmiera-PK:39100000011",
        "AU:tp-support-PK:39100000011",
        "AU:social-0054000-PK:39100000011",
        "AU:ministry-PK:39100000011",
        "AU:ministry-PK:39100000011",
        "AU:ministry-PK:39100000011",
    ]


CITIZEN = {"sub": URN + "PK:39100000011", "capacity": "CITIZEN", "acr": "high"}
WORKER = {"sub": URN + "AU:tp-support-PK:39100000011", "capacity": "THIRD_PARTY_WORKER", "org": "tp-support"}


@pytest.mark.parametrize(
    "claims",
    [
        CITIZEN | {"capacity": "KING"},
        CITIZEN | {"capacity": None},
        CITIZEN | {"capacity": ["CITIZEN"]},
        CITIZEN | {"capacity": "citizen"},
        CITIZEN | {"capacity": "MANDATE_HOLDER"},
        CITIZEN | {"capacity": "OWNER_OFFICER", "org": "vid"},
        CITIZEN | {"org": "vid"},
        CITIZEN | {"sub": None},
        CITIZEN | {"sub": URN + "PK:3910000001"},
        CITIZEN | {"sub": URN + "PK:39100000011\n"},
        CITIZEN | {"sub": URN + "PK:391000-00011"},
        CITIZEN | {"sub": URN + "PK:３９１０００００011"},
        CITIZEN | {"sub": "PK:39100000011"},
        CITIZEN | {"sub": " " + URN + "PK:39100000011"},
        CITIZEN | {"sub": URN.upper() + "PK:39100000011"},
        CITIZEN | {"sub": URN + "AU:vid-PK:39100000011"},
        CITIZEN | {"sub": URN + "DP:39100000055-PK:39100000011"},
        CITIZEN | {"acr": "HIGH"},
        CITIZEN | {"acr": "highest"},
        CITIZEN | {"acr": 3},
        CITIZEN | {"name": ""},
        CITIZEN | {"name": "Anna\r\nX-Injected: 1"},
        CITIZEN | {"name": "A" * 201},
        CITIZEN | {"name": {"given": "Anna"}},
        WORKER | {"org": "tp-families"},
        WORKER | {"org": None},
        WORKER | {"org": 7},
        {**WORKER, "sub": URN + "AU:tp-support-PK:39100000011-UR:40103000102"},
        {"sub": URN + "AU:Tp Support-PK:39100000011", "capacity": "THIRD_PARTY_WORKER", "org": "Tp Support"},
        {"sub": URN + "PK:39100000011-UR:40103000103", "capacity": "LEGAL_REPRESENTATIVE"},
        {"sub": URN + "DP:39100000011-PK:39100000011", "capacity": "MANDATE_HOLDER"},
        {"sub": URN + "PK:39100000011", "capacity": "AUDITOR"},
        {},
    ],
)
def test_claims_that_contradict_each_other_or_their_form_name_nobody(claims: dict[str, Any]) -> None:
    with pytest.raises(IdentityInvalid) as caught:
        to_identity(claims)
    assert "391" not in str(caught.value)


def test_an_identity_that_lacks_what_its_capacity_needs_gets_no_claims() -> None:
    with pytest.raises(IdentityInvalid):
        to_claims(Identity(Capacity.MANDATE_HOLDER, ANNA))
    with pytest.raises(IdentityInvalid):
        to_claims(Identity(Capacity.CITIZEN, ANNA, organisation="vid"))
