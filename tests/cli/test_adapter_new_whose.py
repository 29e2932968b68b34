"""``gateway adapter new`` where request and answer name a person's code differently: whose a record is, is not lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from adapters.kit.draft.choice import ChoiceError, OptionError
from adapters.kit.draft.files import SUBJECTS, python_files
from adapters.kit.draft.rest_draft import rest_draft
from adapters.kit.draft.soap_draft import Drafted, Wishes
from adapters.sandbox.descriptions.examples import example
from tests.cli.test_adapter_new_rest import Tree
from tests.cli.test_adapter_new_soap import MAYBE, NAME
from tests.cli.test_adapter_new_soap import drafted as soap_drafted

CODE = {"type": "string", "pattern": "^[0-9]{6}-[0-9]{5}$"}
TEXT = {"type": "string"}
MANY = MAYBE.replace('minOccurs="0"', 'minOccurs="0" maxOccurs="9"')


def object_of(properties: Mapping[str, object]) -> dict[str, object]:
    return {"type": "object", "required": list(properties), "properties": dict(properties)}


def list_of(properties: Mapping[str, object]) -> dict[str, object]:
    return {"type": "array", "items": object_of(properties)}


DOGS = list_of({"cipNumurs": TEXT, "skirne": TEXT})
OWNERS = object_of({"ipasnieki": list_of({"personasKods": CODE, "suni": DOGS})})
CODES = {"personasKodi": {"type": "array", "maxItems": 20, "items": CODE}, "merkis": TEXT}


def contract_of(folder: Path, answer: Mapping[str, object], asked: Mapping[str, object]) -> Path:
    """One operation that is asked with such members, and answers so."""
    operation = {
        "operationId": "ask",
        "requestBody": {"required": True, "content": {"application/json": {"schema": object_of(asked)}}},
        "responses": {"200": {"description": "it", "content": {"application/json": {"schema": dict(answer)}}}},
    }
    text = {"openapi": "3.0.3", "info": {"title": "x", "version": "1"}, "paths": {"/a": {"post": operation}}}
    contract = folder / "contract.json"
    contract.write_text(json.dumps(text), "utf-8")
    return contract


def drafted(
    folder: Path,
    answer: Mapping[str, object] = OWNERS,
    asked: Mapping[str, object] = CODES,
    *,
    key: str | None = None,
    items: str | None = None,
    item_key: str | None = None,
) -> Drafted:
    path = contract_of(folder, answer, asked)
    wishes = Wishes("dogs", False, SUBJECTS["person-code"], "dogs", None, key, items, item_key)
    return rest_draft(wishes, path, "ask", "contract/contract.json", partial(example, path, "ask"))


def coded(name: str, pattern: str = "[0-9]{11}", more: str = "") -> str:
    """An element of a WSDL."""
    return (
        f'<xs:element name="{name}"{more}><xs:simpleType><xs:restriction base="xs:string">'
        f'<xs:pattern value="{pattern}"/></xs:restriction></xs:simpleType></xs:element>'
    )


@pytest.mark.parametrize(
    ("asked", "owner", "kind", "why"),
    [
        ("personasKodi", "personasKods", CODE, "form and name"),
        ("personasKodi", "personasKods", TEXT, "name"),
        ("personasKodi", "ipasnieks", CODE, "form"),
        ("personuKodi", "personasKods", TEXT, "name"),
        ("codes", "personCode", TEXT, "name"),
    ],
)
def test_a_code_that_the_answer_calls_otherwise_says_whose_a_record_is(
    tmp_path: Path, asked: str, owner: str, kind: Mapping[str, object], why: str
) -> None:
    answer = object_of({"ipasnieki": list_of({owner: kind, "suni": DOGS}), "lapa": {"type": "integer"}})
    draft = drafted(tmp_path, answer, {asked: CODES["personasKodi"], "merkis": TEXT}).draft
    assert (draft.choice.items, draft.choice.item_key) == (("ipasnieki",), (owner,))
    assert draft.batch_size == 20
    assert draft.knows_absent
    assert "says_whose" not in python_files(draft, decided=True)["test_adapter.py"]
    [note] = [each for each in draft.choice.notes if "says whose" in each]
    assert note.startswith(f"{owner} says whose a record is, by its {why} alone, as nothing there is called {asked}")
    assert "--item-key says otherwise, --items '' that none does" in note


def test_what_tells_calls_apart_is_no_place_for_a_code_unless_a_person_says_so(tmp_path: Path) -> None:
    # Italy's register of postal addresses: whose they are stands in a list of objects, which nothing is drafted for.
    asked = {"correlationId": TEXT, "addresses": list_of({"taxId": TEXT, "recIndex": {"type": "integer"}})}
    answer = object_of({"correlationId": TEXT, "addresses": list_of({"address": TEXT})})
    with pytest.raises(ChoiceError, match=r"^of the request body/correlationId alone takes .* say with --key if it"):
        drafted(tmp_path, answer, asked)
    assert drafted(tmp_path, answer, asked, key="correlationId").draft.choice.key == ("body", "correlationId")


def test_a_list_as_the_whole_answer_is_no_exception(tmp_path: Path) -> None:
    draft = drafted(tmp_path, list_of({"personasKods": CODE, "suni": DOGS})).draft
    assert draft.choice.item_key == ("personasKods",)
    assert "records are the items of the answer: --items says otherwise" in draft.choice.notes


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (object_of({"ipasnieki": list_of({"personasKods": CODE, "parstavis": CODE})}), "personasKods, parstavis of ip"),
        (
            object_of({"ipasnieki": list_of({"personasKods": CODE}), "sunaudzetaji": list_of({"kam": CODE})}),
            "personasKods of ipasnieki; kam of sunaudzetaji",
        ),
        (
            object_of({"ipasnieki": list_of({"personasKods": CODE}), "lietotajs": CODE}),
            "personasKods of ipasnieki; lietotajs of the answer",
        ),
    ],
)
def test_of_several_codes_a_person_says_which(tmp_path: Path, answer: Mapping[str, object], said: str) -> None:
    with pytest.raises(ChoiceError, match="nothing in the answer is called personasKodi; say with --item-key") as told:
        drafted(tmp_path, answer)
    assert said in str(told.value)
    assert not isinstance(told.value, OptionError)
    assert drafted(tmp_path, answer, item_key="personasKods").draft.choice.items == ("ipasnieki",)
    assert drafted(tmp_path, answer, items="").draft.choice.item_key is None


def test_where_nothing_looks_like_a_code_the_note_lists_what_there_is(tmp_path: Path) -> None:
    draft = drafted(tmp_path, object_of({"suni": DOGS, "avots": TEXT})).draft
    assert draft.choice.item_key is None
    assert draft.batch_size == 1
    assert draft.choice.notes[-1] == (
        "no element of a record is known to say whose it is, so one subject is asked for in a call: --item-key names "
        "one; there is cipNumurs, skirne of suni; avots of the answer"
    )


def test_a_list_without_a_word_of_whose_its_items_are_is_one_sentence(tmp_path: Path) -> None:
    said = "--items ipasnieki is a list: --item-key says whose an item is; there is personasKods$"
    with pytest.raises(OptionError, match=said):
        drafted(tmp_path, items="ipasnieki")


def test_a_wrong_item_key_is_told_the_texts_of_all_lists(tmp_path: Path) -> None:
    answer = object_of({"ipasnieki": list_of({"personasKods": CODE}), "suni": DOGS, "avots": TEXT})
    said = (
        "no text kods in a record; there is personasKods of ipasnieki; cipNumurs, skirne of suni; avots of the answer"
    )
    with pytest.raises(OptionError, match=said):
        drafted(tmp_path, answer, item_key="kods")
    with pytest.raises(OptionError, match=r"no text kods in a record; there is cipNumurs, skirne$"):
        drafted(tmp_path, answer, items="suni", item_key="kods")


def test_a_wsdl_is_read_likewise(tmp_path: Path) -> None:
    asked = coded("PersonasKodi", more=' maxOccurs="50"') + NAME
    made = soap_drafted(tmp_path, asked=asked, driver=coded("PersonasKods") + NAME, answer=MANY)
    assert (made.draft.choice.items, made.draft.choice.item_key) == (("Driver",), ("PersonasKods",))
    assert (made.draft.batch_size, made.draft.knows_absent) == (50, True)
    (tmp_path / "several").mkdir()
    with pytest.raises(ChoiceError, match="PersonasKods, Agent of Driver"):
        soap_drafted(
            tmp_path / "several", asked=asked, driver=coded("PersonasKods") + coded("Agent") + NAME, answer=MANY
        )


def test_a_code_of_another_form_in_a_wsdl_s_answer_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ChoiceError, match="Kods of a record cannot hold the key as it is asked for: --item-key names"):
        soap_drafted(tmp_path, asked=coded("Kodi"), driver=coded("Kods", "[0-9]{6}-[0-9]{5}"), answer=MANY)


def test_the_draft_is_green_at_once_and_holds_a_record_of_somebody_else_back(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tree = Tree(tmp_path_factory.mktemp("checkout"))
    said = tree.draft("dogs", "--contract", str(contract_of(tmp_path, OWNERS, CODES)))
    assert "personasKods says whose a record is, by its form and name alone" in said
    assert " passed" in said
    script = """
import json
from pathlib import Path
from adapters.kit.on_trial import OnTrial
from adapters.kit.recorded import a_context, answering
from schema.terms import PersonCode
trial, asked = OnTrial(Path("adapters/registers/dogs")), PersonCode("39100000011")
body = json.dumps({"ipasnieki": [{"personasKods": "391000-00022", "suni": []}]}).encode()
found = trial.read(answering(200, body), "DogsRecord", [asked], a_context())
assert type(found.get(asked)).__name__ != "DogsRecord", found
"""
    ran = tree.run("-c", script)
    assert ran.returncode == 0, ran.stderr
