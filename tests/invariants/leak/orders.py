"""Commands, given codes in every place by their operator: one process runs many, and says what each printed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson
from typer.testing import CliRunner

from tests.invariants.leak.spellings import hyphenated
from tests.running_gateway import ROOT
from tests.warm import environment


class Order(NamedTuple):
    """A command's arguments, what it is given on standard input, and settings of its own."""

    arguments: tuple[str, ...]
    given: str = ""
    settings: Mapping[str, str] = {}

    @property
    def name(self) -> str:
        """The command, without what it is given."""
        words = [word for word in self.arguments[:2] if word.isalpha()]
        return f"gateway {' '.join(words)}".strip()


class Printed(NamedTuple):
    """What an order came to."""

    order: Order
    code: int
    text: str
    slip: str
    """Type of an exception that nobody expected; empty: there was none."""


def orders(code: str, claim: str) -> list[Order]:
    """All that may be ordered about one person; the caller takes some of them."""
    written, today = hyphenated(code), (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    document = f'query q{code} {{ a{code}: claim(id: "{written}") {{ x{code} }} }}'
    variables = f'{{"i": "{code}", "{code}": "{written}"}}'
    asked = "query($i: ID!) { claim(id: $i) { id } me { personCode } }"
    return [
        Order(("audit", "forget", "-", "--case", "F-1", "--yes"), f"{code}\n"),
        Order(("audit", "forget", written, "--case", code, "--yes")),
        Order(("audit", "forget", f"{code}1", "--case", "F-1", "--yes")),
        Order(("audit", "forget", code, "--case", "F-1"), "n\n"),
        Order(("audit", "prove", code)),
        Order(("audit", "prove", written, "--store", f"{code}.sqlite3", "--json")),
        Order(("audit", "verify", "--key", code)),
        Order(("audit", "verify", "--checkpoint", f"{code}.txt")),
        Order(("audit", "verify", "--proof", written)),
        Order(("audit", "export", "--since", today, "--case", code)),
        Order(("audit", "export", "--since", written)),
        Order(("audit", "key", "--name", f"{code} +", "--new", f"/nowhere/{code}")),
        Order(("claims", "list", "--owner", code)),
        Order(("claims", "list", "--status", code)),
        Order(("claims", "settle", code, "--arrived", written, "--by", code, "--reason", code)),
        Order(("claims", "settle", claim, "--rejected", written, "--reason", code)),
        Order(("claims", "settle", code, "--looked-into", "--by", code, "--reason", code)),
        Order(("claims", "doubtful", written)),
        Order(("explain", "-", "--as", "anna"), document),
        Order(("explain", "-", "--as", "ngo-support", "--variables", variables, "--json"), asked),
        Order(("explain", f"{code}.graphql", "--as", code)),
        Order(("explain", "-", "--as", "anna", "--variables", code, "--operation", f"q{code}"), document),
        Order(("policy", "explain", "--as", "anna", "--claim", code, "--action", "READ")),
        Order(("policy", "explain", "--as", code, "--claim", "demo-1", "--action", "READ", "--field", code)),
        Order(("policy", "explain", "--as", "anna", "--claim", claim, "--action", "READ_EVIDENCE", "--field", f"income(months={code}).gross")),
        Order(("policy", "explain", "--as", "anna", "--claim", "demo-1", "--action", code)),
        Order(("policy", "check", written)),
        Order(("doctor", "--settings", f"{code}.toml")),
        Order(("doctor", "--json"), settings={"GATEWAY_PORT": code, f"GATEWAY_X{code}": "1"}),
        Order(("claims", "list"), settings={"GATEWAY_PORT": code, f"GATEWAY_REGISTERS__{code}__URL": code}),
        Order(("adapter", "check", code)),
        Order(("adapter", "check", "revenue", "--live", f"http://127.0.0.1:9/{code}")),
        Order(("adapter", "inspect", f"{code}.wsdl", "--json")),
        Order(("token", code)),
        Order(("token", "anna", "--ttl", written)),
        Order((code,)),
        Order(("demo", "--port", code)),
    ]  # fmt: skip


def carry_out(ordered: Sequence[Order], settings: Mapping[str, str]) -> list[Printed]:
    """Run them, in a process of their own, one after the other."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.invariants.leak.orders"],
        cwd=ROOT,
        env=environment(settings),
        input=b"\n".join(orjson.dumps(list(each)) for each in ordered),
        capture_output=True,
    )
    printed = [orjson.loads(line) for line in done.stdout.splitlines() if line.startswith(b"[")]
    assert len(printed) == len(ordered), done.stderr[-4000:]
    # What escaped from the runner is searched with the last of them.
    rest = done.stderr + b"".join(line for line in done.stdout.splitlines(True) if not line.startswith(b"["))
    found = [Printed(order, *each) for order, each in zip(ordered, printed, strict=True)]
    return [*found[:-1], found[-1]._replace(text=found[-1].text + rest.decode(errors="replace"))] if found else []


def main() -> None:
    """Read orders from standard input, and write what each printed to standard output."""
    from gateway import last_words, logs, whole_output
    from gateway.cli import app

    whole_output.take_over()
    last_words.take_over()
    runner = CliRunner()
    for line in sys.stdin.buffer.read().splitlines():
        arguments, given, settings = orjson.loads(line)
        done = runner.invoke(app, arguments, input=given, env=settings)
        slip = done.exception
        unexpected: Any = (
            "" if slip is None or isinstance(slip, SystemExit) else " at ".join(logs.accident(slip).values())
        )
        sys.stdout.buffer.write(orjson.dumps([done.exit_code, done.output, unexpected]) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
