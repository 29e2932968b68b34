"""Claim types made of those of the checkout, under other codes: as many as a test needs."""

from __future__ import annotations

import re
from pathlib import Path

from policies.kit.folders import CHECKOUT, claim_type_folders

_RULE_ID = re.compile(r'@id\("([^"]+)"\)')


def generate(folder: Path, count: int, examples: int | None = None) -> list[str]:
    """Write ``count`` folders of claim types into ``folder``; gives their codes. See :func:`copy_of`."""
    sources = claim_type_folders(CHECKOUT)
    return [copy_of(sources[number % len(sources)], folder, f"{number:03}", examples) for number in range(count)]


def copy_of(source: Path, folder: Path, suffix: str, examples: int | None = None) -> str:
    """Write one claim type into ``folder`` again, under a code of its own; gives the code.

    Args:
        examples: so many permits and refusals each; None: all.
    """
    code = f"{source.name}-{suffix}"
    target = folder / code
    target.mkdir(parents=True)
    for file in source.iterdir():
        text = file.read_text(encoding="utf-8")
        if file.name == "claim_type.toml":
            text = text.replace(f'code = "{source.name}"', f'code = "{code}"')
        if file.name in ("policy.cedar", "examples.toml"):
            own = _RULE_ID.findall((source / "policy.cedar").read_text(encoding="utf-8"))
            for rule in own:
                text = text.replace(f'"{rule}"', f'"{rule}-{suffix}"')
        if file.name == "examples.toml" and examples is not None:
            head, *rows = text.split("[[example]]")
            permits = [row for row in rows if 'expect = "permit"' in row]
            refusals = [row for row in rows if 'expect = "refuse"' in row]
            text = "[[example]]".join([head, *permits[:examples], *refusals[:examples]])
        (target / file.name).write_text(text, encoding="utf-8")
    return code
