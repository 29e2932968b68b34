"""What the source of an adapter says, read as syntax: nothing of it is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_WORLD = frozenset(
    {"aiohttp", "asyncio", "http", "httpx", "io", "os", "pathlib", "random", "requests", "secrets", "shutil", "socket"}
    | {"sqlite3", "ssl", "starlette", "subprocess", "sys", "tempfile", "threading", "time", "urllib", "urllib3", "zeep"}
)
_OWN_WAY_OUT = frozenset(
    {"aiohttp", "http", "httpx", "os", "requests", "socket", "sqlite3", "ssl", "subprocess", "threading", "time"}
    | {"urllib3", "zeep"}
)
_OPENS = frozenset({"open", "exec", "eval", "input", "print", "__import__"})
_CLOCK = frozenset({"now", "today", "utcnow"})


@dataclass(frozen=True)
class SourceCode:
    """One Python file.

    Args:
        path: of a file that may not be there: it is an empty one then.
    """

    path: Path

    @cached_property
    def text(self) -> str:
        """Empty where there is no such file."""
        return self.path.read_text("utf-8") if self.path.is_file() else ""

    @cached_property
    def tree(self) -> ast.Module:
        """Raises: SyntaxError."""
        return ast.parse(self.text, filename=self.path.name)

    def strings(self) -> frozenset[str]:
        """Every text that stands in the code, and the steps of those that are paths; docstrings are none."""
        return frozenset(
            step
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value
            for path in (node.value, *node.value.split("/"))
            for step in (path, path.removeprefix("@"))
        )

    def bases(self) -> frozenset[str]:
        """Names of what its classes inherit."""
        classes = [node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef)]
        return frozenset(_last(base) for each in classes for base in each.bases)

    def impurities(self) -> list[str]:
        """Lines of a mapping that reach for the world."""
        return [*self._imports(_WORLD), *self._calls()]

    def own_ways_out(self) -> list[str]:
        """Lines of an adapter that go round the wire."""
        return [*self._imports(_OWN_WAY_OUT), *self._sleeps()]

    def defaults(self) -> list[str]:
        """Lines of a mapping that make a value out of an unknown one."""
        return sorted(set(self._defaults()))

    def gives(self, keyword: str) -> bool:
        """Whether some call gives this keyword argument."""
        calls = (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))
        return any(each.arg == keyword for call in calls for each in call.keywords)

    def untyped(self) -> list[str]:
        """Functions that do not say all their types."""
        return [
            f"{node.name}, line {node.lineno}"
            for node in ast.walk(self.tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            if node.returns is None
            or any(
                each.annotation is None
                for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
                if each.arg not in ("self", "cls")
            )
        ]

    def _imports(self, forbidden: frozenset[str]) -> Iterator[str]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                names = [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            else:
                continue
            for name in names:
                if name.partition(".")[0] in forbidden and name != "urllib.parse":
                    yield f"line {node.lineno} imports {name}"

    def _calls(self) -> Iterator[str]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                if isinstance(node.func, ast.Name) and node.func.id in _OPENS:
                    yield f"line {node.lineno} calls {node.func.id}"
                elif isinstance(node.func, ast.Attribute) and node.func.attr in _CLOCK:
                    yield f"line {node.lineno} asks a clock"

    def _sleeps(self) -> Iterator[str]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and _last(node.func) == "sleep":
                yield f"line {node.lineno} sleeps"

    def _defaults(self) -> Iterator[str]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ExceptHandler) and not any(isinstance(each, ast.Raise) for each in ast.walk(node)):
                yield f"line {node.lineno} swallows an error"
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "get":
                continue
            table = _last(node.func.value)
            given = [*node.args[1:], *(each.value for each in node.keywords)]
            if table.isupper():
                yield f"line {node.lineno} asks {table} with get, which makes None of an unknown code"
            elif any(not _is_nothing(each) for each in given):
                yield f"line {node.lineno} gives a default for a value"


def _is_nothing(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return node.value is None
    empty = (ast.Tuple, ast.List)
    return (isinstance(node, empty) and not node.elts) or (isinstance(node, ast.Dict) and not node.keys)


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
