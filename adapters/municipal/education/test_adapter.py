"""The adapter holds what every adapter that receives claims has to hold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from adapters.kit.receiver_contract_test import ReceiverContract
from adapters.kit.soap_owner import SoapOwner


class TestRegistrations(ReceiverContract):
    """Children in the queue."""

    folder = Path(__file__).parent
    claim_type = "kindergarten-queue"
    answers: ClassVar[Mapping[str, Any]] = {
        "child": "39100000033",
        "wantedFrom": "2027-09-01",
        "institutions": ['Pirmsskola "Ezītis" <&> ]]> āžš 007', "90000000001"],
    }
    repeats_are_one_case = False
    follows = True

    def owner(self) -> SoapOwner:
        """An office that gives the tier of the queue too."""
        return SoapOwner(
            "Sutijums",
            "RindasNumurs",
            "SutijumaId",
            namespace="urn:lv:pasvaldiba:izglitiba:pirmsskolas-rinda:v1",
            look_up="AtrastSutijumu",
            further={"PieteiktRinda": {"Kartas": "PIRMA"}},
        )
