"""Claim types made of those of the checkout, under other codes: as many as a test needs."""

from __future__ import annotations

import re
from pathlib import Path

from policies.kit.folders import CHECKOUT, claim_type_folders

_RULE_ID = re.compile(r'@id\("([^"]+)"\)')


def generate(folder: Path, count: int) -> list[str]:
    """Write ``count`` folders of claim types into ``folder``; gives their codes."""
    sources = claim_type_folders(CHECKOUT)
    return [copy_of(sources[number % len(sources)], folder, f"{number:03}") for number in range(count)]


def copy_of(source: Path, folder: Path, suffix: str) -> str:
    """Write one claim type into ``folder`` again, under a code of its own; gives the code."""
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
        (target / file.name).write_text(text, encoding="utf-8")
    return code
