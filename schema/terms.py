"""The words of the gateway, once. Standard library only.

Every identifier is parsed at the edge and trusted from there on. No value of a person shows itself: ``repr`` and
``str`` of a :class:`PersonCode` are masked; its digits are asked for by name (``.digits``) where they are needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import ClassVar, Never, Self

_CLAIM_TYPE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", re.ASCII)
_REGISTRATION_WEIGHTS = (9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1)


class _Digits:
    """A code of so many digits: set once, equal to another of its class with the same digits, shown masked.

    A frozen data class says the same; it takes twice as long to make one, and answers of registers are full of them.
    """

    __slots__ = ("digits",)
    __match_args__ = ("digits",)
    digits: str
    _length: ClassVar[int]
    _called: ClassVar[str]

    def __init__(self, digits: str) -> None:
        _set_digits(self, digits)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the digits. Raises: ValueError on any other form; the message does not repeat the text."""
        if not (len(text) == cls._length and text.isdigit() and text.isascii()):  # Four times as fast as a pattern.
            raise ValueError(f"{cls._called} has {cls._length} digits")
        return cls(text)

    def __setattr__(self, name: str, value: object = None) -> Never:
        raise AttributeError(f"{self._called} does not change")

    __delattr__ = __setattr__

    def __reduce__(self) -> tuple[type[Self], tuple[str]]:
        return type(self), (self.digits,)

    def __eq__(self, other: object) -> bool:
        return other.__class__ is self.__class__ and other.digits == self.digits

    def __hash__(self) -> int:
        return hash(self.digits)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"


_set_digits: Callable[[_Digits, str], None] = vars(_Digits)["digits"].__set__


class PersonCode(_Digits):
    """Personal code (personas kods): 11 digits, as people write them with or without a hyphen after the sixth.

    Codes issued since July 2017 carry no birth date and no check digit, published codes break the old check digit, and
    a code can be exchanged: so nothing but the form is checked, and nobody is keyed by it.
    """

    __slots__ = ()
    _length, _called = 11, "a personal code"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read either form. Raises: ValueError on any other; the message does not repeat the text."""
        return super().parse(text.replace("-", "") if len(text) == 12 and text[6] == "-" else text)


class _Public(_Digits):
    """A code that names no person, and may be read."""

    __slots__ = ()

    def __lt__(self, other: Self) -> bool:
        return self.digits < other.digits

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.digits})"

    def __str__(self) -> str:
        return self.digits


class RegistrationNumber(_Public):
    """Registration number of a legal entity (reģistrācijas numurs): 11 digits, the last a check digit."""

    __slots__ = ()
    _length, _called = 11, "a registration number"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a caller's number. Raises: ValueError: not 11 digits, or their weighted sum modulo 11 is not 3."""
        number = cls.of_register(text)
        if sum(int(d) * w for d, w in zip(text, _REGISTRATION_WEIGHTS, strict=True)) % 11 != 3:
            raise ValueError("the check digit of the registration number is wrong")
        return number

    @classmethod
    def of_register(cls, text: str) -> Self:
        """Read what a register answered, whose business its check digit is. Raises: ValueError: not 11 digits."""
        return super().parse(text)


class AddressCode(_Digits):
    """Code of the state address register (VARIS, AR kods): 9 digits; its check digit is not published."""

    __slots__ = ()
    _length, _called = 9, "an address code"


class AtvkCode(_Public):
    """Municipality code (ATVK): 7 digits of a dated code list."""

    __slots__ = ()
    _length, _called = 7, "a municipality code (ATVK)"


@dataclass(frozen=True, slots=True, order=True)
class ClaimTypeCode:
    """Code of a claim type: lower-case words joined by hyphens, at most 64 characters; its folder's name."""

    text: str

    @classmethod
    @lru_cache(maxsize=1024)  # Who looks up the one object of a code finds it without a comparison.
    def parse(cls, text: str) -> Self:
        """Read e.g. ``housing-benefit``. Raises: ValueError on any other form."""
        if len(text) > 64 or not _CLAIM_TYPE.fullmatch(text):
            raise ValueError("a claim type code is made of lower-case words joined by hyphens")
        return cls(text)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Resident:
    """A person as one municipality's systems know them: the key of municipal records."""

    municipality: AtvkCode
    person: PersonCode

    def __hash__(self) -> int:  # Each code's own would be one more call.
        return hash((self.municipality.digits, self.person.digits))


# ---------------------------------------------------------------- who asks


class Capacity(StrEnum):
    CITIZEN = "CITIZEN"
    MANDATE_HOLDER = "MANDATE_HOLDER"
    LEGAL_REPRESENTATIVE = "LEGAL_REPRESENTATIVE"
    CLERK = "CLERK"
    THIRD_PARTY_WORKER = "THIRD_PARTY_WORKER"
    OWNER_OFFICER = "OWNER_OFFICER"
    POLICY_OFFICER = "POLICY_OFFICER"
    MINISTRY_IT = "MINISTRY_IT"
    AUDITOR = "AUDITOR"


class AssuranceLevel(StrEnum):
    LOW = "LOW"
    SUBSTANTIAL = "SUBSTANTIAL"
    HIGH = "HIGH"


# ---------------------------------------------------------------- people


class Sex(StrEnum):
    FEMALE = "FEMALE"
    MALE = "MALE"
    UNKNOWN = "UNKNOWN"


class PersonStatus(StrEnum):
    ACTIVE = "ACTIVE"
    DECEASED = "DECEASED"
    EMIGRATED = "EMIGRATED"
    INACTIVE = "INACTIVE"


class MaritalStatus(StrEnum):
    SINGLE = "SINGLE"
    MARRIED = "MARRIED"
    DIVORCED = "DIVORCED"
    WIDOWED = "WIDOWED"
    PARTNERSHIP = "PARTNERSHIP"
    UNKNOWN = "UNKNOWN"


class RepresentationRight(StrEnum):
    ALONE = "ALONE"
    JOINTLY = "JOINTLY"
    NONE = "NONE"
    UNKNOWN = "UNKNOWN"


# ---------------------------------------------------------------- claims


class GovernmentLevel(StrEnum):
    NATIONAL = "NATIONAL"
    MUNICIPAL = "MUNICIPAL"


class ClaimAction(StrEnum):
    READ = "READ"
    READ_EVIDENCE = "READ_EVIDENCE"
    PREPARE = "PREPARE"
    SUBMIT = "SUBMIT"
    WITHDRAW = "WITHDRAW"
    ASSIGN = "ASSIGN"
    DECIDE = "DECIDE"


class ApplicantKind(StrEnum):
    PERSON = "PERSON"
    LEGAL_ENTITY = "LEGAL_ENTITY"


class Channel(StrEnum):
    ONLINE = "ONLINE"
    CENTRE = "CENTRE"
    THIRD_PARTY = "THIRD_PARTY"


class EvidenceScope(StrEnum):
    THIRD_PARTIES = "THIRD_PARTIES"
    NO_THIRD_PARTIES = "NO_THIRD_PARTIES"
    OWNER_ONLY = "OWNER_ONLY"


class ClaimStatus(StrEnum):
    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    DELIVERED = "DELIVERED"
    IN_REVIEW = "IN_REVIEW"
    INFORMATION_REQUESTED = "INFORMATION_REQUESTED"
    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    REJECTED_BY_OWNER = "REJECTED_BY_OWNER"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"

    @property
    def phase(self) -> Phase:
        """Where in its life the claim is: what a capacity may do depends on this more often than on the status."""
        if self is ClaimStatus.DRAFT:
            return Phase.DRAFT
        return Phase.CLOSED if self in _CLOSED else Phase.RUNNING


class Phase(StrEnum):
    """Draft, running or closed (``access.md``, "Statuses")."""

    DRAFT = "draft"
    RUNNING = "running"
    CLOSED = "closed"


_CLOSED = frozenset({ClaimStatus.GRANTED, ClaimStatus.REFUSED, ClaimStatus.WITHDRAWN, ClaimStatus.REJECTED_BY_OWNER})


class DeliveryStrategy(StrEnum):
    IDEMPOTENCY_KEY = "IDEMPOTENCY_KEY"
    LOOKUP_BEFORE_RESEND = "LOOKUP_BEFORE_RESEND"
    MANUAL = "MANUAL"


class PresenceMethod(StrEnum):
    EID_TAP = "EID_TAP"
    ONE_TIME_CODE = "ONE_TIME_CODE"
    PAPER_MANDATE = "PAPER_MANDATE"


class DecisionOutcome(StrEnum):
    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    INFORMATION_REQUESTED = "INFORMATION_REQUESTED"


# ---------------------------------------------------------------- owners, centres, third parties, mandates


class MunicipalityKind(StrEnum):
    STATE_CITY = "STATE_CITY"
    COUNTY = "COUNTY"


class CentreSignificance(StrEnum):
    COUNTY = "COUNTY"
    REGIONAL = "REGIONAL"
    NATIONAL = "NATIONAL"


class ThirdPartyKind(StrEnum):
    NGO = "NGO"
    COMMUNITY = "COMMUNITY"
    PROFESSIONAL = "PROFESSIONAL"
    COMPANY = "COMPANY"


class ThirdPartyStatus(StrEnum):
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    ENDED = "ENDED"


class ContractKind(StrEnum):
    DELEGATION = "DELEGATION"
    PARTICIPATION = "PARTICIPATION"


class MandateStatus(StrEnum):
    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    UNCONFIRMED = "UNCONFIRMED"


# ---------------------------------------------------------------- transparency, registers


class SubjectRole(StrEnum):
    APPLICANT = "APPLICANT"
    CO_SUBJECT = "CO_SUBJECT"
    SELF = "SELF"


class AccessOutcome(StrEnum):
    PERMITTED = "PERMITTED"
    DENIED = "DENIED"
    FAILED = "FAILED"


class RegisterKind(StrEnum):
    SOAP = "SOAP"
    REST = "REST"


class AdapterTier(StrEnum):
    DRAFT = "DRAFT"
    BRONZE = "BRONZE"
    SILVER = "SILVER"
    GOLD = "GOLD"


class HealthState(StrEnum):
    UP = "UP"
    DEGRADED = "DEGRADED"
    DOWN = "DOWN"
    UNKNOWN = "UNKNOWN"


class CircuitState(StrEnum):
    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


# ---------------------------------------------------------------- answers that are not data


class ErrorCode(StrEnum):
    """``errors[].extensions.code``: documented and stable."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    SYNTAX = "SYNTAX"
    INVALID = "INVALID"
    VARIABLES = "VARIABLES"
    LIMIT_DEPTH = "LIMIT_DEPTH"
    LIMIT_ALIASES = "LIMIT_ALIASES"
    LIMIT_TOKENS = "LIMIT_TOKENS"
    LIMIT_ROOT_FIELDS = "LIMIT_ROOT_FIELDS"
    LIMIT_DIRECTIVES = "LIMIT_DIRECTIVES"
    LIMIT_SELECTIONS = "LIMIT_SELECTIONS"
    LIMIT_COST = "LIMIT_COST"
    FORBIDDEN = "FORBIDDEN"
    PROTECTED = "PROTECTED"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    REGISTER_UNAVAILABLE = "REGISTER_UNAVAILABLE"
    REGISTER_CONTRACT_BROKEN = "REGISTER_CONTRACT_BROKEN"
    REGISTER_NOT_CONNECTED = "REGISTER_NOT_CONNECTED"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    LOG_UNAVAILABLE = "LOG_UNAVAILABLE"
    INTERNAL = "INTERNAL"


class ProblemCode(StrEnum):
    """``problems[].code``: what the caller of a mutation can mend; documented and stable."""

    FORBIDDEN = "FORBIDDEN"
    WRONG_STATUS = "WRONG_STATUS"
    ANSWERS_INVALID = "ANSWERS_INVALID"
    APPLICANT_INVALID = "APPLICANT_INVALID"
    PRESENCE_REQUIRED = "PRESENCE_REQUIRED"
    PRESENCE_NOT_PROVEN = "PRESENCE_NOT_PROVEN"
    THIRD_PARTY_NOT_ELIGIBLE = "THIRD_PARTY_NOT_ELIGIBLE"
    MANDATE_NOT_ALLOWED = "MANDATE_NOT_ALLOWED"
    CONTRACT_INVALID = "CONTRACT_INVALID"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    CLAIM_TYPE_CLOSED = "CLAIM_TYPE_CLOSED"
    DECIDED_IN_OWNER_SYSTEM = "DECIDED_IN_OWNER_SYSTEM"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
