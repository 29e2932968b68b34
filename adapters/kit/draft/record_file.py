"""The module of a drafted record, as text."""

from __future__ import annotations

from adapters.kit.draft.fields import Field
from adapters.kit.draft.files import WIDTH, Draft
from adapters.kit.draft.proof import proven
from adapters.kit.draft.texts import quoted, sentence, wrapped


def record_module(draft: Draft) -> str:
    """``schema/records/<name>.py``. Raises: UnsafeDraftError."""
    return proven("record", _record_module(draft), draft.own_names)


def _record_module(draft: Draft) -> str:
    classes = [*draft.record.parts(), draft.record]
    hints = " ".join(each.annotation for one in classes for each in one.fields)
    source = f"drafted of {draft.contract_in_words}, operation ``{draft.operation_in_words}``"
    lines = [f'"""Record of {draft.name}, {source}."""', ""]
    lines += ["from __future__ import annotations", ""]
    lines += [f"from datetime import {', '.join(n for n in ('date', 'datetime') if _has(hints, n))}"] * _any_day(hints)
    lines += ["from decimal import Decimal"] * _has(hints, "Decimal")
    lines += ["from typing import Annotated", "", "import msgspec", "from msgspec import Meta", ""]
    lines += ["from schema.joined import Joined"] * (draft.join is not None)
    lines += [f"from schema.terms import {draft.subject.type}"] * _has(hints, draft.subject.type)
    for one in classes:
        described = sentence(one.documentation) or f"What {draft.name} holds."
        if one is draft.record:
            described += f" Key: :class:`{draft.subject.type}`."
        lines += ["", "", f"class {one.name}(msgspec.Struct, frozen=True, kw_only=True):", _docstring(described), ""]
        for each in one.fields:
            said = sentence(each.documentation) or f"{each.name.strip('_').replace('_', ' ').capitalize()}."
            lines += _attribute(each, said)
    if draft.join is not None:
        lists = [each for each in draft.record.fields if each.occurs == "each" and each.record is not None]
        items = f', items="{lists[0].name}"' if len(lists) == 1 and len(draft.record.fields) <= 3 else ""
        shown = f'field={quoted(draft.join)}{items}, description="What {draft.name} holds."'
        lines += ["", "", "JOINED = Joined(", f"    record={draft.record.name}, {shown}", ")"]
    return "\n".join(lines) + "\n"


def _has(text: str, word: str) -> bool:
    return word in text.replace("[", " ").replace("]", " ").replace(",", " ").split()


def _any_day(hints: str) -> bool:
    return _has(hints, "date") or _has(hints, "datetime")


def _attribute(each: Field, said: str) -> list[str]:
    line = f"    {each.name}: Annotated[{each.annotation}, Meta(description={quoted(said)})]"
    if len(line) <= WIDTH:
        return [line]
    return [
        f"    {each.name}: Annotated[",
        f"        {each.annotation},",
        "        Meta(",
        *_folded(said),
        "        ),",
        "    ]",
    ]


def _folded(said: str) -> list[str]:
    words, rows, row = said.split(" "), list[str](), ""
    for word in words:
        if row and len(row) + len(word) > 85:
            rows.append(f"{row} ")
            row = word
        else:
            row = f"{row} {word}" if row else word
    rows.append(row)
    first, *others = [quoted(each) for each in rows]
    return [f"            description={first}", *(f"            {each}" for each in others)]


def _docstring(said: str) -> str:
    if len(said) + 10 <= WIDTH:
        return f'    """{said}"""'
    return '    """' + "\n    ".join(wrapped(said)) + '\n    """'
