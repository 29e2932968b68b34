"""Further registers: copies of adapter folders under other names, connected to the simulated register of their kind."""

from __future__ import annotations

import compileall
import shutil
from collections.abc import Mapping
from pathlib import Path

from adapters.kit.catalog import BUILT_IN

_COPIED = ("addresses", "vies")
"""One REST and one SOAP register, copied in turn."""
_APART = "assistance_one_by_one"
"""Before the register that it is a copy of, in the alphabet: so it answers."""
_BATCH = "batch_size = 100"


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
        _copy(BUILT_IN[0] / copied, folder / name)
        # Copies go by pairs of one REST and one SOAP register, so every other pair is as many of each kind.
        base = unreachable if unreachable is not None and number % 4 >= len(_COPIED) else registers
        settings[f"GATEWAY_REGISTERS__{name.upper()}__URL"] = f"{base}/{copied}"
    # As after an earlier start: what Python compiles once is not what a register costs.
    compileall.compile_dir(folder, quiet=1)
    return settings


def without_batch(folder: Path, registers: str) -> Mapping[str, str]:
    """The municipalities' social services, asked for each person apart: the same contract, no batch in its manifest.

    Args:
        folder: an empty folder.
        registers: base address of the simulated registers.

    Returns:
        Settings that connect it in place of the checkout's own, as environment variables.
    """
    _copy(BUILT_IN[1] / "social_assistance", folder / _APART, (_BATCH, "batch_size = 1"))
    return {
        "GATEWAY_ADAPTERS_PATH": str(folder),
        f"GATEWAY_REGISTERS__{_APART.upper()}__URL": f"{registers}/social_assistance",
    }


def _copy(adapter: Path, made: Path, *further: tuple[str, str]) -> None:
    """Copy an adapter's folder under the new one's name, with further changes to its manifest."""
    shutil.copytree(adapter, made, ignore=shutil.ignore_patterns("__pycache__", "cases", "test_*"))
    manifest = made / "manifest.toml"
    text = manifest.read_text(encoding="utf-8")
    for old, new in ((f'name = "{adapter.name}"', f'name = "{made.name}"'), *further):
        assert text.count(old) == 1, f"{adapter.name} has no {old}"
        text = text.replace(old, new)
    manifest.write_text(text, encoding="utf-8")
