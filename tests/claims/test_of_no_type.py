"""Claims whose type no policy has any more: nobody finds them, so whoever runs the gateway is told."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import update

from gateway.examination import examine
from gateway.finding import Finding
from gateway.store.store import Store
from gateway.store.tables.claims import claims
from tests.claims.test_polling import delivered


def _said_of_claims(folder: Path) -> list[Finding]:
    file = folder / "settings.toml"
    file.write_text(f'store_url = "sqlite:///{folder / "store.sqlite"}"\ndata = "{folder}"\n')
    return [each for each in examine(file) if each.check == "claims"]


def test_the_doctor_counts_claims_that_nobody_finds(store: Store, tmp_path: Path) -> None:
    claim_id = delivered(store)
    delivered(store, "CASE-2")
    assert _said_of_claims(tmp_path) == []
    store.write_sync(lambda c: c.execute(update(claims).where(claims.c.id == claim_id).values(type="dog-licence")))
    [wrong] = _said_of_claims(tmp_path)
    assert not wrong.holds
    assert "1 of dog-licence" in wrong.finding
    assert "open = false" in (wrong.remedy or "")
