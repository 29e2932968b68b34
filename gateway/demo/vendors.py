"""Which vendor's system a municipality has in the demo world, where it is not the usual one."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.register_settings import EndpointSettings
from gateway.settings import Settings

OTHER_VENDORS = {"social_casework": ("social_assistance", ("0003000", "0005000", "0026000"))}
"""Registers that have these municipalities' systems alone, each in the place of another register: vendors differ."""


def theirs(name: str, settings: Settings, address: str) -> Mapping[str, EndpointSettings]:
    """The municipalities of one of :data:`OTHER_VENDORS`: those that are set, else the simulated ones.

    Args:
        address: of the simulated register, without a municipality's code.
    """
    usual, codes = OTHER_VENDORS[name]
    set_elsewhere = settings.register(usual).municipalities
    simulated = {code: {"url": f"{address}/{code}"} for code in codes if code not in set_elsewhere}
    return settings.register(name).municipalities or {
        code: EndpointSettings.model_validate(each) for code, each in simulated.items()
    }


def receiver(usual: str, municipality: str | None) -> str:
    """The register that takes a municipality's claims which usually go to another one."""
    found = [
        name for name, (instead_of, codes) in OTHER_VENDORS.items() if instead_of == usual and municipality in codes
    ]
    return found[0] if found else usual
