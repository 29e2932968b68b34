"""A signature as an installation may have one: exclusive canonical XML, SHA-256 and RSA, with a certificate of its own.

Source: XML Signature Syntax and Processing (W3C, 2008), Exclusive XML Canonicalization (W3C, 2002), X.509 Certificate
Token Profile 1.1 (OASIS).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from adapters.kit.soap.security import SECURITY, TOKEN_ID, WSSE, WSU_ID

DS = "http://www.w3.org/2000/09/xmldsig#"
_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
_RSA = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"


@dataclass(frozen=True)
class Signer:
    """Satisfies ``Signs``."""

    key: rsa.RSAPrivateKey
    certificate: bytes

    @classmethod
    def made(cls, now: datetime) -> Signer:
        """With a key that nobody else has."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "spoken")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now)
            .not_valid_after(now + timedelta(days=1))
            .sign(key, hashes.SHA256())
        )
        return cls(key, certificate.public_bytes(serialization.Encoding.DER))

    def sign(self, envelope: etree._Element, ids: Sequence[str]) -> etree._Element:
        """See ``Signs.sign``."""
        [security] = envelope.iter(SECURITY)
        signature = etree.SubElement(security, f"{{{DS}}}Signature", nsmap={"ds": DS, "wsse": WSSE})
        signed = etree.SubElement(signature, f"{{{DS}}}SignedInfo")
        etree.SubElement(signed, f"{{{DS}}}CanonicalizationMethod", Algorithm=_C14N)
        etree.SubElement(signed, f"{{{DS}}}SignatureMethod", Algorithm=_RSA)
        for each in ids:
            reference = etree.SubElement(signed, f"{{{DS}}}Reference", URI=f"#{each}")
            transforms = etree.SubElement(reference, f"{{{DS}}}Transforms")
            etree.SubElement(transforms, f"{{{DS}}}Transform", Algorithm=_C14N)
            etree.SubElement(reference, f"{{{DS}}}DigestMethod", Algorithm=_SHA256)
            etree.SubElement(reference, f"{{{DS}}}DigestValue").text = _digest(_of_id(envelope, each))
        value = self.key.sign(_canonical(signed), padding.PKCS1v15(), hashes.SHA256())
        etree.SubElement(signature, f"{{{DS}}}SignatureValue").text = base64.b64encode(value).decode()
        info = etree.SubElement(signature, f"{{{DS}}}KeyInfo")
        reference = etree.SubElement(info, f"{{{WSSE}}}SecurityTokenReference")
        etree.SubElement(reference, f"{{{WSSE}}}Reference", URI=f"#{TOKEN_ID}")
        return envelope


def verified(content: bytes) -> list[str]:
    """Ids of what a message's signature is over, read from its bytes as a register would. Raises: InvalidSignature."""
    envelope = etree.fromstring(content)
    [signature] = envelope.iter(f"{{{DS}}}Signature")
    token = signature.find(f".//{{{WSSE}}}Reference").get("URI").removeprefix("#")
    certificate = x509.load_der_x509_certificate(base64.b64decode(_of_id(envelope, token).text or ""))
    signed = signature.find(f"{{{DS}}}SignedInfo")
    key: Any = certificate.public_key()
    value = base64.b64decode(signature.findtext(f"{{{DS}}}SignatureValue"))
    key.verify(value, _canonical(signed), padding.PKCS1v15(), hashes.SHA256())
    ids = []
    for reference in signed.iter(f"{{{DS}}}Reference"):
        each = reference.get("URI").removeprefix("#")
        if reference.findtext(f"{{{DS}}}DigestValue") != _digest(_of_id(envelope, each)):
            raise InvalidSignature
        ids.append(each)
    return ids


def _of_id(envelope: Any, wanted: str) -> Any:
    [found] = [node for node in envelope.iter("*") if node.get(WSU_ID) == wanted]
    return found


def _canonical(node: Any) -> bytes:
    return etree.tostring(node, method="c14n", exclusive=True, with_comments=False)


def _digest(node: Any) -> str:
    return base64.b64encode(hashlib.sha256(_canonical(node)).digest()).decode()
