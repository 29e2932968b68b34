"""Who is refused is told what to do: an error without a remedy fails here, where it is written."""

from __future__ import annotations

import ast

from tests.architecture.sources import modules

ERRORS = {"FieldError": 3, "RequestError": 3}
TELLS = {**ERRORS, "refusal": 2, "_give_up": 2, "error_body": 4}
"""What makes an error for whoever asks, and where its remedy stands if no keyword says it."""
WITHOUT = {
    # Of what is withheld and of what is not on record nothing more is said: they must not be told apart.
    ("schema/graph/legal_entity.py", "PROTECTED"),
}
"""Files and codes of the errors that have none, each for a reason."""


def _name(call: ast.Call) -> str:
    """Of the function; none where it is a door that is asked for its refusal."""
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    return "" if name == "refusal" and isinstance(call.func, ast.Attribute) else name


def _has_remedy(call: ast.Call, place: int) -> bool:
    """Whether a remedy is given that is not None in so many words."""
    found = next((each.value for each in call.keywords if each.arg == "remedy"), None)
    if found is None and len(call.args) > place:
        found = call.args[place]
    return found is not None and not (isinstance(found, ast.Constant) and found.value is None)


def _code(call: ast.Call) -> str:
    return next((each.attr for each in call.args if isinstance(each, ast.Attribute)), "")


def _silent(tree: ast.Module, tells: dict[str, int] = TELLS) -> list[tuple[int, str]]:
    """Line and code of each error without a remedy."""
    return [
        (node.lineno, _code(node))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name(node) in tells and not _has_remedy(node, tells[_name(node)])
    ]


def test_every_error_says_what_to_do() -> None:
    # The functions are the gateway's; adapters have others of these names.
    silent = {
        (module.path.as_posix(), code, line)
        for module in modules("gateway", "schema", "adapters")
        for line, code in _silent(module.tree, ERRORS if module.path.parts[0] == "adapters" else TELLS)
    }
    assert {each for each in silent if each[:2] not in WITHOUT} == set()
    assert {each[:2] for each in silent} == WITHOUT, "an exception that is none any more"


def test_an_error_without_a_remedy_is_found_however_it_is_written() -> None:
    for text in (
        "FieldError(ErrorCode.VARIABLES, WHAT)",
        "ports.FieldError(ErrorCode.VARIABLES, WHAT, rule=rule, remedy=None)",
        "RequestError(ErrorCode.VARIABLES, WHAT, locations)",
        "refusal(ErrorCode.VARIABLES, rule)",
    ):
        assert _silent(ast.parse(text)) == [(1, "VARIABLES")], text
    for text in (
        "FieldError(code, what, remedy=DO)",
        "RequestError(code, what, (), DO)",
        "refusal(what, rule, DO)",
        "WithoutRemedy()",
    ):
        assert _silent(ast.parse(text)) == [], text
