"""The checkout as the architecture tests read it: files that belong to it, and what Python modules name."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("gateway", "schema", "adapters", "policies")


@cache
def project_files() -> tuple[Path, ...]:
    """Files of the project, relative to its root: tracked, or new and not ignored."""
    git = shutil.which("git")
    if git is not None and (ROOT / ".git").exists():
        listed = subprocess.run(
            [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        names = sorted({name for name in listed.stdout.split("\0") if name})
        return tuple(Path(name) for name in names if (ROOT / name).is_file())
    made = {".git", ".venv", ".data", "node_modules", "__pycache__"}
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return tuple(sorted(path for path in found if not made & set(path.parts) and not path.parts[0].endswith("_cache")))


@dataclass(frozen=True)
class Module:
    """One Python file.

    Args:
        path: relative to the root.
        tree: its syntax.
    """

    path: Path
    tree: ast.Module

    @property
    def imported(self) -> frozenset[str]:
        """Dotted names of what is imported anywhere in the file, relative imports resolved."""
        return frozenset(name for _, name in self._bindings())

    def named(self) -> Iterator[tuple[str, int]]:
        """Every dotted name the code mentions, as imported: ``now`` after ``from datetime import datetime`` is
        ``datetime.datetime.now``. With its line."""
        origin = dict(self._bindings())
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute | ast.Name):
                dotted = _dotted(node)
                if dotted is not None:
                    first, _, rest = dotted.partition(".")
                    if first in origin:
                        yield (f"{origin[first]}.{rest}" if rest else origin[first]), node.lineno

    def _bindings(self) -> Iterator[tuple[str, str]]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.asname is None:
                        yield alias.name.partition(".")[0], alias.name.partition(".")[0]
                    yield alias.asname or alias.name, alias.name
            elif isinstance(node, ast.ImportFrom):
                base = node.module or ""
                if node.level:
                    package = self.path.with_suffix("").parts[: -node.level]
                    base = ".".join((*package, base)) if base else ".".join(package)
                for alias in node.names:
                    yield alias.asname or alias.name, f"{base}.{alias.name}"


def modules(*folders: str) -> Iterator[Module]:
    """The Python files under the named folders, tests beside the code left out."""
    for path in project_files():
        if path.suffix == ".py" and path.parts[0] in folders and not path.name.startswith(("test_", "conftest")):
            yield Module(path, ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path)))


def _dotted(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = _dotted(node.value)
        return None if base is None else f"{base}.{node.attr}"
    return None
