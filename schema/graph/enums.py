"""The enums of the public graph: words of :mod:`schema.terms` and of records, described; importing it declares them."""

from enum import Enum

import strawberry

from schema import terms
from schema.records.registered_address import AddressStatus

DESCRIPTIONS: dict[type[Enum], str] = {
    terms.Capacity: "The role in which somebody asks; a token has one.",
    terms.AssuranceLevel: "How surely the token's person is that person (eIDAS).",
    terms.Sex: "Sex as the population register records it.",
    terms.PersonStatus: "Legal status of a person in the population register.",
    terms.MaritalStatus: "Marital status in the population register.",
    terms.RepresentationRight: "How an officer may represent a legal entity.",
    terms.GovernmentLevel: "Of the state or of municipalities.",
    terms.ClaimAction: "What can be done on a claim.",
    terms.ApplicantKind: "Who may ask: people or legal entities.",
    terms.Channel: "How a claim came in.",
    terms.EvidenceScope: (
        "THIRD_PARTIES: everybody with READ_EVIDENCE. NO_THIRD_PARTIES: all but third parties. "
        "OWNER_ONLY: the owner's officer alone."
    ),
    terms.ClaimStatus: "Where a claim is in its life.",
    terms.DecisionOutcome: "What the owner's officer records.",
    terms.DeliveryStrategy: "How a resend is made safe with this owner.",
    terms.PresenceMethod: "How the presence of the citizen was made known.",
    AddressStatus: (
        "CURRENT: in use. CLOSED: it was, until the day of closing. "
        "ERRONEOUS: it was never one; the register keeps the entry."
    ),
    terms.MunicipalityKind: "State city (valstspilsēta) or county (novads).",
    terms.CentreSignificance: "Significance of a centre.",
    terms.ThirdPartyKind: "What kind of organisation a third party is.",
    terms.ThirdPartyStatus: "Whether a third party may act at all.",
    terms.ContractKind: "Delegation (deleģēšanas līgums) or participation contract (līdzdarbības līgums).",
    terms.MandateStatus: "Whether a mandate is in force.",
    terms.SubjectRole: (
        "APPLICANT: of the claim. CO_SUBJECT: the claim is another's (then `claim` is FORBIDDEN). "
        "SELF: read through `me`."
    ),
    terms.AccessOutcome: "PERMITTED, DENIED or, where registers failed, FAILED.",
    terms.RegisterKind: "The register's protocol.",
    terms.AdapterTier: "Quality tier that an adapter has earned.",
    terms.HealthState: "How a register answers.",
    terms.CircuitState: "State of the circuit breaker before a register.",
}

for _enum, _description in DESCRIPTIONS.items():
    strawberry.enum(_enum, description=_description)
