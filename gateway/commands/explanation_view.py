"""An explanation as a person reads it in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.tree import Tree


def show(console: Console, explanation: Mapping[str, Any], persona: str) -> None:
    """Print it: the fields as a tree, then rules, register calls, the citizen's log and problems.

    Args:
        explanation: as the graph answers it.
        persona: who asks.
    """
    decisions = explanation["decisions"]
    refused = sum(not each["allowed"] for each in decisions)
    verdict = "[bold green]allowed[/]" if explanation["allowed"] else "[bold red]refused[/]"
    count = f", {refused} of {len(decisions)} fields refused" if refused else ""
    console.print(f"As [cyan]{escape(persona)}[/]: {verdict}{count}")
    if decisions:
        console.print(_tree(decisions))
        _rules(console, decisions)
    _calls(console, explanation["registerCalls"])
    if explanation["accessLogEntries"]:
        console.print("\n[bold]The citizen's log would say[/]")
        table = Table(show_header=False, box=None, padding=(0, 1, 0, 2))
        for sentence in explanation["accessLogEntries"]:
            table.add_row("[dim]•[/]", escape(sentence))
        console.print(table)
    if explanation["problems"]:
        console.print("\n[bold]Problems[/]")
        for each in explanation["problems"]:
            place = f" [dim]{escape(each['field'])}[/]" if each["field"] else ""
            console.print(f"  [bold red]{escape(each['code'])}[/]{place} {escape(each['message'])}")


def _tree(decisions: Sequence[Mapping[str, Any]]) -> Tree:
    root = Tree("[dim]operation[/]", guide_style="dim")
    branches: dict[str, tuple[Tree, Mapping[str, Any]]] = {}
    for each in decisions:
        above, _, key = each["path"].rpartition(".")
        parent, decided = branches.get(above, (root, None))
        branches[each["path"]] = (parent.add(_label(key, each, decided)), each)
    return root


def _label(key: str, decision: Mapping[str, Any], above: Mapping[str, Any] | None) -> str:
    """One field; what its parent says already is not said again."""
    same = above is not None and _why(above) == _why(decision)
    name = decision["coordinate"].partition(".")[2]
    alias = "" if name == key else f" [dim]({escape(name)})[/]"
    rules = escape(f"({', '.join(decision['rules'])})") if decision["rules"] else ""
    if decision["allowed"]:
        note = f" [yellow]{escape(decision['reason'])}[/]" if decision["remedy"] else ""
        return f"[green]✓ {escape(key)}[/]{alias}" + ("" if same or not rules else f"  [dim]{rules}[/]") + note
    if same:
        return f"[red]✗ {escape(key)}[/]{alias}"
    remedy = f"\n  [dim]what to do: {escape(decision['remedy'])}[/]" if decision["remedy"] else ""
    return f"[red]✗ {escape(key)}[/]{alias}  {escape(decision['reason'] or '')} [dim]{rules}[/]{remedy}"


def _why(decision: Mapping[str, Any]) -> tuple[Any, ...]:
    return decision["allowed"], tuple(decision["rules"])


def _rules(console: Console, decisions: Sequence[Mapping[str, Any]]) -> None:
    """The sentences of the rules that allow; what refuses says so in the tree."""
    sentences = {
        each["rules"][0]: each["reason"]
        for each in decisions
        if each["allowed"] and len(each["rules"]) == 1 and each["reason"] and not each["remedy"]
    }
    if not sentences:
        return
    console.print("\n[bold]Rules that allow[/]")
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 2))
    for rule, sentence in sentences.items():
        table.add_row(f"[green]{escape(rule)}[/]", escape(sentence))
    console.print(table)


def _calls(console: Console, calls: Sequence[Mapping[str, Any]]) -> None:
    if not calls:
        console.print("\n[bold]Register calls[/] none")
        return
    total = sum(each["calls"] for each in calls)
    console.print(f"\n[bold]Register calls, {total} at most[/]")
    table = Table("register", "operation", "calls", "for", box=None, padding=(0, 2, 0, 2), header_style="dim")
    table.columns[2].justify = "right"
    for each in calls:
        register = f"{escape(each['register']['title'])} [dim]({escape(each['register']['id'])})[/]"
        table.add_row(register, escape(each["operation"]), str(each["calls"]), escape(each["keys"] or ""))
    console.print(table)
