"""What drafted code may do, checked before it is written: a contract's words are values in it, never code."""

from __future__ import annotations

import ast

_READINGS = frozenset({"Decimal", "int", "str", "list"})
_CALLED = {
    "__init__.py": frozenset[str](),
    "record": frozenset({"Meta", "Joined"}),
    "mapping.py": _READINGS | {"RecordOf", "one", "maybe", "each", "Items", "ValueError"},
    "adapter.py": frozenset(
        {"load_contract", "load_openapi", "Path", "frozenset", "key_of", "request_of", "list", "reading"}
        | {"SoapService", "RestService", "Rejected", "isinstance", "value_at"}
    ),
    "test_adapter.py": frozenset({"Path", "str", "key_of", "PersonCode", "RegistrationNumber", "AddressCode"}),
}
_METHODS = frozenset(
    {("self._service", "call"), ("self._service", "records"), ("XRoad", "development"), ("date", "fromisoformat")}
    | {("datetime", "fromisoformat"), ("time", "fromisoformat"), ("fault.details", "items")}
)
_IMPORTED = ("adapters.kit.", "schema.", "collections.abc", "datetime", "decimal", "msgspec", "pathlib", "typing")
_STATEMENTS = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.ClassDef, ast.FunctionDef, ast.Expr)


class UnsafeDraftError(ValueError):
    """A drafted file is not of the form that drafts have. Says which file and where."""


def proven(name: str, text: str, own: frozenset[str] = frozenset()) -> str:
    """The text, which is of the form that drafts have.

    Args:
        name: the file's, of an adapter's folder; ``record`` for the record's module.
        own: names of the draft's own that it calls: its mapping, its classes.

    Raises:
        UnsafeDraftError: it cannot be read, or calls, imports or does what no draft does.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise UnsafeDraftError(f"{name} cannot be drafted: line {getattr(error, 'lineno', 0)} is no Python") from None
    for statement in tree.body:
        if not isinstance(statement, _STATEMENTS):
            raise UnsafeDraftError(f"{name} cannot be drafted: line {statement.lineno} is no part of a draft")
    if ast.get_docstring(tree) is None:
        raise UnsafeDraftError(f"{name} cannot be drafted: it has no docstring")
    called = _CALLED[name] | own
    for node in ast.walk(tree):
        if not _may_stand(node, called):
            raise UnsafeDraftError(f"{name} cannot be drafted: line {getattr(node, 'lineno', 0)} is no part of a draft")
    return text


def _may_stand(node: ast.AST, called: frozenset[str]) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name in called
        case ast.Call(func=ast.Attribute(value=value, attr=attribute)):
            return (ast.unparse(value), attribute) in _METHODS
        case ast.Call(func=func):
            return isinstance(func, ast.Subscript) and ast.unparse(func.value) == "FAULTS"
        case ast.Expr(value=value):
            return isinstance(value, ast.Constant) and isinstance(value.value, str)
        case ast.Import(names=names):
            return all(each.name.startswith(_IMPORTED) for each in names)
        case ast.ImportFrom(module=module, level=level):
            if level:
                return level == 1 and module == "mapping"
            return module in ("__future__", "adapters.kit") or (module or "").startswith(_IMPORTED)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return not name.startswith("__") or name in ("__file__", "__init__")
        case ast.Global() | ast.Nonlocal() | ast.Delete() | ast.Lambda() | ast.NamedExpr():
            return False
    return True
