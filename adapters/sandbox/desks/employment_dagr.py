"""DAGR, played for its copy of the employment agency: permissions, their quotas and terms, and data of last night."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from adapters.sandbox.desks.employment import Agency, Standing
from adapters.sandbox.exchange import Kind, Twist
from adapters.sandbox.rest import Answer, Question, RestDesk
from adapters.sandbox.world.permissions import SERVICE, Permission, all_permissions

NAME = "employment_dagr"
AGE, STALE = timedelta(hours=6), timedelta(hours=30)
"""How far the copy is behind the agency, as a rule and with fault ``stale_data``."""


def employment_dagr(agency: Agency, contract: Path, today: Callable[[], date], now: Callable[[], datetime]) -> RestDesk:
    """Operations ``nva_person_status_by_key``, up to 100 people, and ``current_user_permissions``.

    Args:
        today: the day from which terms of permissions are counted.
        now: UTC.
    """
    used = {each.number: each.used for each in all_permissions()}
    known = {each.number: each for each in all_permissions()}

    def permissions(question: Question, twist: Twist) -> Answer:
        return 200, [_told(each, used[each.number], today()) for each in known.values()]

    def by_key(question: Question, twist: Twist) -> Answer:
        permission = known.get(question.headers["x-dagr-permission"])
        if permission is None:
            return _refused("PERMISSION_UNKNOWN")
        first, last = permission.days(today())
        if permission.service != SERVICE:
            return _refused("PERMISSION_OTHER_SERVICE")
        if today() < first:
            return _refused("PERMISSION_NOT_YET_VALID")
        if today() > last:
            return _refused("PERMISSION_EXPIRED")
        if used[permission.number] >= permission.quota:
            tomorrow = datetime.combine(now().date() + timedelta(days=1), time(), now().tzinfo)
            return 429, {"code": "QUOTA_EXCEEDED", "available_from": _instant(tomorrow)}
        used[permission.number] += 1
        found = agency.asked_for([each["PersonCode"] for each in question.body["keys"]], twist)
        return 200, {
            "name": SERVICE,
            "data_as_of": _instant(now() - (STALE if twist is Twist.STALE_DATA else AGE)),
            "items": [_item(code, one, permission) for code, one in found.items()],
        }

    operations = {
        f"{SERVICE}_by_key": (Kind.READ, by_key, "Status"),
        # Asked by itself, for nobody.
        "current_user_permissions": (Kind.POLL, permissions, "use_count_quota"),
    }
    return RestDesk(NAME, contract / "openapi.yaml", operations, repeats={})


def _refused(code: str) -> Answer:
    return 403, {"code": code}


def _item(code: str, one: Standing, permission: Permission) -> dict[str, Any]:
    item = {
        "PersonCode": code,
        "Status": one.status,
        "Since": None if one.since is None else one.since.isoformat(),
        "Branch": None if one.branch is None else {"Code": one.branch[0], "Name": one.branch[1]},
    }
    return {name: value for name, value in item.items() if name in permission.opens}


def _told(permission: Permission, used: int, today: date) -> dict[str, Any]:
    first, last = permission.days(today)
    opened = [{"name": name, "read_access": "full"} for name in permission.opens]
    return {
        "service_name": permission.service,
        "permission_number": permission.number,
        "purpose_of_use": permission.purpose,
        "use_count": used,
        "use_count_quota": permission.quota,
        "valid_from": first.isoformat(),
        "valid_to": last.isoformat(),
        "access_control_tree": {"name": permission.service, "read_access": "partial", "properties": opened},
    }


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
