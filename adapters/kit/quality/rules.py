"""The rules of the scale, as the documentation lists them (docs/how-to/quality-scale.md)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from schema.terms import AdapterTier

TIERS = (AdapterTier.BRONZE, AdapterTier.SILVER, AdapterTier.GOLD)
"""Those that have rules, the lowest first. An adapter that loads is at least ``DRAFT``."""


class CheckedBy(Enum):
    """Who looks whether a rule holds."""

    FOLDER = "the folder"
    """A machine, by reading the folder."""
    TEST = "the contract test"
    """A machine, by running the folder's test: ``gateway adapter check``."""
    LIVE = "the live register"
    """A machine, by asking the register: ``gateway adapter check --live``."""
    PERSON = "a person"
    """Who writes into ``[quality.confirmed]`` of the manifest who it was, and when."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule."""

    id: str
    tier: AdapterTier
    says: str
    """What holds, in one sentence."""
    why: str
    example: str
    checked_by: CheckedBy = CheckedBy.FOLDER


_B, _S, _G = TIERS

RULES: tuple[Rule, ...] = (
    Rule(
        "manifest-complete",
        _B,
        "The manifest names title, owner, legal basis and source, and none of them is a placeholder.",
        "Lawyers and operators read the manifest, not the code; without a legal basis nobody may connect it.",
        'legal_basis = "Fizisko personu reģistra likums"',
    ),
    Rule(
        "contract-there",
        _B,
        "The file that `source` names is in `contract/`, and has every operation that the manifest names.",
        "What a register answers is read by its own contract, not by what somebody remembers of it.",
        'source = "contract/fpr.wsdl"',
    ),
    Rule(
        "contract-pinned",
        _B,
        "The files of `contract/` are those whose digest the manifest has in `contract_sha256`.",
        "A contract that somebody mended by hand is no longer the register's, and drift could not be told.",
        'contract_sha256 = "5f2c..."',
    ),
    Rule(
        "mapping-pure",
        _B,
        "`mapping.py` imports no client, clock, file or setting, and opens none.",
        "What a field means can then be read, and tested, without a register.",
        "from decimal import Decimal",
    ),
    Rule(
        "unknown-codes-are-errors",
        _B,
        "`mapping.py` looks codes up by `TABLE[code]`, gives no default for a value, and swallows no error.",
        "A default invents a fact about a person.",
        'STATUS_BY_CODE[wire["Statuss"]]',
    ),
    Rule(
        "calls-through-the-wire",
        _B,
        "`adapter.py` imports no HTTP client, socket, process, clock or setting of its own, and never sleeps.",
        "Deadline, circuit breaker, size limit and certificate then hold for it as for every register.",
        "SoapService(NAME, CONTRACT, connection, wire, xroad=xroad, classify=classify)",
    ),
    Rule(
        "invented-people",
        _B,
        "Every personal code in `cases/` begins with 39, which the state never issues.",
        "Real data never enters a repository.",
        '"ask": ["39100000011"]',
    ),
    Rule(
        "case-found",
        _B,
        "Each record type has a case in which somebody is found.",
        "Without a recorded reply nobody knows whether the mapping reads what the register sends.",
        "cases/one-person.case.json",
    ),
    Rule(
        "case-absent",
        _B,
        "Each record type has a case in which the register does not know somebody.",
        "Absent is an answer of its own: not an error, and not an empty record.",
        "cases/nobody.case.json",
    ),
    Rule(
        "contract-test",
        _B,
        "`test_adapter.py` inherits `AdapterContract` where it reads and `ReceiverContract` where it receives.",
        "What can go wrong on a wire is the same for every register, and is tested for all by one test.",
        "class TestVies(AdapterContract):",
    ),
    Rule(
        "contract-test-passes",
        _B,
        "The contract test passes.",
        "It breaks every reply in every place, and looks for strangers, leaks, batches, deadlines and duplicates.",
        "pytest test_adapter.py",
        CheckedBy.TEST,
    ),
    Rule(
        "contact-named",
        _S,
        "The manifest names in `contact` to whom an outage or a change of the contract is reported.",
        "At night nobody looks for the owner's telephone number in a contract of accession.",
        'contact = "registrs@example.lv"',
    ),
    Rule(
        "everything-named",
        _S,
        "Whatever an answer can hold, by contract or recorded reply, is named in the code: mapped, or put into `DARK`.",
        "What a register sends and nobody reads is left out on purpose, by name, and what is new stands out.",
        'DARK = ("VecakuKodi",)',
    ),
    Rule(
        "faults-told-apart",
        _S,
        "Where the register speaks SOAP, `adapter.py` gives `classify`, which knows the register's own faults.",
        "Whether to ask again or to alert somebody is in the fault's code, not in HTTP's status.",
        'case ["NAV_TIESIBU" as code]: return Rejected(NAME, f"fault {code}", ours=True)',
    ),
    Rule(
        "source-said",
        _S,
        "`mapping.py` says with `Source:` which type or schema of the contract each mapping is of.",
        "When the contract changes, it can be found what has to be read again.",
        "Source: contract/fpr.xsd, type ``Persona``.",
    ),
    Rule(
        "fresh-within-a-day",
        _S,
        "No record may be used again for longer than a day.",
        "A decision on yesterday's data is a decision on other data; longer needs a reason.",
        'fresh_for = "PT10M"',
    ),
    Rule(
        "no-blind-delivery",
        _S,
        "Claims that it receives are delivered by a key that the owner knows, or looked up before they are sent again.",
        "A claim that is sent twice must be one case.",
        'strategy = "IDEMPOTENCY_KEY"',
    ),
    Rule(
        "contract-is-live",
        _S,
        "The pinned contract is the one that the register publishes now.",
        "A contract that has drifted is a reply that breaks tomorrow.",
        "gateway adapter check vies --live URL",
        CheckedBy.LIVE,
    ),
    Rule(
        "legal-basis-confirmed",
        _S,
        "A lawyer of the owner or of the ministry has confirmed the legal basis for each record type.",
        "That a register answers does not mean that it may be asked.",
        'legal-basis-confirmed = "A. Liepa, 2026-10-02"',
        CheckedBy.PERSON,
    ),
    Rule(
        "asks-in-batches",
        _G,
        "Every record type is read for more than one subject in a call.",
        "A list of a hundred claims is otherwise a hundred calls, for the register too.",
        "batch_size = 200",
    ),
    Rule(
        "typed",
        _G,
        "Every function of `mapping.py` and `adapter.py` says the types of its parameters and of its result.",
        "A type checker finds the slip before a person's record has it.",
        "def to_vat_registration(wire: Wire, checked_at: datetime) -> VatRegistrationRecord:",
    ),
    Rule(
        "readme",
        _G,
        "`README.md` in the folder says how access is agreed, where the test system is, what operators have to know.",
        "Who connects the register next is somebody else.",
        "# Register of vehicles: access",
    ),
    Rule(
        "fast-enough",
        _G,
        "Nineteen of twenty calls of the live register are answered within a second.",
        "A citizen waits for the slowest register that the page asks.",
        "gateway adapter check vies --live URL",
        CheckedBy.LIVE,
    ),
    Rule(
        "codes-confirmed",
        _G,
        "The owner has confirmed the meaning of every code that `mapping.py` has.",
        "A classification that was guessed is right until somebody is refused a benefit.",
        'codes-confirmed = "PMLP, letter 1-2/345"',
        CheckedBy.PERSON,
    ),
)
"""In the order of their tiers."""

RULE_BY_ID = {rule.id: rule for rule in RULES}
