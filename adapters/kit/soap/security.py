"""WS-Security: who we are to a register that wants a password, a time or a signature in the message itself.

Source: Web Services Security: SOAP Message Security 1.1 and UsernameToken Profile 1.1 (OASIS, 2006).
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from lxml import etree

from adapters.kit.clock import Clock
from adapters.kit.soap.envelope import Soap
from adapters.kit.xml_parser import parse_xml
from adapters.kit.xsd.template import escape

_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
WSSE = f"{_OASIS}-wssecurity-secext-1.0.xsd"
WSU = f"{_OASIS}-wssecurity-utility-1.0.xsd"
SECURITY = f"{{{WSSE}}}Security"
WSU_ID = f"{{{WSU}}}Id"
_PASSWORD = f"{_OASIS}-username-token-profile-1.0#Password"
_BASE64 = f"{_OASIS}-soap-message-security-1.0#Base64Binary"
_X509 = f"{_OASIS}-x509-token-profile-1.0#X509v3"
TOKEN_ID, TIMESTAMP_ID, BODY_ID = "token", "time", "body"
_SKEW = timedelta(minutes=5)
_NONCE_BYTES = 16


@dataclass(frozen=True, slots=True)
class UsernameToken:
    """A name and a password.

    Args:
        digest: send a digest over the password, a nonce and the time (``PasswordDigest``) in place of the password
            itself (``PasswordText``).
    """

    username: str = field(repr=False)
    password: str = field(repr=False)
    digest: bool = True


class InsecureError(ValueError):
    """The security header of an answer does not hold. The message repeats nothing of it."""


class Signs(Protocol):
    """Signs a message. The cryptography is the implementation's, as are the keys."""

    @property
    def certificate(self) -> bytes | None:
        """DER of the certificate that goes with the message as a binary security token; None: none goes."""

    def sign(self, envelope: etree._Element, ids: Sequence[str]) -> etree._Element:
        """Sign a message.

        Args:
            envelope: whole, with a ``wsse:Security`` header that a signature may be added to. Elements to be signed
                have a ``wsu:Id``; the binary security token, where one goes, has the id :data:`TOKEN_ID`.
            ids: of the elements to be signed.

        Returns:
            The envelope as it is to be sent. It is written out as it is: nothing is added or moved afterwards.

        Raises:
            ValueError: it cannot be signed.
        """


class Checks(Protocol):
    """Checks the security header of an answer."""

    def check(self, security: etree._Element) -> None:
        """Check a header whose message is around it. Raises: ValueError: it does not hold."""


@dataclass(frozen=True, slots=True)
class WsSecurity:
    """What stands in the security header of every request of one connection.

    Args:
        clock: says when a message was made.
        username: None: no name and password.
        valid_for: how long a message may be on its way; None: no time is sent unless something else needs it.
        signs: None: messages are not signed. Otherwise the body and the time are.
        checks: every answer has to have a security header that holds. None: of one that it has the time is checked, and
            anything else in it, where it has to be understood, is refused.
        nonce: random bytes.
    """

    clock: Clock = field(repr=False)
    username: UsernameToken | None = None
    valid_for: timedelta | None = timedelta(minutes=5)
    signs: Signs | None = field(default=None, repr=False)
    checks: Checks | None = field(default=None, repr=False)
    nonce: Callable[[], bytes] = field(default=lambda: secrets.token_bytes(_NONCE_BYTES), repr=False)

    def header(self, soap: Soap) -> str:
        """The header of one request as text. Raises: ValueError: a text that XML cannot carry."""
        now = self.clock.now().astimezone(UTC).replace(microsecond=0)
        inside = ""
        if self.valid_for is not None:
            inside += (
                f'<wsu:Timestamp wsu:Id="{TIMESTAMP_ID}"><wsu:Created>{_written(now)}</wsu:Created>'
                f"<wsu:Expires>{_written(now + self.valid_for)}</wsu:Expires></wsu:Timestamp>"
            )
        if self.signs is not None and self.signs.certificate is not None:
            inside += (
                f'<wsse:BinarySecurityToken wsu:Id="{TOKEN_ID}" EncodingType="{_BASE64}" ValueType="{_X509}">'
                f"{_base64(self.signs.certificate)}</wsse:BinarySecurityToken>"
            )
        if self.username is not None:
            inside += self._token(self.username, now)
        return (
            f'<wsse:Security xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}" soap:mustUnderstand="{soap.true}">{inside}'
            "</wsse:Security>"
        )

    def finished(self, content: bytes, soap: Soap) -> bytes:
        """A request as it is to be sent: signed, where it is. Raises: ValueError: it cannot be signed."""
        if self.signs is None:
            return content
        envelope = parse_xml(content)
        body = envelope.find(f"{{{soap.namespace}}}Body")
        if body is None:
            raise ValueError("no body to be signed")
        body.set(WSU_ID, BODY_ID)
        ids = [BODY_ID] if self.valid_for is None else [TIMESTAMP_ID, BODY_ID]
        return etree.tostring(self.signs.sign(envelope, ids), xml_declaration=True, encoding="UTF-8")

    def check(self, headers: Iterable[etree._Element], soap: Soap) -> None:
        """Check the security headers of an answer.

        Raises:
            InsecureError: it is too old or of the future, it has something in it that is not understood, or it does
                not hold.
        """
        found = [header for header in headers if header.tag == SECURITY]
        if self.checks is not None and not found:
            raise InsecureError("an answer without the security that was asked for")
        for header in found:
            self._check_time(header)
            if self.checks is not None:
                _hold(self.checks, header)
            elif soap.must(header) and any(child.tag != f"{{{WSU}}}Timestamp" for child in header):
                raise InsecureError("security of the answer that nobody here checks")

    def _token(self, token: UsernameToken, now: datetime) -> str:
        created, nonce = _written(now), self.nonce()
        kind, said = "Text", token.password
        if token.digest:
            # SHA-1 is what the profile says; it protects the password on the wire as well as TLS below it does not.
            made = hashlib.sha1(nonce + created.encode() + token.password.encode(), usedforsecurity=False)
            kind, said = "Digest", _base64(made.digest())
        return (
            f"<wsse:UsernameToken><wsse:Username>{escape(token.username)}</wsse:Username>"
            f'<wsse:Password Type="{_PASSWORD}{kind}">{escape(said)}</wsse:Password>'
            f'<wsse:Nonce EncodingType="{_BASE64}">{_base64(nonce)}</wsse:Nonce>'
            f"<wsu:Created>{created}</wsu:Created></wsse:UsernameToken>"
        )

    def _check_time(self, header: etree._Element) -> None:
        now = self.clock.now()
        for stamp in header.iter(f"{{{WSU}}}Timestamp"):
            created, expires = (stamp.findtext(f"{{{WSU}}}{name}") for name in ("Created", "Expires"))
            if expires is not None and _read(expires) < now - _SKEW:
                raise InsecureError("the answer is too old")
            if created is not None and _read(created) > now + _SKEW:
                raise InsecureError("the answer is of the future")


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _read(text: str) -> datetime:
    moment: datetime | None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InsecureError("the time of the answer's security is none")
    return moment


def _hold(checks: Checks, header: etree._Element) -> None:
    try:
        checks.check(header)
    except ValueError:
        raise InsecureError("the security of the answer does not hold") from None
