"""Further registers: copies of adapter folders under other names, connected to the simulated register of their kind."""

from __future__ import annotations

import compileall
import shutil
from collections.abc import Mapping
from pathlib import Path

from adapters.kit.catalog import BUILT_IN

_COPIED = ("addresses", "vies")
"""One REST and one SOAP register, copied in turn."""


def copy_adapters(folder: Path, count: int, registers: str, unreachable: str | None = None) -> Mapping[str, str]:
    """Make so many adapters.

    Their names come after those of the checkout's own registers in the alphabet, as far as these answer the queries:
    of several registers with the same record type the first answers.

    Args:
        folder: an empty folder.
        registers: base address of the simulated registers.
        unreachable: base address at which nobody answers, for every second one; None: all answer.

    Returns:
        Settings that connect them, as environment variables.
    """
    settings = {"GATEWAY_ADAPTERS_PATH": str(folder)}
    for number in range(count):
        copied = _COPIED[number % len(_COPIED)]
        name = f"copy_{number:03}"
        made = folder / name
        shutil.copytree(BUILT_IN[0] / copied, made, ignore=shutil.ignore_patterns("__pycache__", "cases", "test_*"))
        manifest = made / "manifest.toml"
        text = manifest.read_text(encoding="utf-8")
        manifest.write_text(text.replace(f'name = "{copied}"', f'name = "{name}"', 1), encoding="utf-8")
        # Copies go by pairs of one REST and one SOAP register, so every other pair is as many of each kind.
        base = unreachable if unreachable is not None and number % 4 >= len(_COPIED) else registers
        settings[f"GATEWAY_REGISTERS__{name.upper()}__URL"] = f"{base}/{copied}"
    # As after an earlier start: what Python compiles once is not what a register costs.
    compileall.compile_dir(folder, quiet=1)
    return settings
