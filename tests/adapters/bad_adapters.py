"""Adapters that do one thing wrong each: for the tests of the contract test. Each is code added to a good adapter."""

from __future__ import annotations

from dataclasses import dataclass

WIRE = """

import dataclasses
import json
import logging
import msgspec
from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable
from adapters.kit.ports import Receipt
from adapters.kit.wire import WireReply

_good = connect


class Bad:
    def __init__(self, wire):
        self.wire = wire
        self.last = b""
        self.seen = []

    async def request(self, request):
        {request}


def connect(connection, wire, clock):
    bad = Bad(wire)
    adapter = _good(connection, bad, clock)
    kind = type(adapter)

    class Worse(kind):
        {methods}

    adapter.__class__ = Worse
    return adapter
"""
PASS = "return await self.wire.request(request)"
KEEP = "reply = await self.wire.request(request); self.last = reply.body; return reply"


@dataclass(frozen=True)
class Bad:
    """One way to do it wrong.

    Args:
        says: a part of what the contract test has to say of it.
        request: what its wire does with a request.
        methods: of the adapter, in place of the good ones.
        files: texts of files that are replaced: name, old, new.
    """

    says: str
    request: str = PASS
    methods: str = "pass"
    files: tuple[tuple[str, str, str], ...] = ()

    def code(self) -> str:
        """What is added to ``adapter.py``."""
        request = self.request.replace("\n", "\n        ")
        methods = self.methods.replace("\n", "\n        ")
        return WIRE.replace("{request}", request).replace("{methods}", methods)


_READ = "async def read(self, record_type, subjects, context):\n"


def tried(head: str, call: str, then: str) -> str:
    """A method that calls the good one and does something else where that fails."""
    return f"{head}    try:\n        return await kind.{call}\n    except RegisterError as error:\n        {then}\n"


SWALLOWS = tried(_READ, "read(self, record_type, subjects, context)", "return {}")
"""An outage looks like "no data"."""
LEAKS = tried(
    _READ,
    "read(self, record_type, subjects, context)",
    "raise type(error)(NAME, bad.last.decode('utf-8', 'replace'))",
)
"""So that whoever looks for the mistake sees the reply."""
BY_ORDER = (
    _READ
    + """    answer = await self._service.call("mekletIpasniekus", context, body={"personasKodi": [s.digits for s in subjects]})
    return {s: OWNERS.to_record(item) for s, item in zip(subjects, answer.body["ipasnieki"])}
"""
)
"""The first record is taken for the first subject's."""
LAST_WINS = (
    _READ
    + """    answer = await self._service.call("mekletIpasniekus", context, body={"personasKodi": [s.digits for s in subjects]})
    found = {item["personasKods"]: OWNERS.to_record(item) for item in answer.body["ipasnieki"]}
    return {s: found[s.digits] for s in subjects if s.digits in found}
"""
)
"""Whoever was not asked for is left out quietly, and of two records of one subject the last is taken."""

READERS: dict[str, list[Bad]] = {
    "test_every_record_type_has_a_case_that_is_found_and_one_that_is_not": [
        Bad("does not know", files=(("cases/two-owners.case.json", ', "39100000199"', ""),)),
        Bad(
            "no case of VehicleFleet", files=(("cases/two-owners.case.json", '"records": {', '"records": {}, "x": {'),)
        ),
    ],
    "test_a_recorded_reply_gives_exactly_its_records": [
        Bad("other records", files=(("mapping.py", 'make=one("marka")', 'make=one("numurs")'),)),
        Bad(
            "other records",
            methods=SWALLOWS.replace("kind.read(self", "kind.nothing(self").replace("RegisterError", "Exception"),
        ),
        Bad(
            "in one call",
            request="await self.wire.request(request)\nreturn await self.wire.request(request)",
        ),
    ],
    "test_a_record_holds_the_types_that_it_declares": [
        Bad("VehicleFleet.vehicles[0].year", files=(("mapping.py", 'one("gads", int)', 'one("gads")'),)),
        Bad("vehicles[1].model", files=(("mapping.py", 'model=maybe("modelis")', 'model=one("marka", list)'),)),
    ],
    "test_who_asks_for_one_attribute_gets_what_the_whole_record_has": [
        Bad(
            "differs where it is asked for alone",
            methods=_READ
            + """    found = await kind.read(self, record_type, subjects, context)
    return found if context.wanted is None else {key: VehicleFleet(vehicles=()) for key in found}
""",
        ),
        Bad(
            "other subjects are found",
            methods=_READ
            + "    return {} if context.wanted else await kind.read(self, record_type, subjects, context)\n",
        ),
    ],
    "test_no_person_is_named_in_an_address_and_settings_are_obeyed": [
        Bad(
            "key stands in the address",
            request="""url = request.url + "?" + "+".join(json.loads(request.body)["personasKodi"])
return await self.wire.request(msgspec.structs.replace(request, url=url))""",
        ),
        Bad(
            "another than the connection's",
            request='return await self.wire.request(msgspec.structs.replace(request, url="http://192.0.2.1/"))',
        ),
        Bad(
            "longer than its caller",
            request="return await self.wire.request(msgspec.structs.replace(request, deadline=request.deadline + 60))",
        ),
        Bad(
            "longer than the connection",
            request="return await self.wire.request(msgspec.structs.replace(request, max_bytes=10**9))",
        ),
        Bad(
            "another register",
            request='return await self.wire.request(msgspec.structs.replace(request, register="vies"))',
        ),
    ],
    "test_a_failure_becomes_the_right_error_and_says_nothing": [
        Bad("as if nothing was wrong", methods=SWALLOWS),
        Bad("repeat a value of the reply", request=KEEP, methods=LEAKS),
        Bad(
            "Malformed is right, not Unavailable",
            methods=tried(_READ, "read(self, record_type, subjects, context)", "raise Unavailable(NAME, 'x')"),
        ),
        Bad(
            "Malformed is right, not Unavailable",
            request="reply = await self.wire.request(request)\nif reply.status in (302, 307): raise Unavailable(NAME, 'redirect')\nreturn reply",
        ),
    ],
    "test_a_fault_is_never_taken_for_no_data": [
        Bad("as if nothing was wrong", methods=SWALLOWS),
        Bad(
            "as if nothing was wrong",
            request="""reply = await self.wire.request(request)
return WireReply(200, {}, b'{"ipasnieki": []}') if b"Fault" in reply.body else reply""",
        ),
    ],
    "test_nothing_of_a_reply_is_printed_or_logged": [
        Bad("printed or logged", request="reply = await self.wire.request(request)\nprint(reply.body)\nreturn reply"),
        Bad(
            "printed or logged",
            request="reply = await self.wire.request(request)\nlogging.getLogger('x').debug('%s', reply.body)\nreturn reply",
        ),
    ],
    "test_no_connection_is_unavailable_and_not_sent": [
        Bad("as if nothing was wrong", methods=SWALLOWS),
        Bad(
            "sent=False was lost",
            methods=tried(_READ, "read(self, record_type, subjects, context)", "raise Unavailable(NAME, 'x')"),
        ),
        Bad(
            "never by the adapter",
            request="""try:
    return await self.wire.request(request)
except Unavailable:
    return await self.wire.request(request)""",
        ),
    ],
    "test_who_is_refused_does_not_ask_again": [
        Bad(
            "asked again after it was refused",
            request="""reply = await self.wire.request(request)
return await self.wire.request(request) if reply.status == 403 else reply""",
        ),
    ],
    "test_no_answer_is_cut_at_the_deadline": [
        Bad(
            "as if nothing was wrong",
            methods=_READ
            + """    import asyncio
    try:
        return await asyncio.wait_for(kind.read(self, record_type, subjects, context), 0.01)
    except TimeoutError:
        return {}
""",
        ),
        Bad(
            "Unavailable is right, not Malformed",
            methods=_READ
            + """    import asyncio
    try:
        return await asyncio.wait_for(kind.read(self, record_type, subjects, context), 0.01)
    except TimeoutError:
        raise Malformed(NAME, "too late") from None
""",
        ),
    ],
    "test_a_truncated_reply_is_malformed": [
        Bad("as if nothing was wrong", methods=SWALLOWS),
        Bad(
            "Malformed is right, not Unavailable",
            methods=tried(_READ, "read(self, record_type, subjects, context)", "raise Unavailable(NAME, 'x')"),
        ),
    ],
    "test_somebody_elses_record_is_never_returned": [
        Bad("a reply about somebody else", methods=BY_ORDER),
        Bad("a reply about somebody else", methods=LAST_WINS),
        Bad(
            "holds no key of its records",
            files=(
                ("cases/two-owners.json", '"39100000011"', '"39100000033"'),
                ("cases/two-owners.json", '"39100000022"', '"39100000044"'),
            ),
        ),
    ],
    "test_a_subject_that_was_not_asked_for_is_never_returned": [
        Bad("break the whole call", methods=BY_ORDER),
        Bad(
            "break the whole call",
            methods=LAST_WINS.replace(
                "if s.digits in found}",
                "if s.digits in found} | {s: Malformed(NAME, 'x') for s in subjects if s.digits not in found}",
            ),
        ),
        Bad("other than those asked for", methods=LAST_WINS),
    ],
    "test_two_records_of_one_subject_are_never_read_as_one": [Bad("took one of them", methods=LAST_WINS)],
    "test_swapped_keys_are_told_where_a_record_says_twice_whose_it_is": [
        Bad(
            "under a key that is not its own",
            files=(
                ("mapping.py", 'plate=one("numurs")', 'plate=one("ipasnieks")'),
                (
                    "contract/openapi.yaml",
                    "        krasa: {type: string}",
                    "        krasa: {type: string}\n        ipasnieks: {type: string}",
                ),
                ("cases/two-owners.json", '"numurs": "AB1234"', '"numurs": "AB1234", "ipasnieks": "39100000011"'),
                ("cases/two-owners.json", '"numurs": "XY9"', '"numurs": "XY9", "ipasnieks": "39100000011"'),
                ("cases/two-owners.case.json", '"plate": "AB1234"', '"plate": "39100000011"'),
                ("cases/two-owners.case.json", '"plate": "XY9"', '"plate": "39100000011"'),
                (
                    "cases/two-owners.json",
                    '"transportlidzekli": []',
                    '"transportlidzekli": [{"numurs": "1", "marka": "VAZ", "gads": "1980", "registretsNo": "1999-01-01", '
                    '"ipasnieks": "39100000022"}]',
                ),
                (
                    "cases/two-owners.case.json",
                    '"vehicles": []',
                    '"vehicles": [{"plate": "39100000022", "make": "VAZ", "model": null, "year": 1980, '
                    '"registered_since": "1999-01-01", "share": null, "status": null, "stolen": null}]',
                ),
            ),
        )
    ],
    "test_an_unknown_value_never_becomes_another_one": [
        Bad(
            "the record has another one",
            files=(
                ("mapping.py", 'one("gads", int)', 'one("gads", lambda text: int(text) if text.isdigit() else 1900)'),
            ),
        ),
        Bad(
            "the record has another one",
            files=(
                (
                    "mapping.py",
                    'one("marka")',
                    'one("marka", lambda code: {"VOLVO": "VOLVO", "JAWA": "JAWA"}.get(code, "other"))',
                ),
            ),
        ),
    ],
    "test_a_damaged_reply_is_read_or_absent_or_an_error_of_ours": [
        Bad("repeat a value of the reply", request=KEEP, methods=LEAKS),
        Bad(
            "a value of another type",
            files=(
                ("mapping.py", 'one("gads", int)', 'one("gads", lambda text: int(text) if text.isdigit() else text)'),
            ),
        ),
    ],
    "test_a_call_asks_for_at_most_a_batch": [
        Bad("exactly once", request="await self.wire.request(request)\nreturn await self.wire.request(request)"),
        Bad(
            "batch_size is 100, a call asks for",
            request="""self.seen += json.loads(request.body)["personasKodi"]
return await self.wire.request(msgspec.structs.replace(request, body=json.dumps(self.seen).encode()))""",
        ),
        Bad(
            "batch_size is 100, a call asks for",
            request="return await self.wire.request(msgspec.structs.replace(request, body=b''))",
        ),
    ],
}
"""By the contract test that has to fail."""
