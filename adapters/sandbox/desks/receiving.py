"""The counter of an owner's SOAP system that takes claims, whoever the owner is: messages in, look-ups, statuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from adapters.sandbox.cases import CaseBook
from adapters.sandbox.exchange import Kind, Twist
from adapters.sandbox.soap import Answering, Element, FaultDetail, SoapError, element

_MOST = 500
_CODES = {"invalid": "NEDERIGS_PIEPRASIJUMS", "refused": "ATTEIKTS", "unavailable": "ISLAICIGI_NEPIEEJAMS"}


@dataclass(frozen=True, slots=True)
class SoapCounter:
    """What its contract calls things.

    Args:
        reference_name: the element that has a case's number.
        prefix: what the numbers of cases begin with.
        claim_type: of a request's element.
    """

    register: str
    namespace: str
    reference_name: str
    prefix: Callable[[], str]
    claim_type: Callable[[Element], str]
    cases: CaseBook

    def operations(
        self, submit: str, add: str, withdraw: str, *, looks_up: bool = True
    ) -> dict[str, tuple[Answering, str]]:
        """Operations by name, as ``SoapDesk`` takes them."""
        made: dict[str, tuple[Answering, str]] = {
            submit: (self.submit, self.reference_name),
            add: (lambda request, twist, place: self._follow("ANSWERS", request, twist, place), self.reference_name),
            withdraw: (
                lambda request, twist, place: self._follow("WITHDRAWAL", request, twist, place),
                self.reference_name,
            ),
            "StatusuIzmainas": (self._changes, "Atzime"),
        }
        return made | ({"AtrastSutijumu": (self._look_up, "Sutijums")} if looks_up else {})

    @staticmethod
    def kinds(submit: str, add: str, withdraw: str, *, looks_up: bool = True) -> Mapping[str, Kind]:
        """What the operations do."""
        kinds = dict.fromkeys((submit, add, withdraw), Kind.DELIVER) | {"StatusuIzmainas": Kind.POLL}
        return kinds | ({"AtrastSutijumu": Kind.FIND} if looks_up else {})

    def submit(self, request: Element, twist: Twist, place: str) -> Sequence[Element]:
        """A claim becomes a case; the same message again becomes another, since nothing is compared."""
        if twist is Twist.REJECT:
            raise SoapError("refused", "iesniegums nav pieņemams")
        reference, _ = self.cases.receive(
            self.register,
            place,
            self._text(request, "SutijumaId"),
            self._text(request, "PieteikumaId"),
            self.claim_type(request),
            self.prefix(),
            _canonical(request),
            knows_keys=False,
        )
        return [self._answer(request, self.el(self.reference_name, reference))]

    def fault(self, reason: str, text: str) -> tuple[str, Element | None]:
        """The register's own fault."""
        return fault_of(self.namespace)(reason, text)

    def el(self, name: str, text: str | None = None, *children: Element) -> Element:
        """An element of the contract."""
        return element(self.namespace, name, text, *children)

    def _follow(self, kind: str, request: Element, twist: Twist, place: str) -> Sequence[Element]:
        if twist is Twist.REJECT:
            raise SoapError("refused", "sūtījums nav pieņemams")
        message_id = self._text(request, "SutijumaId")
        reference = self._text(request, self.reference_name) or self.cases.case_of(
            self.register, place, self._text(request, "PieteikumaId")
        )
        if reference is None or not self.cases.add(
            self.register, place, message_id, reference, kind, _canonical(request)
        ):
            raise SoapError("refused", "tādas lietas nav, vai sūtījums jau saņemts")
        return [self._answer(request, self.el(self.reference_name, reference))]

    def _look_up(self, request: Element, twist: Twist, place: str) -> Sequence[Element]:
        message_id = self._text(request, "SutijumaId")
        found = [
            self.el("Sutijums", None, self.el("SutijumaId", message_id), self.el(self.reference_name, reference))
            for reference in self.cases.all_of(self.register, place, message_id)
        ]
        return [self._answer(request, *found)]

    def _changes(self, request: Element, twist: Twist, place: str) -> Sequence[Element]:
        since = self._text(request, "Kops") or "0"
        if not since.isascii() or not since.isdigit():
            raise SoapError("invalid", "tādas atzīmes nav")
        found = self.cases.changes(self.register, place, int(since), _MOST + 1)
        told = [
            self.el(
                "Izmaina",
                None,
                self.el("IzmainasId", str(one.number)),
                self.el(self.reference_name, one.reference),
                self.el("Statuss", one.status),
                self.el("Laiks", one.at),
                *([] if one.note is None else [self.el("Piezime", one.note)]),
            )
            for one in found[:_MOST]
        ]
        token = str(found[:_MOST][-1].number) if found else since
        more = "true" if len(found) > _MOST else "false"
        return [self._answer(request, *told, self.el("Atzime", token), self.el("Vel", more))]

    def _answer(self, request: Element, *children: Element) -> Element:
        return self.el(f"{etree.QName(request).localname}Atbilde", None, *children)

    def _text(self, request: Element, name: str) -> str:
        return request.findtext(f"{{{self.namespace}}}{name}") or ""


def _canonical(request: Element) -> str:
    return etree.tostring(request, method="c14n").decode()


def fault_of(namespace: str) -> FaultDetail:
    """The fault that Latvian contracts share, in the namespace of one of them."""

    def fault(reason: str, text: str) -> tuple[str, Element]:
        code, message = element(namespace, "Kods", _CODES[reason]), element(namespace, "Zinojums", text)
        return text, element(namespace, "Kluda", None, code, message)

    return fault
