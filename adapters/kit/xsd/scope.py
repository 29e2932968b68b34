"""Where a declaration stands, and what its file says about all declarations in it."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from adapters.kit.xsd.documents import Document


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """What a schema file says about the declarations in it."""

    document: Document
    namespace: str
    qualified_elements: bool
    qualified_attributes: bool
    borrowed: bool
    """Whether the namespace is that of the file which includes it."""

    def place(self, node: etree._Element) -> str:
        """``file:line``."""
        return self.document.place(node)


@dataclass(frozen=True, slots=True, eq=False)
class Declared:
    """A declaration, and the file's rules for it."""

    node: etree._Element
    scope: Scope
