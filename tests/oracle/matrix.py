"""The matrix: every persona on every claim, each action, each coordinate, in every way to ask."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from tests.oracle.asking import INTRODUCTION, Asking, Errors, at, differs
from tests.oracle.coordinates import coordinates
from tests.oracle.rules import Answer, Reads, answer, listed, mutation_answer, reads, reads_answers
from tests.oracle.table import Coordinate
from tests.oracle.tally import Tally
from tests.oracle.ways import (
    AFTER_PERMISSION,
    CLAIM_FIELDS,
    PROBES,
    SINGLE,
    Asked,
    Coordinates,
    alias,
    by_batch,
    by_filter,
    of_many,
    probe,
)
from tests.oracle.worlds import Claim, Persona, World

_FEW = {"Person": (Coordinate(("givenName",)), Coordinate(("income", "gross"), "13"))}
_STATUS_FIELDS = {"id", "type", "status"}
_IN_ONE_OPERATION = 4
NOBODYS_ID = "no-such-claim"


@dataclass
class Matrix:
    """Compares a running gateway with the oracle.

    Args:
        choose: which of a claim's coordinates are asked; all by default.
        doors_at_once: claims that may not be read in one operation.
    """

    world: World
    asking: Asking
    choose: Callable[[Sequence[Coordinate]], Sequence[Coordinate]] = lambda every: every
    doors_at_once: int = 39
    tally: Tally = field(default_factory=Tally)
    _within: bool = False
    _mixture: Coordinates | None = None

    # ------------------------------------------------------------ one claim

    def doors(self, party: Persona, claims: Sequence[Claim], way: str) -> None:
        """Claims that may not be read answer as an id that nobody has: the same bytes but for where they stand."""
        for start in range(0, len(claims), self.doors_at_once):
            some = claims[start : start + self.doors_at_once]
            asked = of_many(way, self._filled(some))
            with self.refused(party, some[0], way):
                body, _ = self.asking.ask(party.name, asked)
            by_place = {tuple(error["path"]): _without_place(error) for error in body.get("errors", ())}
            nobodys = by_place.get(asked.places[NOBODYS_ID], {})
            if nobodys.get("extensions", {}).get("rule") != "no-door" or len(by_place) != len(asked.places):
                self.tally.disagree(party.name, NOBODYS_ID, way, "no door", f"{nobodys} of {len(by_place)}")
            for claim in some:
                place = asked.places[claim.id]
                self.tally.count(party.name, claim.type, way, "READ")
                if at(body, place) is not None or by_place.get(place) != nobodys:
                    self.tally.disagree(
                        party.name, claim.id, way, "no door", f"{at(body, place)} {by_place.get(place)}"
                    )

    def closed_to_mutations(
        self, party: Persona, claims: Sequence[Claim], names: Sequence[str] = tuple(PROBES)
    ) -> None:
        """Every action on claims that may not be read answers as on an id that nobody has, and changes nothing."""
        for start in range(0, len(claims), self.doors_at_once):
            some = claims[start : start + self.doors_at_once]
            ids = self._filled(some)
            with self.refused(party, some[0], "mutation"):
                body, _ = self.asking.ask(party.name, probe(ids, names))
            for m, name in enumerate(names):
                nobodys = body["data"][f"c{ids.index(NOBODYS_ID)}m{m}"]
                for n, claim in enumerate(some):
                    found = body["data"][f"c{n}m{m}"]
                    self.tally.count(party.name, claim.type, "mutation", PROBES[name][0])
                    if found != nobodys or [each["code"] for each in found["problems"]] != ["FORBIDDEN"]:
                        self.tally.disagree(party.name, claim.id, "mutation", name, f"{found} and not {nobodys}")

    def unexplained(self, party: Persona, claims: Sequence[Claim]) -> None:
        """``explain`` of claims that may not be read: nothing of it is allowed, and nothing would be called."""
        for start in range(0, len(claims), self.doors_at_once):
            some = claims[start : start + self.doors_at_once]
            asked = of_many("alias", self._filled(some))
            with self.refused(party, some[0], "explain"):
                told = self._explanation(party, asked)
            allowed = {path.split(".")[0] for path, is_allowed in told.items() if is_allowed}
            for claim in some:
                self.tally.count(party.name, claim.type, "explain", "READ")
                if asked.places[claim.id][0] in allowed:
                    self.tally.disagree(party.name, claim.id, "explain", "no door", "allowed")

    def fields(self, party: Persona, claim: Claim, way: str) -> None:
        """All fields of a claim that may be read: those that are refused first, at no call, then the others."""
        for wanted in self._split(party, claim):
            self._compare(party, [claim], wanted, SINGLE[way](claim.id, wanted), way)

    def filtered(self, party: Persona, claim_type: str, status: str) -> None:
        """The claims of one type and status that ``claims`` lists, each with all fields."""
        ids = listed(self.world, party, types=[claim_type], statuses=[status])
        claims = [self.world.claims[each] for each in ids]
        wanted = self._mixed() if claims else _FEW
        asked = by_filter(ids, claim_type, status, wanted)
        body = self._compare(party, claims, wanted, asked, "filter")
        found = [edge["node"]["q_id"] for edge in body["data"]["claims"]["edges"]]
        self.tally.count(party.name, claim_type, "filter", "READ")
        if (found, body["data"]["claims"]["totalCount"]) != (ids, len(ids)):
            self.tally.disagree(party.name, claim_type, "filter", status, f"expected {ids}, got {found}")

    def counted(self, party: Persona, claim_type: str) -> None:
        """What ``claims`` counts and lists, by type, status, municipality and all of them."""
        places = sorted({each.municipality for each in self.world.claims.values() if each.municipality})
        every = sorted({each.status for each in self.world.claims.values()})
        filters = [{"types": [claim_type]}]
        filters += [{"types": [claim_type], "statuses": [status]} for status in every]
        filters += [{"types": [claim_type], "municipality": place} for place in places]
        filters += [{"statuses": every[:5], "municipality": place} for place in places]
        names = [f"f{place}" for place in range(len(filters))]
        declared = ", ".join(f"${name}: ClaimFilter" for name in names)
        asked = " ".join(
            f"{name}: claims(filter: ${name}, first: 100) {{ totalCount edges {{ node {{ id }} }} }}" for name in names
        )
        query = Asked(f"query({declared}) {{ {asked} }}", {}, dict(zip(names, filters, strict=True)))
        with self.refused(party, None, "count"):
            body, _ = self.asking.ask(party.name, query)
        for name, each in zip(names, filters, strict=True):
            expected = listed(self.world, party, **each)
            found = body["data"][name]
            self.tally.count(party.name, claim_type, "count", "READ")
            ids = [edge["node"]["id"] for edge in found["edges"]]
            if found["totalCount"] != len(expected) or ids != expected[:100]:
                said = f"expected {expected}, got {found['totalCount']} {ids}"
                self.tally.disagree(party.name, claim_type, "count", json.dumps(each), said)

    def batch(self, party: Persona, claims: Sequence[Claim]) -> None:
        """Many claims in one operation, those among them that may not be read, too."""
        for start in range(0, len(claims), _IN_ONE_OPERATION):
            few = claims[start : start + _IN_ONE_OPERATION]
            self._compare(party, few, self._mixed(), by_batch([each.id for each in few], self._mixed()), "batch")

    def explained(self, party: Persona, claim: Claim) -> None:
        """``explain`` says of every field what running it would, and calls nothing."""
        kind = claim_kind(claim)
        wanted = self.choose(coordinates(kind))
        with self.refused(party, claim, "explain"):
            told = self._explanation(party, SINGLE["alias"](claim.id, {kind: wanted}))
        for place, of in enumerate(wanted):
            path = ".".join(("it", "applicant", alias(place, kind), *of.path[1:]))
            expected = answer(self.world, party, claim, of) is not Answer.FORBIDDEN
            self.tally.count(party.name, claim.type, "explain", "READ_EVIDENCE")
            if told.get(path) is not expected:
                self.tally.disagree(
                    party.name, claim.id, "explain", str(of), f"expected {expected}, got {told.get(path)}"
                )

    def _explanation(self, party: Persona, asked: Asked) -> dict[str, bool]:
        """What ``explain`` says of each path; of the operation it says the same."""
        query = """query($of: String!, $with: JSON) { explain(operation: $of, variables: $with) {
            allowed decisions { path allowed } } }"""
        body, _ = self.asking.ask(party.name, Asked(query, {}, {"of": asked.query, "with": asked.variables}))
        found = body["data"]["explain"]
        told = {each["path"]: each["allowed"] for each in found["decisions"]}
        if found["allowed"] is not all(told.values()):
            self.tally.disagree(party.name, "", "explain", "the operation", f"allowed is {found['allowed']}")
        return told

    def mutations(self, party: Persona, claim: Claim, names: Sequence[str] = tuple(PROBES)) -> None:
        """Every action, tried in a way that changes nothing where it is allowed."""
        with self.refused(party, claim, "mutation"):
            body, _ = self.asking.ask(party.name, probe([claim.id], names))
        for place, name in enumerate(names):
            action = PROBES[name][0]
            expected = mutation_answer(self.world, party, claim, action, taking_off=name == "ASSIGN off")
            found = body["data"][f"c0m{place}"]
            codes = {problem["code"] for problem in found["problems"]} or {""}
            right = AFTER_PERMISSION[name] if expected == "ALLOWED" else {expected}
            self.tally.count(party.name, claim.type, "mutation", action)
            if not codes <= right or (found["claim"] is not None) is not (codes == {""}):
                self.tally.disagree(party.name, claim.id, "mutation", name, f"expected {expected}, got {codes}")

    # ------------------------------------------------------------ comparing

    def _split(self, party: Persona, claim: Claim) -> list[Coordinates]:
        """What is refused on this claim, and the rest."""
        kind = claim_kind(claim)
        refused: list[Coordinate] = []
        rest: list[Coordinate] = []
        for of in self.choose(coordinates(kind)):
            (refused if answer(self.world, party, claim, of) is Answer.FORBIDDEN else rest).append(of)
        return [{kind: refused}, {kind: rest}]

    def _filled(self, claims: Sequence[Claim]) -> list[str]:
        """With nobody's ids, up to a number that is always the same: so the operation is compiled once."""
        others = (f"{NOBODYS_ID}-{place}" for place in range(self.doors_at_once - len(claims)))
        return [*(each.id for each in claims), NOBODYS_ID, *others]

    def _mixed(self) -> Coordinates:
        """Everything of either kind of applicant, in operations that are alike for all claims."""
        if self._mixture is None:
            self._mixture = {kind: self.choose(coordinates(kind)) for kind in ("Person", "LegalEntity")}
        return self._mixture

    def _compare(
        self, party: Persona, claims: Sequence[Claim], wanted: Coordinates, asked: Asked, way: str
    ) -> dict[str, Any]:
        answers = {
            answer(self.world, party, claim, of)
            for claim in claims
            if reads(self.world, party, claim) is not Reads.NOTHING
            for of in wanted.get(claim_kind(claim), ())
        }
        with (
            self.refused(party, claims[0] if claims else None, way) if answers <= {Answer.FORBIDDEN} else nullcontext()
        ):
            body, _ = self.asking.ask(party.name, asked)
        errors = Errors(body)
        for claim in claims:
            for action, what, said in self._claim(party, claim, wanted, body, errors, asked):
                self.tally.count(party.name, claim.type, way, action)
                if said is not None:
                    self.tally.disagree(party.name, claim.id, way, what, said)
        return body

    def _claim(
        self, party: Persona, claim: Claim, wanted: Coordinates, body: dict[str, Any], errors: Errors, asked: Asked
    ) -> Iterator[tuple[str, str, str | None]]:
        """Action, field and what is wrong, of everything that was asked of one claim."""
        place, opens = asked.places[claim.id], reads(self.world, party, claim)
        if opens is Reads.NOTHING:
            found, at_door = at(body, place), errors.below(place)
            right = found is None and at_door == [(place, "FORBIDDEN")]
            yield "READ", "no door", None if right else f"{found} {at_door}"
            return
        for name in CLAIM_FIELDS:
            path = (*place, f"q_{name}")
            if name == "answers":
                is_open = reads_answers(self.world, party, claim)
            else:
                is_open = opens is Reads.CLAIM or name in _STATUS_FIELDS
            expected = Answer.OPEN if is_open else Answer.FORBIDDEN
            yield "READ", name, differs(expected, at(body, path), errors.below(path), path)
        if (at(body, place) or {}).get("q_status") != claim.status:
            yield "READ", "status", f"expected {claim.status}, got {at(body, place)}"
        path = (*place, "applicant")
        if opens is Reads.STATUS:
            yield "READ", "applicant", differs(Answer.FORBIDDEN, at(body, path), errors.below(path), path)
            return
        kind = claim_kind(claim)
        applicant = at(body, path)
        if applicant is None or applicant["__typename"] != kind:
            yield "READ", "applicant", f"expected a {kind}, got {applicant} {errors.below(path)[:2]}"
            return
        for number, of in enumerate(wanted.get(kind, ())):
            name = alias(number, kind)
            expected = answer(self.world, party, claim, of)
            said = differs(expected, applicant[name], errors.below((*path, name)), (*path, name))
            if (
                said is None
                and expected is Answer.OPEN
                and of.path == ("personCode",)
                and applicant[name] != claim.applicant
            ):
                said = "another person's code"
            yield "READ_EVIDENCE", str(of), said

    @contextmanager
    def refused(self, party: Persona, claim: Claim | None, way: str) -> Iterator[None]:
        """What is asked in here costs no register call; within another such part that one looks.

        Whose a code is that nobody has come with before is asked, once, whatever its person asks for.
        """
        if self._within:
            self.tally.refused += 1
            yield
            return
        self.tally.refused += 1
        before, self._within = self.asking.calls(), True
        try:
            yield
        finally:
            self._within = False
        calls = self.asking.calls() - before
        if calls == INTRODUCTION and party.name not in self.asking.introduced:
            self.asking.introduced.add(party.name)
        elif calls:
            self.tally.refused_with_calls += 1
            self.tally.disagree(party.name, "" if claim is None else claim.id, way, "register calls", str(dict(calls)))


def _without_place(error: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in error.items() if key not in ("path", "locations")}


def claim_kind(claim: Claim) -> str:
    """The applicant's type in the graph."""
    return "LegalEntity" if claim.legal else "Person"
