"""Hands a contract out as its publisher does: the WSDL under ``?wsdl``, each file it names under ``?xsd=N``."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from adapters.sandbox.contracts.documents import Documents
from adapters.sandbox.contracts.names import WSDL, WSDL_SOAP, XS
from adapters.sandbox.soap import parse

_LOCATIONS = {f"{{{WSDL}}}import": "location"}
_LOCATIONS |= {f"{{{XS}}}{name}": "schemaLocation" for name in ("import", "include", "redefine")}


class Published:
    """The files of a contract.

    Args:
        documents: with the files that locations lead to.
        main: the main WSDL.
    """

    def __init__(self, documents: Documents, main: Path) -> None:
        self._links = documents.links
        self._files = list(dict.fromkeys([main.resolve(), *documents.links.values()]))

    def file(self, number: int, address: str) -> bytes | None:
        """One file, with locations that lead here; number 0 is the main WSDL. None where there is none.

        Args:
            address: where this register is.
        """
        if not 0 <= number < len(self._files):
            return None
        path = self._files[number]
        root = parse(path.read_bytes())
        for one in root.iter(etree.Element):
            attribute = _LOCATIONS.get(str(one.tag))
            meant = self._links.get((path, one.get(attribute) or "")) if attribute else None
            if attribute and meant is not None:
                one.set(attribute, f"{address}?xsd={self._files.index(meant)}")
            elif etree.QName(one).localname == "address" and etree.QName(one).namespace in WSDL_SOAP:
                one.set("location", address)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
