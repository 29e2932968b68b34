"""The queries, as every contender gets them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MUNICIPALITY = "0054000"
CLAIMS = 500
"""Claims in review, each of another applicant."""
STATUS_CLAIMS = 10
"""Claims whose applicants have a social status; the owner has asked for more, so that a filter finds them alone."""
ROTATED = 200
"""Claims that Q1 goes through in turn."""


def claim_id(number: int) -> str:
    """Id of one of the 500 claims, from 0."""
    return f"bench-{number:03}"


def status_claim_id(number: int) -> str:
    """Id of one of the ten claims, from 0."""
    return f"bench-status-{number:02}"


@dataclass(frozen=True, slots=True)
class Query:
    """One query.

    ``variables`` are sent in turn. ``calls`` is the least number of register calls that can answer it.
    ``concurrency`` requests are on their way at a time.
    """

    name: str
    title: str
    document: str
    variables: Sequence[Mapping[str, Any]]
    calls: int
    concurrency: int = 8


def _filter(status: str) -> dict[str, Any]:
    return {"types": ["housing-benefit"], "statuses": [status], "municipality": MUNICIPALITY}


_ONE_PERSON = """
query OnePerson($id: ID!) {
  claim(id: $id) {
    id
    status
    applicant {
      ... on Person {
        personCode
        restricted
        givenName
        familyName
        declaredAddress { code fullText street house flat postalCode }
      }
    }
  }
}
"""

_FIFTY_CLAIMS = """
query NamesAndAddresses($first: Int!, $filter: ClaimFilter!) {
  claims(first: $first, filter: $filter) {
    edges {
      node {
        id
        status
        applicant { ... on Person { givenName familyName declaredAddress { fullText postalCode } } }
      }
    }
  }
}
"""

_WHOLE_BATCH = """
query WholeApplicants($first: Int!, $filter: ClaimFilter!) {
  claims(first: $first, filter: $filter) {
    edges {
      node {
        id
        status
        applicant {
          ... on Person { personCode restricted givenName familyName household { relation since } }
        }
      }
    }
  }
}
"""

_TEN_STATUSES = """
query SocialStatuses($first: Int!, $filter: ClaimFilter!) {
  claims(first: $first, filter: $filter) {
    edges {
      node { id status applicant { ... on Person { socialStatuses { kind from to } } } }
    }
  }
}
"""

_TEN_CLAIMS = [{"first": STATUS_CLAIMS, "filter": _filter("INFORMATION_REQUESTED")}]

QUERIES: Mapping[str, Query] = {
    query.name: query
    for query in (
        Query(
            "Q1",
            "one person's ten fields with address",
            _ONE_PERSON,
            [{"id": claim_id(number)} for number in range(ROTATED)],
            2,
        ),
        Query(
            "Q2",
            "50 claims with the applicant's name and address",
            _FIFTY_CLAIMS,
            [{"first": 50, "filter": _filter("IN_REVIEW")}],
            2,
        ),
        # All that an officer may read of a housing benefit's applicant and that one call to one register answers.
        Query(
            "Q3",
            "500 claims with all of their applicants from one SOAP batch",
            _WHOLE_BATCH,
            [{"first": CLAIMS, "filter": _filter("IN_REVIEW")}],
            1,
            concurrency=4,
        ),
        Query("Q4", "Q1 again and again with the same variables", _ONE_PERSON, [{"id": claim_id(0)}], 2),
        Query(
            "Q5",
            "ten claims with the applicant's social statuses, REST without batch",
            _TEN_STATUSES,
            _TEN_CLAIMS,
            STATUS_CLAIMS,
        ),
        Query("Q6", "the same ten claims, from one REST batch", _TEN_STATUSES, _TEN_CLAIMS, 1),
    )
}
