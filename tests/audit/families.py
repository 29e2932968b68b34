"""Families of one parent who asks, the other parent, a child and a grandparent, each with one thing that is different."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gateway.demo.passes import to_identity
from gateway.demo.personas import load_personas
from gateway.identity.claims import Identity
from gateway.identity.issuer import DevelopmentIssuer
from schema.terms import AssuranceLevel, Capacity, PersonCode

HOME, ELSEWHERE = "2{number:02}540001", "2{number:02}010002"


@dataclass(frozen=True)
class Family:
    """One family.

    Attributes:
        born: of the child, as the register writes it; None: not known.
        restricted: who is protected: asks, other, child, elder.
        child_at_home, other_at_home: declared where the parent who asks is.
        claims: the other parent has a claim that opens the child's data.
    """

    name: str
    number: int
    born: str | None = "2016-02-03"
    restricted: str = ""
    child_at_home: bool = True
    other_at_home: bool = True
    claims: bool = True

    def code(self, member: str) -> str:
        """Personal code: of asks, other, child, elder."""
        return f"393000{self.number:03}{('asks', 'other', 'child', 'elder').index(member):02}"

    @property
    def claim(self) -> str:
        """Id of the other parent's claim."""
        return f"of-{self.name}"

    def residents(self) -> str:
        """What the registers hold, as TOML."""
        home, elsewhere = (each.format(number=self.number) for each in (HOME, ELSEWHERE))
        text = "".join(
            f'[[address]]\ncode = "{code}"\ntext = "Iela {self.number}"\natvk = "{atvk}"\n'
            for code, atvk in ((home, "0054000"), (elsewhere, "0001000"))
        )
        for member, at_home in (
            ("asks", True),
            ("other", self.other_at_home),
            ("child", self.child_at_home),
            ("elder", True),
        ):
            child = {"elder": "asks"}.get(member, "child")
            born = self.born if member == "child" else "1980-01-01"
            text += (
                f'[[resident]]\ncode = "{self.code(member)}"\ngiven_name = "Vārds"\nfamily_name = "Uzvārds"\n'
                f'address = "{home if at_home else elsewhere}"\nrestricted = {str(member == self.restricted).lower()}\n'
            )
            text += "" if born is None else f'birth_date = "{born}"\n'
            text += "" if member == "child" else f'children = ["{self.code(child)}"]\n'
        return text

    def claims_toml(self) -> str:
        """The other parent's claim, as TOML."""
        if not self.claims:
            return ""
        return (
            f'[[claim]]\nid = "{self.claim}"\ntype = "childcare-benefit"\nperson = "{self.code("other")}"\n'
            f'status = "DELIVERED"\ncreated = -3\nowner_reference = "VSAA-{self.number}"\nmessage_id = "m-{self.name}"\n'
        )


TOLD = Family("told", 1)
QUIET = Family("quiet", 2, claims=False)
NOT_SHOWN = (
    Family("child-protected", 3, restricted="child"),
    Family("elder-protected", 4, restricted="elder"),
    Family("other-protected", 5, restricted="other", other_at_home=False),
    Family("other-protected-at-home", 6, restricted="other"),
    Family("asker-protected", 7, restricted="asks"),
    Family("child-elsewhere", 8, child_at_home=False),
    Family("of-age", 9, born="2000-01-01"),
    Family("age-not-known", 10, born=None),
    Family("perhaps-of-age", 11, born="2008"),
)
FAMILIES = (TOLD, QUIET, *NOT_SHOWN)


def write_world(folder: Path) -> Path:
    """A folder for ``gateway demo --world``."""
    (folder / "residents.toml").write_text("".join(each.residents() for each in FAMILIES), encoding="utf-8")
    (folder / "claims.toml").write_text("".join(each.claims_toml() for each in FAMILIES), encoding="utf-8")
    return folder


@cache
def citizen(data: Path, code: str, assurance: AssuranceLevel = AssuranceLevel.HIGH) -> str:
    """A token of somebody signed in for themselves."""
    identity = Identity(
        capacity=Capacity.CITIZEN, person_code=PersonCode.parse(code), display_name="Persona", assurance=assurance
    )
    return DevelopmentIssuer.open(data, production=False).token(identity, now=time.time())


def tokens(data: Path, personas: Iterable[str], days: int = 0) -> dict[str, str]:
    """Tokens of personas of the demo world, good so many days on; the command takes a second for each."""
    known, issuer = load_personas(data), DevelopmentIssuer.open(data, production=False)
    return {name: issuer.token(to_identity(known[name]), now=time.time() + days * 86_400) for name in personas}
