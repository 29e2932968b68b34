"""The schemas of one contract: declarations by name, whatever file they stand in, and the types made of them."""

from __future__ import annotations

from collections.abc import Iterator
from threading import RLock

from lxml import etree

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.xml_parser import parse_xml
from adapters.kit.xsd.builtins import XML, XSD, attribute_key, builtin, builtin_attribute, is_name, local_of
from adapters.kit.xsd.complex import fill
from adapters.kit.xsd.documents import Document, Documents, NotFoundError
from adapters.kit.xsd.scope import Declared, Scope
from adapters.kit.xsd.section5 import ENCODING, SCHEMA
from adapters.kit.xsd.simple import children, documentation
from adapters.kit.xsd.simple_types import SimpleTypes, nearest_name
from adapters.kit.xsd.types import Attribute, ComplexType, Element, Kind, SimpleType, elements_in

_SPACES = {
    "element": "element",
    "complexType": "type",
    "simpleType": "type",
    "group": "group",
    "attributeGroup": "attributeGroup",
    "attribute": "attribute",
}
ANY_TYPE = f"{{{XSD}}}anyType"


class Schema:
    """Every schema of a contract.

    Args:
        documents: where imports are found.

    What cannot be read of a type is raised when something is made of it (:meth:`check`), not before: one bad
    declaration must not make the others unusable.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._found: dict[tuple[str, str], Declared] = {}
        self._redefined: dict[etree._Element, Declared] = {}
        self._seen: set[tuple[str, str]] = set()
        self._substitutes: dict[str, list[str]] = {}
        self._elements: dict[str, Element] = {}
        # A file without namespace may be included into several: then one declaration makes several types.
        self._types: dict[tuple[etree._Element, str], ComplexType | SimpleType] = {}
        self._declared: dict[ComplexType, Declared] = {}
        self._bad: dict[ComplexType, UnsupportedConstruct] = {}
        self._good: set[ComplexType] = set()
        self._narrower: dict[str, list[str]] = {}
        self._anything = ComplexType("anyType", mixed=True, tag=ANY_TYPE, anything=True)
        self._simple_types = SimpleTypes(self, self._types)
        self._brought: set[str] = set()
        self._making = RLock()  # Answers are read in threads too, and may name a type that nobody has needed yet.
        self.missing: list[tuple[str, str]] = []
        """Imports that are not there, each with the place that asks for it."""
        self.refused: list[UnsupportedConstruct] = []
        """Files that could not be read."""

    def add(self, node: etree._Element, document: Document, namespace: str | None = None) -> None:
        """Take in a schema, and what it imports and includes.

        Args:
            namespace: of the one that includes it.
        """
        own = node.get("targetNamespace")
        scope = Scope(
            document,
            own if own is not None else namespace or "",
            node.get("elementFormDefault") == "qualified",
            node.get("attributeFormDefault") == "qualified",
            own is None and bool(namespace),
        )
        for child in node:
            local = etree.QName(child).localname
            if child.tag != f"{{{XSD}}}{local}":
                continue
            if local in ("include", "import", "redefine"):
                self._follow(local, child, scope)
            elif local in _SPACES:
                self._declare(local, child, scope)

    def _follow(self, how: str, node: etree._Element, scope: Scope) -> None:
        location = node.get("schemaLocation")
        if location is None:
            return
        try:
            document = self._documents.imported(location, scope.document)
        except NotFoundError:
            self.missing.append((location, scope.place(node)))
            return
        except UnsupportedConstruct as error:
            self.refused.append(
                UnsupportedConstruct(error.construct, f"{error.where}, imported at {scope.place(node)}")
            )
            return
        included = None if how == "import" else scope.namespace
        key = (document.location, document.root.get("targetNamespace") or included or "")
        if how == "redefine":
            for child in node:
                if etree.QName(child).localname in _SPACES:
                    self._declare(etree.QName(child).localname, child, scope)
        if key not in self._seen:
            self._seen.add(key)
            self.add(document.root, document, included)

    def _declare(self, local: str, node: etree._Element, scope: Scope) -> None:
        name = node.get("name")
        if not name:
            return
        if not is_name(name):
            self.refused.append(UnsupportedConstruct("a declaration whose name is none", scope.place(node)))
            return
        tag = f"{{{scope.namespace}}}{name}" if scope.namespace else name
        declared, key = Declared(node, scope), (_SPACES[local], tag)
        if key in self._found:
            earlier = self._found[key]
            if _redefines(earlier.node):
                self._redefined.setdefault(earlier.node, declared)
            elif _redefines(node):
                self._redefined.setdefault(node, earlier)
                self._found[key] = declared
            return
        self._found[key] = declared
        try:
            self._relate(local, node, scope, tag)
        except UnsupportedConstruct as error:
            self.refused.append(error)

    def _relate(self, local: str, node: etree._Element, scope: Scope, tag: str) -> None:
        head = node.get("substitutionGroup")
        if local == "element" and head is not None:
            self._substitutes.setdefault(self.name(head, node, scope), []).append(tag)
        if local == "complexType":
            for step in node.iter(f"{{{XSD}}}extension", f"{{{XSD}}}restriction"):
                if step.get("base") and (above := step.getparent()) is not None and above.getparent() is node:
                    self._narrower.setdefault(self.name(step.get("base", ""), step, scope), []).append(tag)

    @staticmethod
    def name(text: str, node: etree._Element, scope: Scope) -> str:
        """The name that a reference means, as ``{namespace}local``."""
        prefix, colon, local = text.strip().rpartition(":")
        namespace = XML if prefix == "xml" else node.nsmap.get(prefix or None)
        if not is_name(local):
            raise UnsupportedConstruct("a reference that is no name", scope.place(node))
        if colon and namespace is None:
            raise UnsupportedConstruct(f"the prefix {prefix}, which is not declared", scope.place(node))
        if namespace is None and scope.borrowed:
            namespace = scope.namespace
        return f"{{{namespace}}}{local}" if namespace else local

    def find(self, space: str, tag: str) -> Declared | None:
        """A global declaration."""
        return self._found.get((space, tag))

    def need(self, space: str, text: str, node: etree._Element, scope: Scope) -> Declared:
        """A global declaration that is referred to. Raises: UnsupportedConstruct: there is none."""
        tag = self.name(text, node, scope)
        found = self.find(space, tag)
        if found is None and tag.startswith(f"{{{ENCODING}}}") and ENCODING not in self._brought:
            self._brought.add(ENCODING)
            document = Document("section 5", "section 5", parse_xml(SCHEMA))
            document.nodes += document.root.iter("*")
            self.add(document.root, document)
            found = self.find(space, tag)
        if found is not None and found.node in self._redefined and _inside(node, found.node):
            return self._redefined[found.node]
        if found is None:
            raise self._undeclared(space, tag, scope.place(node))
        return found

    def _undeclared(self, space: str, tag: str, where: str) -> UnsupportedConstruct:
        imports = ", ".join(location for location, _ in self.missing) + "".join(e.construct for e in self.refused)
        nowhere = f"which is declared nowhere{f' (imports not read: {imports})' if imports else ''}"
        return UnsupportedConstruct(f"{space} {local_of(tag)}, {nowhere}", where)

    def elements(self) -> Iterator[str]:
        """Names of all global elements."""
        return (tag for space, tag in self._found if space == "element")

    def types(self) -> Iterator[str]:
        """Names of all types that have one."""
        return iter([tag for space, tag in self._found if space == "type"])

    def element(self, tag: str, where: str = "") -> Element:
        """A global element. Raises: UnsupportedConstruct."""
        made = self._elements.get(tag)
        if made is None:
            declared = self.find("element", tag)
            if declared is None:
                raise self._undeclared("element", tag, where)
            made = self._elements[tag] = self.element_of(declared.node, declared.scope, tag)
        return made

    def element_of(self, node: etree._Element, scope: Scope, tag: str) -> Element:
        """The element that a declaration makes, to stand once."""
        kind = self._type_or_refuse(node, scope)
        self.check_given(node, kind, scope)
        return Element(
            name=local_of(tag),
            tag=tag,
            type=kind,
            min_occurs=1,
            max_occurs=1,
            nillable=node.get("nillable") in ("true", "1"),
            default=node.get("default"),
            fixed=node.get("fixed"),
            documentation=documentation(node),
            named=self.named,
        )

    @staticmethod
    def check_given(node: etree._Element, kind: ComplexType | SimpleType, scope: Scope) -> None:
        """Refuse a default or fixed value that is a name: its prefix would be looked up where it was not written."""
        given = node.get("default") is not None or node.get("fixed") is not None
        if given and isinstance(kind, SimpleType) and kind.kind is Kind.QNAME:
            raise UnsupportedConstruct("a default or fixed value that is a name", scope.place(node))

    def substitutes(self, tag: str) -> list[str]:
        """Names of the elements that may stand in the place of another, itself included where it may."""
        found: dict[str, None] = {}
        waiting = [tag]
        while waiting:
            each = waiting.pop(0)
            if each not in found:
                found[each] = None
                waiting += self._substitutes.get(each, ())
        return [each for each in found if not self._abstract(each)]

    def _abstract(self, tag: str) -> bool:
        declared = self.find("element", tag)
        return declared is not None and declared.node.get("abstract") in ("true", "1")

    def narrower(self, kind: ComplexType) -> list[str]:
        """Names of the types that extend or restrict a type, over any number of steps."""
        found: dict[str, None] = {}
        waiting = list(self._narrower.get(kind.tag, ())) if kind.tag else []
        while waiting:
            each = waiting.pop(0)
            if each not in found:
                found[each] = None
                waiting += self._narrower.get(each, ())
        return list(found)

    def named(self, tag: str) -> ComplexType | SimpleType | None:
        """A type by its name, ready to be used; None: there is none, or none that can be."""
        try:
            with self._making:
                made = self.type(tag, "")
                if isinstance(made, ComplexType):
                    self.check_type(made)
        except UnsupportedConstruct:
            return None
        return made

    def type(self, tag: str, where: str) -> ComplexType | SimpleType:
        """A type by its name. Raises: UnsupportedConstruct: it is declared nowhere."""
        if tag == ANY_TYPE:
            return self._anything
        if tag.startswith(f"{{{XSD}}}") and (known := builtin(tag[len(XSD) + 2 :])) is not None:
            return known
        declared = self.find("type", tag)
        if declared is None:
            raise self._undeclared("type", tag, where)
        return self.type_of(declared, tag)

    def type_of(self, declared: Declared, tag: str = "") -> ComplexType | SimpleType:
        """The type that a declaration makes, each once. Complex ones are filled by :meth:`check`."""
        node, key = declared.node, (declared.node, declared.scope.namespace)
        if key in self._types:
            return self._types[key]
        own = node.get("name")
        name = own if own is not None and is_name(own) else nearest_name(node)
        if node.tag == f"{{{XSD}}}simpleType":
            made: ComplexType | SimpleType = self._simple_types.made(declared, name, tag, 0)
        else:
            made = ComplexType(name, tag=tag, where=declared.scope.place(node))
            self._declared[made] = declared
        self._types[key] = made
        return made

    def _type_or_refuse(self, node: etree._Element, scope: Scope) -> ComplexType | SimpleType:
        try:
            return self._type_of(node, scope)
        except RecursionError:
            what = "declarations that rest on each other without end"
            raise UnsupportedConstruct(what, scope.place(node)) from None

    def _type_of(self, node: etree._Element, scope: Scope) -> ComplexType | SimpleType:
        named = node.get("type")
        if named is not None:
            tag = self.name(named, node, scope)
            if tag in (ANY_TYPE,) or tag.startswith(f"{{{XSD}}}"):
                return self.type(tag, scope.place(node))
            declared = self.need("type", named, node, scope)
            return self.type_of(declared, tag)
        inner = children(node, "simpleType", "complexType")
        if inner:
            return self.type_of(Declared(inner[0], scope))
        head = node.get("substitutionGroup")
        if head is not None:
            above = self.need("element", head, node, scope)
            return self._type_of(above.node, above.scope)
        return self._anything

    def simple_type_of(self, node: etree._Element, scope: Scope) -> SimpleType:
        """The simple type of an attribute. Raises: UnsupportedConstruct."""
        made = self._type_of(node, scope)
        if made is self._anything:
            made = _builtin("anySimpleType")
        if isinstance(made, ComplexType):
            raise UnsupportedConstruct("an attribute of a complex type", scope.place(node))
        return made

    def attribute(self, tag: str, where: str) -> Attribute:
        """A global attribute. Raises: UnsupportedConstruct."""
        declared = self.find("attribute", tag)
        if declared is None:
            known = builtin_attribute(tag)
            if known is None:
                raise self._undeclared("attribute", tag, where)
            return known
        return Attribute(
            attribute_key(tag),
            tag,
            self.simple_type_of(declared.node, declared.scope),
            required=False,
            default=declared.node.get("default"),
            fixed=declared.node.get("fixed"),
            documentation=documentation(declared.node),
        )

    def global_element(self, tag: str) -> Element | None:
        """For wildcards: a global element; one that cannot be made may hold anything. None: there is none."""
        if self.find("element", tag) is None:
            return None
        try:
            with self._making:
                made = self.element(tag)
                self.check(made)
        except UnsupportedConstruct:
            return self.open_element(tag)
        return made

    def open_element(self, tag: str) -> Element:
        """For wildcards: an element that may hold anything, or what its ``xsi:type`` says."""
        return Element(local_of(tag), tag, self._anything, 1, 1, nillable=True, named=self.named)

    def global_attribute(self, tag: str) -> Attribute | None:
        """For wildcards: a global attribute, else None."""
        try:
            with self._making:
                return self.attribute(tag, "")
        except UnsupportedConstruct:
            return None

    def check(self, element: Element) -> None:
        """Make every type that the element needs. Raises: UnsupportedConstruct: the first that cannot be made."""
        if isinstance(element.type, ComplexType):
            self.check_type(element.type)

    def check_type(self, kind: ComplexType) -> None:
        """The same, of a type."""
        if kind in self._good:
            return
        everything = list(self.reachable(kind))
        for each in everything:
            if each in self._bad:
                raise self._bad[each]
        self._good.update(everything)  # What a good type holds is good.

    def reachable(self, kind: ComplexType) -> Iterator[ComplexType]:
        """The type and every one that its content holds."""
        seen: set[ComplexType] = set()
        waiting = [kind]
        while waiting:
            each = waiting.pop()
            if each in seen:
                continue
            seen.add(each)
            self.filled(each)
            yield each
            if each.content is not None:
                waiting += (e.type for e in elements_in(each.content) if isinstance(e.type, ComplexType))

    def filled(self, kind: ComplexType) -> ComplexType:
        """The type with its content. What is wrong with it is raised by :meth:`check`."""
        declared = self._declared.pop(kind, None)
        if declared is not None:
            try:
                fill(self, kind, declared)
            except UnsupportedConstruct as error:
                self._bad[kind] = error
            except RecursionError:
                where = declared.scope.place(declared.node)
                self._bad[kind] = UnsupportedConstruct("declarations that rest on each other without end", where)
        return kind

    def good(self, kind: ComplexType) -> ComplexType:
        """The type with its content, to be built upon. Raises: UnsupportedConstruct."""
        if self.filled(kind) in self._bad:
            raise self._bad[kind]
        return kind


def _builtin(name: str) -> SimpleType:
    found = builtin(name)
    assert found is not None
    return found


def _redefines(node: etree._Element) -> bool:
    parent = node.getparent()
    return parent is not None and parent.tag == f"{{{XSD}}}redefine"


def _inside(node: etree._Element, outer: etree._Element) -> bool:
    return node is outer or any(each is outer for each in node.iterancestors())
