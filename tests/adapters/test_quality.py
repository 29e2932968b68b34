"""The quality scale: every rule is documented, can be missed, and holds for the built-in adapters as they declare."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.kit.broken import AdapterBroken
from adapters.kit.catalog import BUILT_IN, discover
from adapters.kit.manifest import load_manifest
from adapters.kit.quality.checks import CHECKS, Folder
from adapters.kit.quality.pin import contract_digest
from adapters.kit.quality.rules import RULE_BY_ID, RULES, TIERS, CheckedBy
from adapters.kit.tiers import Report, State, earned_tier, tier_of, unknown_rules
from schema.terms import AdapterTier
from tests.running_gateway import ROOT

PAGE = ROOT / "docs" / "how-to" / "quality-scale.md"
SECTION = re.compile(
    r"### `([a-z-]+)`\n\n(.+)\n\n(.+) Checked by ([a-z ]+)\.\n\n```text\n(.+)\n```\n",
)


@pytest.mark.parametrize("tier", TIERS)
def test_the_page_has_exactly_the_rules_of_the_code(tier: AdapterTier) -> None:
    text = PAGE.read_text(encoding="utf-8")
    chapter = re.split(r"^## ", text, flags=re.MULTILINE)[1 + TIERS.index(tier)]
    assert chapter.startswith(tier.value.capitalize())
    assert SECTION.findall(chapter) == [
        (rule.id, rule.says, rule.why, rule.checked_by.value, rule.example) for rule in RULES if rule.tier is tier
    ]
    assert len(re.findall(r"^### ", chapter, re.MULTILINE)) == len(SECTION.findall(chapter))


def test_the_page_says_what_each_tier_of_the_graph_means() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert re.findall(r"^\| `([A-Z]+)` \|", text, re.MULTILINE) == [tier.value for tier in AdapterTier]
    assert (AdapterTier.DRAFT, *TIERS) == tuple(AdapterTier)


def test_every_rule_says_one_sentence_and_a_machine_checks_most() -> None:
    assert len(RULES) == len(RULE_BY_ID) >= 14
    assert [rule.tier for rule in RULES] == sorted((rule.tier for rule in RULES), key=TIERS.index)
    for rule in RULES:
        assert rule.says.count(". ") == 0
        assert rule.says.endswith(".")
        assert rule.why.endswith(".")
        assert rule.example
    assert set(CHECKS) == {rule.id for rule in RULES if rule.checked_by is CheckedBy.FOLDER}
    assert len([rule for rule in RULES if rule.checked_by is CheckedBy.PERSON]) < len(RULES) / 4


@pytest.mark.parametrize(
    "folder", sorted(path.parent for parent in BUILT_IN for path in parent.glob("*/manifest.toml"))
)
def test_a_built_in_adapter_has_earned_the_tier_that_it_declares(folder: Path) -> None:
    report = earned_tier(folder)
    falls_short = [f"{each.rule.id}: {each.comment}" for tier in TIERS for each in report.missing(tier)]
    assert report.keeps_its_word, falls_short
    assert unknown_rules(discover().installed[folder.name]) == []


# ------------------------------------------------------------ each rule can be missed

ADDRESSES = BUILT_IN[0] / "addresses"
VIES = BUILT_IN[0] / "vies"
REVENUE = BUILT_IN[0] / "revenue"


def _in(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    return change


def _more(name: str, text: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(text)

    return change


def _without(pattern: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        for path in folder.glob(pattern):
            path.unlink()

    return change


MISSED: dict[str, list[tuple[Path, Callable[[Path], None]]]] = {
    "manifest-complete": [
        (ADDRESSES, _in("manifest.toml", 'owner = "Valsts zemes dienests"', 'owner = "TODO: who?"')),
        (ADDRESSES, _in("manifest.toml", "Adresācijas noteikumi; Valsts adrešu reģistra informācijas sistēma", "...")),
        (ADDRESSES, _in("manifest.toml", 'lv = "Valsts adrešu reģistrs"', 'lv = "<title>"')),
    ],
    "contract-there": [
        (ADDRESSES, _in("manifest.toml", 'source = "contract/openapi.yaml"', 'source = "contract/other.yaml"')),
        (ADDRESSES, _in("manifest.toml", 'source = "contract/openapi.yaml"', 'source = "mapping.py"')),
        (ADDRESSES, _in("manifest.toml", 'source = "contract/openapi.yaml"', 'source = "../addresses/contract"')),
        (ADDRESSES, _in("manifest.toml", 'operation = "mekletAdreses"', 'operation = "atrastAdreses"')),
    ],
    "contract-pinned": [
        (ADDRESSES, _more("contract/openapi.yaml", "# mended\n")),
        (ADDRESSES, lambda folder: (folder / "contract" / "notes.txt").write_text("further")),
        (ADDRESSES, _in("manifest.toml", "contract_sha256", "contact")),
    ],
    "mapping-pure": [
        (ADDRESSES, _more("mapping.py", "\n\nimport time\n")),
        (ADDRESSES, _more("mapping.py", "\n\nfrom urllib.request import urlopen\n")),
        (
            ADDRESSES,
            _more("mapping.py", "\n\ndef now():\n    from datetime import datetime\n    return datetime.now()\n"),
        ),
        (ADDRESSES, _more("mapping.py", "\n\ndef read():\n    return open('x')\n")),
    ],
    "unknown-codes-are-errors": [
        (ADDRESSES, _more("mapping.py", "\n\ndef kind(wire):\n    return wire.get('veids', 'unknown')\n")),
        (ADDRESSES, _more("mapping.py", "\n\nKIND = {}\n\n\ndef kind(wire):\n    return KIND.get(wire['veids'])\n")),
        (
            ADDRESSES,
            _more(
                "mapping.py",
                "\n\ndef kind(wire):\n    try:\n        return int(wire)\n    except ValueError:\n        return 0\n",
            ),
        ),
    ],
    "calls-through-the-wire": [
        (ADDRESSES, _more("adapter.py", "\n\nimport httpx\n")),
        (ADDRESSES, _more("adapter.py", "\n\nimport asyncio\n\n\nasync def wait():\n    await asyncio.sleep(1)\n")),
        (ADDRESSES, _more("adapter.py", "\n\nfrom os import environ\n")),
    ],
    "invented-people": [
        (ADDRESSES, lambda folder: (folder / "cases" / "x.json").write_text('{"kods": "32801234567"}')),
        (ADDRESSES, lambda folder: (folder / "cases" / "x.xml").write_text("<a>170590-12345</a>")),
        (ADDRESSES, lambda folder: (folder / "cases" / "x.xml").write_text("<a>17059012345</a>")),
    ],
    "case-found": [(ADDRESSES, _without("cases/*-addresses.case.json"))],
    "case-absent": [
        (REVENUE, _in("cases/tax-books.case.json", '"ask": [', '"ask": [], "asked": [')),
        (VIES, _in("manifest.toml", "case-absent =", "case-present =")),
        (ADDRESSES, _more("cases/no-address.case.json", "no JSON")),
    ],
    "contract-test": [
        (ADDRESSES, _in("test_adapter.py", "(AdapterContract)", "")),
        (REVENUE, _in("test_adapter.py", "(ReceiverContract)", "(object)")),
        (ADDRESSES, _without("test_adapter.py")),
    ],
    "contact-named": [(ADDRESSES, _in("manifest.toml", 'kind = "REST"', 'kind = "REST"\ncontact = "the owner"'))],
    "everything-named": [
        (VIES, lambda folder: None),
        (
            ADDRESSES,
            _in("contract/openapi.yaml", "        pagasts:", "        novads: {type: string}\n        pagasts:"),
        ),
        (ADDRESSES, _in("cases/several-addresses.json", '"kods"', '"jaunumi": {"dzilak": 1}, "kods"')),
    ],
    "faults-told-apart": [(VIES, _in("adapter.py", ", classify=classify", ""))],
    "source-said": [(ADDRESSES, _in("mapping.py", "Source:", "From"))],
    "fresh-within-a-day": [(ADDRESSES, _in("manifest.toml", '"PT24H"', '"PT25H"'))],
    "no-blind-delivery": [(REVENUE, _in("manifest.toml", '"IDEMPOTENCY_KEY"', '"MANUAL"'))],
    "asks-in-batches": [(VIES, lambda folder: None)],
    "typed": [(ADDRESSES, _more("mapping.py", "\n\ndef kind(wire):\n    return wire\n"))],
    "readme": [(ADDRESSES, lambda folder: None)],
}
"""For each rule that reading a folder shows: adapters, and what is done to a copy so that it does not hold."""


def _copied(folder: Path, tmp_path: Path, change: Callable[[Path], object] = lambda folder: None) -> Path:
    made = tmp_path / folder.name
    shutil.copytree(folder, made, ignore=shutil.ignore_patterns("__pycache__"))
    change(made)
    return made


def _state(report: Report, rule: str) -> State:
    return next(each.state for each in report.standings if each.rule.id == rule)


def test_for_every_rule_that_a_folder_shows_somebody_misses_it_here() -> None:
    assert set(MISSED) == set(CHECKS)


@pytest.mark.parametrize(
    ("rule", "number"), [(rule, number) for rule, ways in MISSED.items() for number in range(len(ways))]
)
def test_a_rule_that_is_missed_is_seen_with_what_is_missing(rule: str, number: int, tmp_path: Path) -> None:
    folder, change = MISSED[rule][number]
    report = earned_tier(_copied(folder, tmp_path, change))
    (standing,) = [each for each in report.standings if each.rule.id == rule]
    assert standing.state is State.NOT_YET
    assert standing.comment
    assert "\n" not in standing.comment
    assert TIERS.index(RULE_BY_ID[rule].tier) >= (AdapterTier.DRAFT, *TIERS).index(report.earned)


def test_a_contract_that_lies_deep_in_its_folder_and_imports_from_above_is_there(tmp_path: Path) -> None:
    folder = _copied(VIES, tmp_path)
    deep = folder / "contract" / "interface" / "v1"
    deep.mkdir(parents=True)
    moved = (folder / "contract" / "checkVatService.wsdl").rename(deep / "checkVatService.wsdl")
    text = moved.read_text("utf-8")
    (schema,) = re.findall(r"<xs:schema .*?</xs:schema>", text, re.DOTALL)
    spaces = " ".join(re.findall(r'xmlns:\w+="[^"]+"', text))
    above = folder / "contract" / "types.xsd"
    above.write_text(schema.replace("<xs:schema ", f"<xs:schema {spaces} ", 1), "utf-8")
    imported = (
        '<xs:schema><xs:import namespace="urn:ec.europa.eu:taxud:vies:services:checkVat:types" '
        'schemaLocation="../../types.xsd"/></xs:schema>'
    )
    moved.write_text(text.replace(schema, imported), "utf-8")
    _in("manifest.toml", "contract/checkVat", "contract/interface/v1/checkVat")(folder)
    assert list(CHECKS["contract-there"](Folder(folder, load_manifest(folder / "manifest.toml")))) == []


def _golden(folder: Path) -> None:
    _in("manifest.toml", 'kind = "REST"', 'kind = "REST"\ncontact = "adreses@example.lv"')(folder)
    _more("mapping.py", '\nDARK = ("jaunsLauks",)\n')(folder)
    _more("manifest.toml", '\n[quality.confirmed]\nlegal-basis-confirmed = "A. Liepa, 2026-10-02"\n')(folder)
    _more("manifest.toml", 'codes-confirmed = "A. Liepa, 2026-10-02"\n')(folder)
    (folder / "README.md").write_text("# Access\n")


def test_an_adapter_that_misses_nothing_is_golden_and_says_what_nobody_looked_at(tmp_path: Path) -> None:
    folder = _copied(ADDRESSES, tmp_path, _golden)
    report = earned_tier(folder)
    assert report.earned is AdapterTier.GOLD
    assert not report.everything_looked_at
    seen = dict.fromkeys(rule.id for rule in RULES if rule.checked_by in (CheckedBy.TEST, CheckedBy.LIVE))
    assert earned_tier(folder, seen).everything_looked_at
    assert earned_tier(folder, {**seen, "contract-is-live": "3 elements are new"}).earned is AdapterTier.BRONZE
    assert earned_tier(folder, {**seen, "contract-test-passes": "2 of 42 fail"}).earned is AdapterTier.DRAFT
    with pytest.raises(KeyError):
        earned_tier(folder, {"no-such-rule": None})


def test_an_exemption_counts_with_its_reason_and_not_without(tmp_path: Path) -> None:
    report = earned_tier(VIES)
    assert _state(report, "case-absent") is State.EXEMPT
    without = _copied(VIES, tmp_path, lambda folder: None)
    text = (without / "manifest.toml").read_text("utf-8")
    (without / "manifest.toml").write_text(re.sub(r"(case-absent = ).*", r'\1" "', text), "utf-8")
    report = earned_tier(without)
    assert _state(report, "case-absent") is State.NOT_YET
    assert not report.keeps_its_word


def test_a_rule_that_does_not_exist_is_named_and_stops_nobody(tmp_path: Path) -> None:
    folder = _copied(ADDRESSES, tmp_path, _more("manifest.toml", '\n[quality.exempt]\nno-such-rule = "why"\n'))
    shutil.move(folder, folder.with_name("elsewhere"))
    _in("manifest.toml", 'name = "addresses"', 'name = "elsewhere"')(folder.with_name("elsewhere"))
    adapter = discover(tmp_path).installed["elsewhere"]
    assert unknown_rules(adapter) == ["no-such-rule"]
    assert tier_of(adapter).earned is AdapterTier.BRONZE


def test_an_adapter_that_does_not_load_has_no_tier(tmp_path: Path) -> None:
    with pytest.raises(AdapterBroken):
        earned_tier(_copied(ADDRESSES, tmp_path, _more("adapter.py", "\nraise RuntimeError\n")))


def test_a_contract_is_known_by_names_and_contents_of_all_its_files(tmp_path: Path) -> None:
    contract = tmp_path / "contract"
    contract.mkdir()
    digests = {contract_digest(tmp_path / "nothing")}
    for name, content in (("a", "b"), ("ab", ""), ("a", "bc"), ("b/c", "x")):
        (contract / name).parent.mkdir(exist_ok=True)
        (contract / name).write_text(content)
        digests.add(contract_digest(tmp_path))
    assert len(digests) == 5
