"""Errors that X-Road itself answers with, where no register was reached or none was heard, named by what happens next.

Source: X-Road: Message Protocol v4.0 (PR-MESS), 2.5, and Message Protocol for REST v1 (PR-REST), 4.6.
"""

from __future__ import annotations

from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable

_BY = ("Server.ClientProxy", "Server.ServerProxy", "Signer", "Client")
_REFUSED = frozenset(
    {
        "AccessDenied",
        "BadRequest",
        "DuplicateHeaderField",
        "InconsistentHeaders",
        "InvalidBody",
        "InvalidContentType",
        "InvalidHttpMethod",
        "InvalidMessage",
        "InvalidProtocolVersion",
        "InvalidRequest",
        "InvalidSecurityServer",
        "InvalidSoap",
        "InvalidXml",
        "MalformedSoap",
        "MimeParsingFailed",
        "MissingBody",
        "MissingHeader",
        "MissingHeaderField",
        "MissingSoap",
        "NotFound",
        "SecurityCategory",
        "SslAuthenticationFailed",
        "UnknownMember",
        "UnknownService",
    }
)
"""What stays so until somebody changes a setting or a permission. After ``ServiceFailed`` it is said of the answer."""
_BROKEN = frozenset(
    {
        "InconsistentResponse",
        "InvalidHashChain",
        "InvalidHashChainRef",
        "InvalidReference",
        "InvalidResponse",
        "InvalidSignatureValue",
        "MalformedSignature",
        "MissingSignature",
        "SignatureVerification",
    }
)
"""The answer is not what it should be, or not provably the register's."""
_LATER = frozenset(
    {
        "CannotCreateSignature",
        "CertValidation",
        "DatabaseError",
        "HttpError",
        "IOError",
        "InternalError",
        "LoggingFailed",
        "NetworkError",
        "OutdatedGlobalConf",
        "ServiceDisabled",
        "ServiceFailed",
        "TimestampingFailed",
    }
)
"""What passes, as far as X-Road can tell."""


def error_of_code(register: str, code: str) -> RegisterError | None:
    """What an error means that X-Road itself answered with, in a SOAP fault's code or in ``X-Road-Error``.

    Args:
        code: e.g. ``Server.ServerProxy.AccessDenied``, ``Server.ServerProxy.ServiceFailed.HttpError``.

    Returns:
        None: it is none of X-Road's. A code of X-Road that is not known here is ``Unavailable`` where a server says it,
        and ``Rejected`` where it is said of the client.
    """
    by = next((each for each in _BY if code.startswith(f"{each}.")), None)
    if by is None:
        return None
    words = code.removeprefix(f"{by}.").split(".")
    known = [word for word in words if word in _REFUSED | _BROKEN | _LATER]
    if by == "Client":
        return Rejected(register, f"X-Road: Client.{known[0]}", ours=True) if known else None
    said = f"X-Road: {'.'.join((by, *known))}" if known else f"X-Road: {by}"
    if words[0] in _REFUSED:
        return Rejected(register, said, ours=True)
    if words[0] in _BROKEN or (words[0] == "ServiceFailed" and known[-1] in _REFUSED | _BROKEN):
        return Malformed(register, said)
    return Unavailable(register, said)
