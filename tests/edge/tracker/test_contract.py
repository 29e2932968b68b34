"""Our shape of answers is the published contract's, and says all that the older SOAP interface does."""

from __future__ import annotations

from datetime import datetime

import jsonschema
import pytest
from lxml import etree

from gateway.edge.tracker import FIND_USAGE, MOST
from tests.edge.tracker.conftest import Portal
from tests.edge.tracker.contract import BEFORE, CONTRACTS, OURS, SOAP, USAGE, published

beside = pytest.mark.skipif(
    not CONTRACTS.exists(), reason="the published contracts are not beside this project, at ../shared/contracts"
)


def test_our_shape_tells_wrong_answers() -> None:
    right = {
        "logtime": "2026-01-01T00:00:00Z",
        "action": "abc",
        "receiverCode": "90000000014",
        "receiverName": "abc",
        "receiverSystem": "x",
    }
    validator = jsonschema.Draft202012Validator(USAGE)
    validator.validate(right)
    for name in right:
        with pytest.raises(jsonschema.ValidationError):
            validator.validate({key: value for key, value in right.items() if key != name})
        with pytest.raises(jsonschema.ValidationError):
            validator.validate(right | {name: None})


@beside
def test_our_shape_is_the_published_one_and_narrower() -> None:
    document = published()
    assert document["paths"].keys() == OURS.keys()
    schemas = document["components"]["schemas"]
    for path, name in (
        ("/v2/findUsage", "FindUsageResponse"),
        ("/v2/usagePeriod", "UsagePeriodResponse"),
        ("/v2/heartbeat", "HeartbeatResponse"),
    ):
        assert set(schemas[name].get("required", ())) <= set(OURS[path]["required"])
        assert OURS[path]["properties"].keys() <= schemas[name]["properties"].keys()
    assert USAGE["properties"].keys() == schemas["Usage"]["properties"].keys()
    assert set(schemas["Usage"]["required"]) <= set(USAGE["required"])
    parameters = {each["name"]: each for each in document["paths"]["/v2/findUsage"]["get"]["parameters"]}
    assert parameters.keys() == {"X-Road-UserId", "userCode", "periodStart", "periodEnd", "offset", "limit"}
    assert {name for name, each in parameters.items() if each["required"]} == {"X-Road-UserId", "userCode"}
    assert (parameters["limit"]["schema"]["default"], parameters["offset"]["schema"]["default"]) == (MOST, 0)


@beside
async def test_the_rest_answer_says_all_that_the_older_soap_interface_does(portal: Portal) -> None:
    wsdl = etree.parse(SOAP)
    xsd, soap = "{http://www.w3.org/2001/XMLSchema}", "{http://schemas.xmlsoap.org/wsdl/}"
    operations = {each.get("name") for each in wsdl.iterfind(f"{soap}portType/{soap}operation")}
    assert operations == {"findUsage"}
    assert f"{BEFORE}/v2/findUsage" == FIND_USAGE

    def fields(name: str) -> dict[str, tuple[str, str, str]]:
        (kind,) = (each for each in wsdl.iter(f"{xsd}complexType") if each.get("name") == name)
        return {
            each.get("name"): (each.get("type").partition(":")[2], each.get("minOccurs"), each.get("maxOccurs"))
            for each in kind.iter(f"{xsd}element")
        }

    once = ("0", "1")
    assert fields("QueryFields") == {"offset": ("integer", *once), "limit": ("integer", *once)}
    said = {"logtime": ("dateTime", *once), "action": ("string", *once), "receiver": ("string", *once)}
    assert fields("ResponseFields") == said
    (usage,) = (each for each in wsdl.iter(f"{xsd}element") if each.get("name") == "usage")
    assert (usage.get("minOccurs"), usage.get("maxOccurs")) == ("0", "unbounded")
    headers = {each.get("part") for each in wsdl.iterfind(f".//{soap}input/{{*}}header")}
    assert headers == {"client", "service", "id", "userId", "issue", "protocolVersion"}

    for minutes in (3, 2, 1):
        portal.used(minutes)
    # Of SOAP's userId there is one, and no code beside it: the person who is signed in.
    (second,) = (await portal.find(offset="1", limit="1")).json()["usages"]
    as_soap = {
        "logtime": second["logtime"],
        "action": second["action"],
        "receiver": second["receiverName"],
    }
    assert as_soap.keys() == said.keys()
    assert datetime.fromisoformat(as_soap["logtime"]).tzinfo is not None
    assert (await portal.find()).json()["usages"][1] == second
