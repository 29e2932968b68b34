"""One issuer for all tests of identity: making an RSA key takes a while."""

from __future__ import annotations

import pytest

from gateway.identity.issuer import DevelopmentIssuer


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> DevelopmentIssuer:
    return DevelopmentIssuer.open(tmp_path_factory.mktemp("data"))
