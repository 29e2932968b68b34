"""The matrix: every persona on every claim, each action, each coordinate, in every way to ask."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.oracle.asking import Asking, Errors, at, differs
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
    probe,
)
from tests.oracle.worlds import Claim, Persona, World

_FEW = {"Person": (Coordinate(("givenName",)), Coordinate(("income", "gross"), "13"))}
_STATUS_FIELDS = {"id", "type", "status"}
_IN_ONE_OPERATION = 8
NOBODYS_ID = "no-such-claim"


@dataclass
class Matrix:
    """Compares a running gateway with the oracle.

    Args:
        choose: which of a claim's coordinates are asked; all by default.
    """

    world: World
    asking: Asking
    choose: Callable[[Sequence[Coordinate]], Sequence[Coordinate]] = lambda every: every
    tally: Tally = field(default_factory=Tally)
    _unknown: dict[tuple[str, str], str] = field(default_factory=dict)
    _within: bool = False

    # ------------------------------------------------------------ one claim

    def door(self, party: Persona, claim: Claim, way: str) -> None:
        """A claim that may not be read answers by every way as an id that nobody has."""
        wanted: Coordinates = _FEW if way != "variable" else {"Person": self.choose(coordinates("Person"))}
        with self.refused(party, claim, way):
            _, text = self.asking.ask(party.name, SINGLE[way](claim.id, wanted))
        key = (party.name, f"{way} {len(wanted['Person'])} {hash(wanted['Person'])} {len(claim.id)}")
        nobodys = NOBODYS_ID[: len(claim.id)].ljust(len(claim.id), "x")
        if key not in self._unknown:
            self._unknown[key] = self.asking.ask(party.name, SINGLE[way](nobodys, wanted))[1]
        self.tally.count(party.name, claim.type, way, "READ")
        if text.replace(claim.id, nobodys) != self._unknown[key] or '"no-door"' not in text:
            self.tally.disagree(party.name, claim.id, way, "no door", text[:200])

    def fields(self, party: Persona, claim: Claim, way: str) -> None:
        """All fields of a claim that may be read: those that are refused first, at no call, then the others."""
        for wanted in self._split(party, [claim]):
            asked = SINGLE[way](claim.id, wanted)
            self._compare(party, [claim], {claim.id: wanted}, asked, way)

    def filtered(self, party: Persona, claim_type: str, status: str) -> None:
        """The claims of one type and status that ``claims`` lists, each with all fields."""
        ids = listed(self.world, party, types=[claim_type], statuses=[status])
        claims = [self.world.claims[each] for each in ids]
        for wanted in self._split(party, claims) if claims else [_FEW]:
            asked = by_filter(ids, claim_type, status, wanted)
            body = self._compare(party, claims, dict.fromkeys(ids, wanted), asked, "filter")
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
            first: dict[str, Coordinates] = {}
            second: dict[str, Coordinates] = {}
            for claim in few:
                if reads(self.world, party, claim) is Reads.NOTHING:
                    first[claim.id] = second[claim.id] = _FEW
                else:
                    first[claim.id], second[claim.id] = self._split(party, [claim])
            for wanted in (first, second):
                self._compare(party, few, wanted, by_batch(wanted), "batch")

    def explained(self, party: Persona, claim: Claim) -> None:
        """``explain`` says of every field what running it would, and calls nothing."""
        every = self.choose(coordinates(claim_kind(claim)))
        is_hidden = reads(self.world, party, claim) is Reads.NOTHING
        wanted = {claim_kind(claim): every[:5] if is_hidden else every}
        asked = SINGLE["alias"](claim.id, wanted)
        fields = "allowed decisions { path allowed rules }"
        query = Asked(
            f"query($operation: String!) {{ explain(operation: $operation) {{ {fields} }} }}",
            {},
            {"operation": asked.query},
        )
        with self.refused(party, claim, "explain"):
            body, _ = self.asking.ask(party.name, query)
        said = {each["path"]: each for each in body["data"]["explain"]["decisions"]}
        everything = True
        for place, of in enumerate(wanted[claim_kind(claim)]):
            path = ".".join(("it", "applicant", alias(place, claim_kind(claim)), *of.path[1:]))
            expected = answer(self.world, party, claim, of) is not Answer.FORBIDDEN
            everything = everything and expected
            self.tally.count(party.name, claim.type, "explain", "READ_EVIDENCE")
            if path not in said or said[path]["allowed"] is not expected:
                self.tally.disagree(party.name, claim.id, "explain", str(of), f"expected {expected}: {said.get(path)}")
        if body["data"]["explain"]["allowed"] and not everything:
            self.tally.disagree(party.name, claim.id, "explain", "the operation", "allowed")

    def mutations(self, party: Persona, claim: Claim, names: Sequence[str] = tuple(PROBES)) -> None:
        """Every action, tried in a way that changes nothing where it is allowed."""
        with self.refused(party, claim, "mutation"):
            body, text = self.asking.ask(party.name, probe(claim.id, names))
        for place, name in enumerate(names):
            action = PROBES[name][0]
            expected = mutation_answer(self.world, party, claim, action, taking_off=name == "ASSIGN off")
            found = body["data"][f"m{place}"]
            codes = {problem["code"] for problem in found["problems"]} or {""}
            right = AFTER_PERMISSION[name] if expected == "ALLOWED" else {expected}
            self.tally.count(party.name, claim.type, "mutation", action)
            if not codes <= right or (found["claim"] is not None) is not (codes == {""}):
                self.tally.disagree(party.name, claim.id, "mutation", name, f"expected {expected}, got {codes}")
        if reads(self.world, party, claim) is Reads.NOTHING:
            key = (party.name, f"mutation {' '.join(names)}")
            if key not in self._unknown:
                self._unknown[key] = self.asking.ask(party.name, probe(NOBODYS_ID, names))[1]
            if text != self._unknown[key]:
                self.tally.disagree(party.name, claim.id, "mutation", "no door", text[:200])

    # ------------------------------------------------------------ comparing

    def _split(self, party: Persona, claims: Sequence[Claim]) -> list[Coordinates]:
        """What is refused on all these claims, and the rest."""
        refused: dict[str, list[Coordinate]] = {}
        rest: dict[str, list[Coordinate]] = {}
        for kind in sorted({claim_kind(each) for each in claims}):
            alike = [each for each in claims if claim_kind(each) == kind]
            for of in self.choose(coordinates(kind)):
                answers = {answer(self.world, party, each, of) for each in alike}
                (refused if answers == {Answer.FORBIDDEN} else rest).setdefault(kind, []).append(of)
        return [refused, rest]

    def _compare(
        self, party: Persona, claims: Sequence[Claim], wanted: dict[str, Coordinates], asked: Asked, way: str
    ) -> dict[str, dict[str, dict[str, list[dict[str, dict[str, str]]]]]]:
        answers = {
            answer(self.world, party, claim, of)
            for claim in claims
            for of in wanted[claim.id].get(claim_kind(claim), ())
            if reads(self.world, party, claim) is not Reads.NOTHING
        }
        if answers <= {Answer.FORBIDDEN}:
            with self.refused(party, claims[0] if claims else None, way):
                body, _ = self.asking.ask(party.name, asked)
        else:
            body, _ = self.asking.ask(party.name, asked)
        errors = Errors(body)
        for claim in claims:
            for action, what, said in self._claim(party, claim, wanted[claim.id], body, errors, asked):
                self.tally.count(party.name, claim.type, way, action)
                if said is not None:
                    self.tally.disagree(party.name, claim.id, way, what, said)
        return body

    def _claim(
        self, party: Persona, claim: Claim, wanted: Coordinates, body: dict[str, object], errors: Errors, asked: Asked
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
        """What is asked in here costs no register call; within another such part that one looks."""
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
        if calls:
            self.tally.refused_with_calls += 1
            self.tally.disagree(party.name, "" if claim is None else claim.id, way, "register calls", str(calls))


def claim_kind(claim: Claim) -> str:
    """The applicant's type in the graph."""
    return "LegalEntity" if claim.legal else "Person"
