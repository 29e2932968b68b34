"""What is read under one permission is used for its purpose alone, however a request mixes purposes and people."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.kit.errors import NotPermitted, RegisterError
from adapters.kit.ports import CallContext
from gateway.desk.permitted import ByPurpose
from gateway.desk.records import RecordReader
from schema.ports import FieldError, Purpose
from schema.records.employment import EmploymentRecord
from schema.terms import ClaimTypeCode, ErrorCode, PersonCode
from tests.desk.test_how_old_data_may_be import CITIZEN

NOW = datetime.now(UTC)
TYPES = [None, *(ClaimTypeCode(name) for name in ("daily", "hourly", "never-let-in"))]
AGES = {"daily": timedelta(days=1), "hourly": timedelta(hours=1)}
PEOPLE = [PersonCode(f"3910000000{number}") for number in range(4)]

asked_for = st.lists(
    st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(TYPES)), min_size=1, max_size=6), min_size=1, max_size=4
)


class Register:
    """Answers by the purpose that it was asked for, and remembers what it was asked."""

    def __init__(self, name: str, route: str, age: timedelta) -> None:
        self.name = name
        self.route = route
        self.asked: Counter[tuple[str, PersonCode]] = Counter()
        self._age = age

    async def read(self, record_type: type[Any], keys: Sequence[Any], context: CallContext) -> Mapping[Any, Any]:
        await asyncio.sleep(0)
        self.asked.update((context.purpose, key) for key in keys)
        assert context.as_of is not None
        context.as_of.told(NOW - self._age)
        said = f"{self.route} {context.purpose}"
        return {key: EmploymentRecord(unemployed=False, since=None, registered_at=said) for key in keys}


def _purpose(claim_type: ClaimTypeCode | None) -> Purpose:
    issue = None if claim_type is None else f"claim-{claim_type}"
    return Purpose(issue=issue, claim_type=claim_type, municipality=None, withholds=False)


async def _refusal(context: CallContext) -> RegisterError | None:
    return NotPermitted("copy", "no", is_set=False) if context.purpose == "never-let-in" else None


@given(asked_for, st.booleans())
@settings(max_examples=60, deadline=None)
def test_each_key_is_asked_once_for_each_purpose_and_answered_by_what_was_asked_for_it(
    reads: list[list[tuple[PersonCode, ClaimTypeCode | None]]], has_register: bool
) -> None:
    copy = Register("copy", "DAGR", timedelta(hours=6))
    behind = Register("register", "DIRECT", timedelta(0))
    source = ByPurpose(copy, _refusal, lambda purpose, error: None, behind if has_register else None)

    async def run() -> list[Sequence[Any]]:
        reader = RecordReader(
            {EmploymentRecord: source},
            CITIZEN,
            "r",
            time.monotonic() + 5,
            max_age=lambda code: AGES.get(code.text),
            now=lambda: NOW,
        )
        return await asyncio.gather(
            *(
                reader.read(EmploymentRecord, [key for key, _ in each], [_purpose(kind) for _, kind in each])
                for each in reads
            )
        )

    for each, found in zip(reads, asyncio.run(run()), strict=True):
        for (_, kind), answer in zip(each, found, strict=True):
            name = "self" if kind is None else kind.text
            if name == "never-let-in":
                assert isinstance(answer, FieldError)
                assert answer.code is ErrorCode.REGISTER_NOT_CONNECTED
            elif name == "hourly" and not has_register:
                assert isinstance(answer, FieldError)
                assert answer.code is ErrorCode.REGISTER_UNAVAILABLE
            else:
                route = "DIRECT" if name == "hourly" else "DAGR"
                assert answer.registered_at == f"{route} {name}"
    wanted = {("self" if kind is None else kind.text, key) for each in reads for key, kind in each}
    assert copy.asked == Counter(one for one in wanted if one[0] != "never-let-in")
    assert behind.asked == Counter(one for one in wanted if one[0] == "hourly" and has_register)
