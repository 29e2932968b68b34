"""Invented people, one for each municipality, as a world folder of ``gateway demo``."""

from __future__ import annotations

from pathlib import Path

from gateway.store.reference import municipality_entries

VARAKLANI, MADONA = "0055000", "0038001"
TODAY = tuple(sorted(each["atvk"] for each in municipality_entries() if "valid_to" not in each))
"""Codes of the municipalities that there are."""
_ACCOUNT = "LV80BANK0000435195001"


def person_of(code: str) -> str:
    """The personal code of the one who claims in a municipality; for Varakļāni somebody who lives in Madona now."""
    return f"3930{code}"


def amount_of(code: str) -> str:
    """Euro a month that a municipality pays its one, another sum for each."""
    return f"{40 + TODAY.index(code)}.10"


def write_world(folder: Path, *, submitted: frozenset[str] = frozenset()) -> Path:
    """Write the world.

    Of everybody: a persona ``resident-CODE`` and an officer ``officer-CODE``, a benefit of the municipality's, a claim
    of a childcare benefit that the state agency has (``care-CODE``), and a housing claim (``home-CODE``). In Varakļāni
    another housing claim (``gone``) was delivered before Madona took over.

    Args:
        submitted: municipalities whose housing claim is submitted and not yet delivered; the others' is a draft.
    """
    folder.mkdir()
    people, personas, claims = [], [], []
    for code in (*TODAY, VARAKLANI):
        lives, person = MADONA if code == VARAKLANI else code, person_of(code)
        benefit = (
            f'{{ atvk = "{lives}", kind = "MAJ", amount = "{amount_of(lives)}", from = -3, to = 9, status = "PIE" }}'
        )
        mark = f'{{ atvk = "{lives}", kind = "TRU", from = -3, to = 9 }}'
        people.append(
            f'[[resident]]\ncode = "{person}"\ngiven_name = "Vārds"\nfamily_name = "Uzvārds"\nbirth_date = "1980-02-03"\n'
            f'atvk = "{lives}"\nbenefits = [{benefit}]\nsocial_statuses = [{mark}]\n'
        )
        personas.append(
            f'[persona.resident-{code}]\ncapacity = "CITIZEN"\ncode = "{person}"\nassurance = "HIGH"\n'
            f'[persona.officer-{code}]\ncapacity = "OWNER_OFFICER"\ncode = "3939{code}"\n'
            f'organisation = "social-{code}"\n'
        )
        claims.append(
            f'[[claim]]\nid = "care-{code}"\ntype = "childcare-benefit"\nperson = "{person}"\nstatus = "DELIVERED"\n'
            f'owner_reference = "VSAA-{code}"\nmessage_id = "care-message-{code}"\n'
            f'[[claim]]\nid = "home-{code}"\ntype = "housing-benefit"\nperson = "{person}"\nmunicipality = "{code}"\n'
            f'status = "{"SUBMITTED" if code in submitted else "DRAFT"}"\n'
            f'answers = {{ tenure = "RENT", monthlyCosts = "310.50", account = "{_ACCOUNT}" }}\n'
        )
    claims.append(
        f'[[claim]]\nid = "gone"\ntype = "housing-benefit"\nperson = "{person_of(VARAKLANI)}"\n'
        f'municipality = "{VARAKLANI}"\nstatus = "DELIVERED"\nowner_reference = "{VARAKLANI}/7"\nmessage_id = "gone"\n'
        f'answers = {{ tenure = "RENT", monthlyCosts = "310.50", account = "{_ACCOUNT}" }}\n'
    )
    for name, entries in (("residents", people), ("personas", personas), ("claims", claims)):
        (folder / f"{name}.toml").write_text("\n".join(entries), "utf-8")
    return folder
