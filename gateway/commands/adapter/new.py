"""``gateway adapter new``: the folder of an adapter, drafted of a contract, green at once."""

from __future__ import annotations

import keyword
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from gateway.commands.adapter.inspect import WIDE, readable
from gateway.commands.report import FAILED, WRONG_CALL, stop

if TYPE_CHECKING:
    from adapters.kit.draft.files import Draft
    from adapters.kit.draft.soap_draft import Drafted, Wishes

_ROOT = Path(__file__).resolve().parents[3]
_NAME = re.compile(r"[a-z][a-z0-9_]{1,40}", re.ASCII)
_CLASS = re.compile(r"[A-Z][A-Za-z0-9]{1,60}", re.ASCII)
_TYPE = re.compile(r"^(?:type|enum|union|interface|input|scalar) (\w+)", re.MULTILINE)
_TEST_SECONDS = 300


def command(
    name: Annotated[str, typer.Argument(help="The folder's name: 2 to 41 small letters, digits, underscores.")],
    contract: Annotated[str, typer.Option("--contract", metavar="PATH_OR_URL", help="A WSDL or OpenAPI description.")],
    operation: Annotated[
        str | None, typer.Option("--operation", help="The one that reads; needed where several are.")
    ] = None,
    municipal: Annotated[
        bool, typer.Option("--municipal", help="A municipality's system, not a national register.")
    ] = False,
    subject: Annotated[
        str, typer.Option("--subject", help="person-code, registration-number or address-code.")
    ] = "person-code",
    record: Annotated[str | None, typer.Option("--record", help="The record class's name.")] = None,
    join: Annotated[
        str | None, typer.Option("--join", help="The field of Person, in Python's spelling; NAME unless said.")
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", help="The request's element that names the subject, as a path.")
    ] = None,
    items: Annotated[
        str | None, typer.Option("--items", help="The answer's list of records, as a path; '': the answer is one.")
    ] = None,
    item_key: Annotated[
        str | None, typer.Option("--item-key", help="A record's element that says whose it is.")
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option("--allow-host", help="A host that imports may be read from.")
    ] = None,
) -> None:
    """Write an adapter that reads, from its contract: manifest, record type, mapping of every element, cases, test.

    It runs green at once, as a draft, and what a person still has to decide is listed.

    An adapter that is drafted so reads; one that receives claims is written by hand, as a contract cannot say which
    claims those are. Nothing is guessed from the name of an operation.
    """
    from adapters.kit.draft.choice import ChoiceError, OptionError
    from adapters.kit.draft.files import SUBJECTS
    from adapters.kit.draft.proof import UnsafeDraftError
    from adapters.kit.draft.soap_draft import Wishes
    from adapters.kit.errors import RegisterError, UnsupportedConstruct

    folder = _ROOT / "adapters" / ("municipal" if municipal else "registers") / name
    module = _ROOT / "schema" / "records" / f"{name}.py"
    if not _NAME.fullmatch(name):
        stop(
            f"{name} is no name for a folder: 2 to 41 small letters, digits and underscores, a letter first", WRONG_CALL
        )
    if keyword.iskeyword(name):
        stop(f"{name} is a word of Python's own, so no module can be called so; choose another name", WRONG_CALL)
    readable(contract)
    if subject not in SUBJECTS:
        stop(f"--subject {subject} is none of {', '.join(SUBJECTS)}", WRONG_CALL)
    if record is not None and not _CLASS.fullmatch(record):
        stop("--record is no name for a class: letters and digits, a capital first", WRONG_CALL)
    # A name is one adapter's, of whichever of the two folders: settings could not tell them apart.
    for there in (*(_ROOT / "adapters" / level / name for level in ("registers", "municipal")), module):
        if there.exists():
            stop(f"{there.relative_to(_ROOT)} is there already; choose another name, or remove it", WRONG_CALL)
    field = None if subject != "person-code" else join or name
    if field is not None:
        _joinable(field)
    wishes = Wishes(name, municipal, SUBJECTS[subject], field, record, key, items, item_key)
    try:
        drafted = _written(folder, module, wishes, contract, operation, allow_host or [])
        _cases(folder, drafted)
        _undecided(folder, drafted)
    except (ChoiceError, UnsafeDraftError, UnsupportedConstruct, RegisterError, OSError) as error:
        _removed(folder, module)
        stop(str(error), WRONG_CALL if isinstance(error, OptionError) else FAILED)
    except BaseException:
        _removed(folder, module)
        raise
    _told(folder, module, drafted)
    if drafted.draft.key_undecided is not None:
        typer.echo("\nContract test: not run, as key_of in mapping.py is to be written first.")
        return
    if not _green(folder):
        raise typer.Exit(FAILED)


def _joinable(field: str) -> None:
    """Stop where a person has the field already, or cannot have it."""
    from strawberry.types import get_object_definition

    from schema.graph.person import Person
    from schema.joined import graph_name, joined

    if not _NAME.fullmatch(field) or field.endswith("_") or "__" in field:
        stop(f"--join {field} is no name for a field: small letters, digits and single underscores", WRONG_CALL)
    definition = get_object_definition(Person, strict=True)
    there = {each.python_name for each in definition.fields} | {each.field for each in joined()}
    if graph_name(field) in map(graph_name, there):
        stop(f"Person has a field {graph_name(field)} already; --join names another", WRONG_CALL)


def _distinct_types(draft: Draft) -> None:
    """Raises: OptionError: the graph has a type of the name of one of the draft's."""
    from adapters.kit.draft.choice import OptionError

    published = _ROOT / "schema" / "schema.graphql"
    there = set(_TYPE.findall(published.read_text("utf-8"))) if published.is_file() else set[str]()
    for each in (*draft.record.parts(), draft.record):
        if (name := each.name.removesuffix("Record")) in there and draft.join is not None:
            raise OptionError(f"the graph has a type {name} already; --record names the record otherwise")


def _removed(folder: Path, module: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    module.unlink(missing_ok=True)


def _written(
    folder: Path, module: Path, wishes: Wishes, contract: str, operation: str | None, hosts: list[str]
) -> Drafted:
    from adapters.kit.contracts import copied
    from adapters.kit.draft import files
    from adapters.kit.draft.record_file import record_module
    from adapters.kit.quality.pin import contract_digest

    main, kind = copied(contract, folder / "contract", hosts)
    drafted = _soap(folder, main, wishes, operation) if kind == "WSDL" else _rest(folder, main, wishes, operation)
    draft = drafted.draft
    _distinct_types(draft)
    texts = {
        **files.python_files(draft, decided=True),
        "manifest.toml": files.manifest_file(draft, contract_digest(folder)),
    }
    record = record_module(draft)
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    module.write_text(record, "utf-8")
    _formatted(folder, module)
    return drafted


def _soap(folder: Path, main: str, wishes: Wishes, operation: str | None) -> Drafted:
    from adapters.kit.draft.soap_draft import soap_draft
    from adapters.kit.soap.wsdl import read_contract
    from adapters.sandbox.contracts.errors import ContractError
    from adapters.sandbox.contracts.instances import minimal, typical
    from adapters.sandbox.contracts.reading import read_contract as read_again

    path = folder / "contract" / main
    read = read_contract(path, folder / "contract")
    name = _operation(operation, list(read.operations), {key: each.construct for key, each in read.left_out.items()})
    try:
        reading = read_again(path)
        request, answer = minimal(reading, name, "request"), typical(reading, name, "answer")
    except ContractError as error:
        stop(f"no example of {name} could be made: {error}")
    if request is None or answer is None:
        stop(f"operation {name} asks or answers with an empty body: no record can be made of it")
    return soap_draft(wishes, read.operations[name], f"contract/{main}", request, answer)


def _rest(folder: Path, main: str, wishes: Wishes, operation: str | None) -> Drafted:
    from adapters.kit.draft.rest_draft import rest_draft, rest_operations
    from adapters.sandbox.descriptions.documents import DescriptionError
    from adapters.sandbox.descriptions.examples import example

    path = folder / "contract" / main
    name = _operation(operation, *rest_operations(path))
    try:
        return rest_draft(wishes, path, name, f"contract/{main}", partial(example, path, name))
    except DescriptionError as error:
        stop(f"no example of {name} could be made: {error}")


def _operation(wished: str | None, names: list[str], left_out: dict[str, str]) -> str:
    from adapters.kit.draft.texts import in_words, is_plain

    if wished is not None and wished in left_out:
        stop(f"operation {wished} cannot be used: {left_out[wished]}")
    if wished is not None and wished not in names:
        stop(f"the contract has no operation {wished}; there is {', '.join(names) or 'none'}", WRONG_CALL)
    if wished is None and len(names) != 1:
        stop(f"say which --operation reads: {', '.join(names) or 'there is none that can be used'}", WRONG_CALL)
    name = wished or names[0]
    if not is_plain(name):
        stop(
            f"operation {in_words(name)} cannot be drafted: its name quotes, escapes or controls what stands around it"
        )
    return name


def _formatted(*paths: Path) -> None:
    """As the house's formatter has it, where it is installed."""
    for how in (("format", "-q"), ("check", "-q", "--fix"), ("format", "-q")):
        subprocess.run(  # noqa: S603 - our own interpreter, paths that we made
            [sys.executable, "-m", "ruff", *how, *map(str, paths)], cwd=_ROOT, check=False, capture_output=True
        )


def _cases(folder: Path, drafted: Drafted) -> None:
    from adapters.kit.cases import shown
    from adapters.kit.draft.files import case_file
    from adapters.kit.errors import RegisterError
    from adapters.kit.on_trial import OnTrial
    from adapters.kit.recorded import a_context, answering

    draft, cases = drafted.draft, folder / "cases"
    cases.mkdir()
    ending = "xml" if draft.kind == "SOAP" else "json"
    (cases / f"found.{ending}").write_bytes(drafted.found)
    trial = OnTrial(folder)
    from schema import terms

    asked = getattr(terms, draft.subject.type)(draft.subject.sample)
    found = trial.read(answering(200, drafted.found), draft.record.name, [asked], a_context())
    record = found.get(asked)
    if record is None or isinstance(record, RegisterError):
        stop(f"the drafted mapping does not read the drafted answer: {record}")
    about = "Somebody invented, everything filled in, drafted of the contract"
    text = case_file(draft, about, f"found.{ending}", {draft.subject.sample: shown(record)})
    (cases / "found.case.json").write_text(text, "utf-8")
    if drafted.absent is not None:
        (cases / f"not-on-record.{ending}").write_bytes(drafted.absent)
        text = case_file(draft, "Somebody whom the register does not know", f"not-on-record.{ending}", {})
        (cases / "not-on-record.case.json").write_text(text, "utf-8")


def _undecided(folder: Path, drafted: Drafted) -> None:
    """Take the invented key out again: nobody is asked about by it."""
    from adapters.kit.draft.files import python_files

    if drafted.draft.key_undecided is not None:
        (folder / "mapping.py").write_text(python_files(drafted.draft)["mapping.py"], "utf-8")
        _formatted(folder)


def _told(folder: Path, module: Path, drafted: Drafted) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = WIDE  # A file has no edge to cut names at.
    draft = drafted.draft
    tree = Tree(escape(f"{draft.name}: {draft.kind}, operation {draft.operation}, a draft"))
    branch = tree.add(str(folder.relative_to(_ROOT)))
    for path in sorted(each for each in folder.rglob("*") if each.is_file() and each.suffix != ".pyc"):
        branch.add(escape(str(path.relative_to(folder))))
    tree.add(f"{module.relative_to(_ROOT)}: {draft.record.name}, {len(draft.record.fields)} attributes")
    console.print(tree)
    console.print("\nA person still has to decide:")
    for number, each in enumerate(_decisions(draft.choice.notes, drafted), 1):
        shown = "".join(sign if sign.isprintable() or sign == "\n" else "?" for sign in each)
        console.print(f"{number:>3}. {shown}", markup=False)


def _decisions(notes: list[str], drafted: Drafted) -> list[str]:
    from adapters.kit.draft.faults import in_a_line
    from adapters.kit.draft.files import mapping_module

    draft, mapping = drafted.draft, mapping_module(drafted.draft)
    decisions = [f"key on the wire: {draft.key_note}"] if draft.key_note else []
    decisions += [f"key: {note}" for note in notes]
    if not draft.key_note:
        decisions.append(f"key on the wire: mapping.py, key_of: {draft.key_expression}")
    if draft.asked_beside:
        decisions.append("\n       ".join(["what else is asked: mapping.py, request_of:", *draft.asked_beside]))
    for name, codes in draft.tables.items():
        decisions.append(f"codes: mapping.py, {name}: {', '.join(codes)} stand for themselves")
    decisions.append("other codes: a text that is a code is read by a table too; an unknown one is an error")
    decisions.append(f"what is shown: delete what nobody needs from schema/records/{draft.name}.py and mapping.py")
    if "riga_time" in mapping:
        decisions.append("moments: one that is written without zone is taken for Latvia's local time (riga_time)")
    if draft.absent:
        decisions.append(f"absent: {draft.absent}")
    elif not draft.knows_absent:
        decisions.append("absent: the contract does not say how it answers about somebody unknown; record such a reply")
    if draft.faults:
        decisions.append(f"faults: adapter.py, FAULTS: {in_a_line(draft.faults)} are Rejected; is one Unavailable?")
    decisions.append("freshness: manifest.toml, fresh_for: nothing is used again as long as it is PT0S")
    decisions.append("legal basis, owner, titles, contact: manifest.toml")
    if draft.record.left_out:
        decisions.append(f"left out: {'; '.join(draft.record.left_out)}")
    if draft.join is not None:
        decisions.append(
            f"who may read it: evidence path '{_graph_name(draft.join)}' in policies/claims/<type>/claim_type.toml; "
            "until then nobody but the person may"
        )
    else:
        decisions.append("where it stands in the graph: schema/graph")
    return decisions


def _graph_name(name: str) -> str:
    from schema.joined import graph_name

    return graph_name(name)


def _green(folder: Path) -> bool:
    """Run the contract test."""
    if subprocess.run([sys.executable, "-c", "import pytest"], check=False, capture_output=True).returncode:
        typer.echo("\npytest is not installed here; the contract test was not run (make test brings it).")
        return True
    try:
        ran = subprocess.run(  # noqa: S603 - our own interpreter, a folder that we made
            [sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider", str(folder)],
            cwd=_ROOT,
            check=False,
            capture_output=True,
            text=True,
            timeout=_TEST_SECONDS,
        )
    except subprocess.TimeoutExpired:
        typer.echo(f"\nContract test: it did not end in {_TEST_SECONDS} seconds; make cases/found.* shorter.")
        return False
    last = ran.stdout.strip().splitlines()[-1:] or ["no test ran"]
    typer.echo(f"\nContract test: {last[0]}")
    if ran.returncode:
        typer.echo("\n".join(line for line in ran.stdout.splitlines() if line.startswith(("FAILED", "E  "))))
    return ran.returncode == 0
