"""What the ministry's IT sets to reach a register through DAGR, and what the doctor says of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from adapters.kit.connection import Connection
from adapters.kit.dagr import Permit
from adapters.kit.recorded import RecordedWire
from adapters.sandbox.world.permissions import BY_PURPOSE
from gateway.app import connect, connection_of
from gateway.desk.permitted import PermittedRegister
from gateway.examination import examine
from gateway.municipal import sources_of
from gateway.permission_care import said_of_permissions
from gateway.register_settings import RegisterSettings
from gateway.settings import Settings, SettingsError, load
from schema.records.employment import EmploymentRecord
from tests.routes.dagr import THOSE_THAT_HOLD, Time, catalog, way

PURPOSE = BY_PURPOSE["housing-benefit"].purpose
PAGE = Path(__file__).parents[2] / "docs" / "ministry-it.md"
AT = "http://127.0.0.1:9/x"


def _connected(**registers: dict[str, Any]) -> dict[str, Any]:
    made = {name: RegisterSettings.model_validate(each) for name, each in registers.items()}
    return connect(catalog(), Settings(registers=made), RecordedWire(None, []), lambda _: None)


@pytest.mark.parametrize(
    ("own", "copy", "asked", "beside"),
    [
        ({"url": AT}, {}, "employment", None),
        ({"url": AT}, {"url": AT}, "employment", None),
        ({"url": AT, "route": "DAGR"}, {"url": AT}, "employment_dagr", "employment"),
        ({"route": "DAGR"}, {"url": AT}, "employment_dagr", None),
        ({}, {"url": AT}, "employment_dagr", None),
        ({"url": AT, "enabled": False}, {"url": AT}, "employment_dagr", None),
    ],
)
def test_the_way_is_chosen_by_the_settings(
    own: dict[str, Any], copy: dict[str, Any], asked: str, beside: str | None
) -> None:
    registers = _connected(employment=own, employment_dagr=copy)
    assert set(registers) == {asked, beside} - {None}
    sources = sources_of(
        registers,
        lambda name: catalog().installed[name].record_types.values(),
        lambda kind, each: each,
        lambda each, copied: PermittedRegister(each, copied, Time().clock()),
    )
    source: Any = sources[EmploymentRecord]
    assert source.name == asked
    assert source.route == ("DAGR" if asked == "employment_dagr" else "DIRECT")
    if asked == "employment_dagr":
        assert (None if source.fresher is None else source.fresher.name) == beside


@pytest.mark.parametrize(
    "registers",
    [
        {"employment": {"url": AT, "route": "DAGR"}},
        {"employment": {"url": AT, "route": "DAGR"}, "employment_dagr": {"url": AT, "enabled": False}},
        {"vehicles": {"url": AT, "route": "DAGR"}, "employment_dagr": {"url": AT}},
        {"enterprises": {"url": AT, "route": "DAGR"}, "enterprises_open_data": {"url": AT}},
    ],
)
def test_a_route_that_nobody_goes_stops_the_start_and_is_never_gone_round(registers: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"registers\.[a-z]+\.route: no adapter that reaches it through DAGR"):
        _connected(**registers)


def test_the_example_of_the_documentation_is_what_it_says(tmp_path: Path) -> None:
    text = PAGE.read_text("utf-8").partition("### A register through DAGR")[2]
    example = text.partition("```toml\n")[2].partition("```")[0]
    token = tmp_path / "token"
    token.write_text("canary-token\n")
    file = tmp_path / "gateway.toml"
    file.write_text(example.replace("/run/secrets/dagr-token", str(token)))
    settings = load(file)
    registers = connect(catalog(), settings, RecordedWire(None, []), lambda _: None)
    assert set(registers) == {"employment", "employment_dagr"}
    connection = registers["employment_dagr"].connection
    assert connection.permits == {name: THOSE_THAT_HOLD[name] for name in ("housing-benefit", "self")}
    assert connection.token == "canary-token"
    assert "canary" not in repr(connection)


@pytest.mark.parametrize(
    ("permissions", "where"),
    [
        ({"Housing Benefit": {"number": "V-1", "purpose": "x"}}, "permissions"),
        ({"housing-benefit": {"number": "V-1"}}, "permissions.housing-benefit.purpose"),
        ({"housing-benefit": {"number": "canary\r\nX-Other: 1", "purpose": "x"}}, "permissions.housing-benefit.number"),
        ({"housing-benefit": {"number": "", "purpose": "x"}}, "permissions.housing-benefit.number"),
    ],
)
def test_a_permission_that_cannot_be_one_is_refused_by_its_place_alone(permissions: dict[str, Any], where: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(registers={"employment_dagr": {"permissions": permissions}})
    [problem] = refused.value.problems
    assert problem.startswith(f"registers.employment_dagr.{where}:")
    assert "canary" not in problem


async def _said(permits: dict[str, Permit]) -> dict[str, tuple[str, str | None]]:
    async with way(permits) as dagr:
        url = dagr.register.register.connection.url
        installed = catalog().installed["employment_dagr"]
        # The doctor lives in a process of its own.
        said = await asyncio.to_thread(lambda: list(said_of_permissions(installed, Connection(url, permits=permits))))
    return {purpose: (finding, remedy) for purpose, finding, remedy in said}


async def test_the_doctor_says_of_each_permission_what_is_wrong_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.permission_care.utc_now", Time().now)
    numbers = {f"V-200{number}": Permit(f"V-200{number}", PURPOSE) for number in range(1, 8)}
    said = await _said(numbers | {"V-1001": Permit("V-1001", "Kas cits"), "self": THOSE_THAT_HOLD["self"]})
    findings = {purpose: finding for purpose, (finding, _) in said.items()}
    assert findings == {
        "V-2001": "V-2001: the permission has ended",
        "V-2002": "V-2002: the permission does not begin yet",
        "V-2003": "V-2003: the permission is for another service",
        "V-2004": "V-2004: holds until 2027-12-28, 0 of 2 uses",
        "V-2005": "V-2005: ends in 10 days",
        "V-2006": "V-2006: the permission does not open Branch/Name",
        "V-2007": "V-2007: 95 of 100 uses are gone",
        "V-1001": "V-1001: the permission was given for another purpose than the settings say",
        "self": "V-1005: holds until 2027-12-28, 0 of 100000 uses",
    }
    remedies = {purpose: remedy for purpose, (_, remedy) in said.items()}
    assert {purpose for purpose, remedy in remedies.items() if remedy is None} == {"V-2004", "self"}
    assert "extended" in (remedies["V-2001"] or "")
    assert "larger quota" in (remedies["V-2007"] or "")


async def test_the_doctor_says_where_nothing_is_set_and_where_dagr_does_not_tell() -> None:
    [(finding, remedy)] = (await _said({})).values()
    assert finding == "none is set, so that it is asked for nothing"
    assert "registers.employment_dagr.permissions" in (remedy or "")
    installed = catalog().installed["employment_dagr"]
    nobody = connection_of("employment_dagr", RegisterSettings.model_validate({"url": "http://127.0.0.1:9/x"}))
    assert [finding for _, finding, _ in said_of_permissions(installed, nobody)] == [finding]
    other = catalog().installed["employment"]
    assert list(said_of_permissions(other, nobody)) == []


async def test_the_doctor_finds_the_claim_types_that_read_the_register_without_a_permission(tmp_path: Path) -> None:
    housing = BY_PURPOSE["housing-benefit"]
    async with way(THOSE_THAT_HOLD) as dagr:
        file = tmp_path / "gateway.toml"
        file.write_text(
            f"""data = "{tmp_path / "data"}"
            [registers.employment_dagr]
            url = "{dagr.register.register.connection.url}"
            [registers.employment_dagr.permissions.housing-benefit]
            number = "{housing.number}"
            purpose = "{housing.purpose}"
            """
        )
        findings = await asyncio.to_thread(examine, file)
    said = {each.check: each.finding for each in findings if each.check.startswith("permission")}
    assert set(said) == {"permission employment_dagr", "permission employment_dagr housing-benefit"}
    missing = "guaranteed-minimum-income, needy-household-status, unemployment-benefit"
    assert said["permission employment_dagr"] == f"none is set for {missing}, which read it and get nothing"
    assert dagr.heard.requests == [], "the doctor has a wire of its own"


def test_the_doctor_says_that_dagr_is_down_and_which_claim_types_read_it_without_a_permission() -> None:
    installed = catalog().installed["employment_dagr"]
    nobody = Connection("http://127.0.0.1:9/x", permits=THOSE_THAT_HOLD)
    readers = ["housing-benefit", "unheard-of", "another"]
    (_, without, what), (_, finding, remedy) = said_of_permissions(installed, nobody, readers)
    assert without == "none is set for another, unheard-of, which read it and get nothing"
    assert "permissions.<claim type>" in (what or "")
    assert finding == "could not be read: no connection"
    assert remedy == "Ask DAGR whether it is down."
