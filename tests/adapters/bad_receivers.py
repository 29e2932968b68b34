"""Adapters that receive claims and do one thing wrong each: for the tests of the contract test."""

from __future__ import annotations

from tests.adapters.bad_adapters import KEEP, Bad, tried

_DELIVER = "async def deliver(self, claim, message_id, context):\n"
_FIND = "async def find(self, message_id, claim, context):\n"
_KEY = '{**request.headers, "Idempotency-Key": KEY}'
_POST = 'if request.method != "POST": return await self.wire.request(request)\n'


def _with_key(key: str) -> str:
    return (
        _POST + f"return await self.wire.request(msgspec.structs.replace(request, headers={_KEY.replace('KEY', key)}))"
    )


_FOLLOW = "async def follow(self, message, reference, claim, message_id, context):\n"
_FOLLOWED = "kind.follow(self, message, reference, claim, message_id, context)"
_DELIVERED = "deliver(self, claim, message_id, context)"
_FOUND = "find(self, message_id, claim, context)"

RECEIVERS: dict[str, list[Bad]] = {
    "test_a_delivered_claim_has_the_owners_reference": [
        Bad(
            "owner's case number",
            methods=_DELIVER
            + "    await kind.deliver(self, claim, message_id, context)\n    return Receipt(message_id)\n",
        ),
        Bad(
            "as they were typed",
            request='return await self.wire.request(msgspec.structs.replace(request, body=request.body.replace(b"]]>", b"")))',
        ),
        Bad(
            "code stands in the address",
            request='return await self.wire.request(msgspec.structs.replace(request, url=request.url + "/39100000011"))',
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
    ],
    "test_the_same_message_twice_is_one_case_and_the_same_receipt": [
        Bad("made two cases", request=_with_key("str(request.deadline)")),
        Bad(
            "another receipt",
            methods=_DELIVER
            + '    receipt = await kind.deliver(self, claim, message_id, context)\n    return Receipt(f"{receipt.reference}-{context.deadline}")\n',
        ),
    ],
    "test_the_same_message_twice_at_once_is_one_case": [
        Bad("made two cases", request=_with_key("str(request.deadline)"))
    ],
    "test_added_answers_and_a_withdrawal_arrive_once_and_are_found": [
        Bad(
            "a message was sent twice",
            methods=_FOLLOW
            + "    await kind.follow(self, message, reference, claim, message_id + '-again', context)\n"
            + "    return await kind.follow(self, message, reference, claim, message_id, context)\n",
        ),
        Bad("it is not found", methods=_FOLLOW + f"    await {_FOLLOWED}\n    return Receipt('CASE-99')\n"),
        Bad(
            "do not arrive as typed",
            request="""body = request.body and request.body.replace(b"]]>", b"")
return await self.wire.request(msgspec.structs.replace(request, body=body))""",
        ),
    ],
    "test_an_owner_that_cannot_be_asked_never_says_that_a_message_is_not_there": [
        Bad("an owner that cannot be asked", methods=_FIND + "    return None\n"),
    ],
    "test_two_messages_are_two_cases": [
        Bad("have the same key", request="body = request.body\n" + _with_key('"demo-1"'))
    ],
    "test_an_owner_that_refuses_a_duplicate_is_asked_for_its_receipt": [
        Bad(
            "another receipt",
            request="""reply = await self.wire.request(request)
return WireReply(200, {}, b'{"deklaracijasNumurs": "DUPLICATE"}') if reply.status == 409 else reply""",
        ),
    ],
    "test_a_message_is_found_by_its_id_or_certainly_not_there": [
        Bad("nobody sent is found", methods=_FIND + "    return Receipt('CASE-1')\n"),
        Bad("is not found", methods=_FIND + "    return None\n"),
        Bad(
            "another message's receipt",
            request="""if request.method == "GET" and self.seen: request = msgspec.structs.replace(request, url=request.url.replace("message-1", "message-2"))
self.seen.append(request.method) if request.method == "POST" else None
reply = await self.wire.request(request)
return WireReply(reply.status, {}, reply.body.replace(b'"message-2"', b'"message-1"'))""",
        ),
    ],
    "test_a_delivery_that_breaks_is_in_doubt_and_never_sent_again_here": [
        Bad("says that it did not", methods=tried(_DELIVER, _DELIVERED, "raise Unavailable(NAME, 'x', sent=False)")),
        Bad(
            "sent the message again",
            request="""try:
    return await self.wire.request(request)
except Unavailable:
    return await self.wire.request(request)""",
        ),
    ],
    "test_a_delivery_without_connection_was_not_sent": [
        Bad("sent=False was lost", methods=tried(_DELIVER, _DELIVERED, "raise Unavailable(NAME, 'x')")),
    ],
    "test_an_answer_that_is_no_receipt_is_the_right_error": [
        Bad("Rejected is right, not Unavailable", methods=tried(_DELIVER, _DELIVERED, "raise Unavailable(NAME, 'x')")),
        Bad(
            "repeat a value of the reply",
            request=KEEP,
            methods=tried(_DELIVER, _DELIVERED, "raise type(error)(NAME, bad.last.decode())"),
        ),
        Bad("DID NOT RAISE", methods=tried(_DELIVER, _DELIVERED, "return Receipt('?')")),
    ],
    "test_a_look_up_that_fails_never_says_that_the_message_is_not_there": [
        Bad("taken for not there", methods=tried(_FIND, _FOUND, "return None")),
        Bad(
            "repeat a value of the reply",
            request=KEEP,
            methods=tried(_FIND, _FOUND, "raise type(error)(NAME, bad.last.decode('utf-8', 'replace'))"),
        ),
    ],
    "test_no_answer_is_cut_at_the_deadline": [
        Bad(
            "taken for not there",
            methods=_FIND
            + """    import asyncio
    try:
        return await asyncio.wait_for(kind.find(self, message_id, claim, context), 0.01)
    except TimeoutError:
        return None
""",
        ),
    ],
    "test_a_receipt_of_another_message_is_malformed": [
        Bad(
            "taken for a receipt",
            request="""reply = await self.wire.request(request)
return WireReply(200, {}, b'{"deklaracijas": [{"deklaracijasNumurs": "CASE-9", "sutijumaId": "message-1"}]}')""",
        ),
        Bad(
            "repeat a value of the reply",
            request=KEEP,
            methods=tried(_FIND, _FOUND, "raise Malformed(NAME, bad.last.decode())"),
        ),
    ],
    "test_a_damaged_answer_to_a_look_up_is_read_or_an_error_of_ours": [
        Bad("taken for not there", methods=tried(_FIND, _FOUND, "return None")),
        Bad("the answer is no receipt", methods=_FIND + "    return 'CASE-1'\n"),
        Bad("the case number is no text", methods=_FIND + "    return Receipt(9)\n"),
    ],
    "test_nothing_of_a_claim_or_an_answer_is_printed_or_logged": [
        Bad("printed or logged", request="print(request.body)\nreturn await self.wire.request(request)"),
        Bad(
            "printed or logged",
            request="reply = await self.wire.request(request)\nlogging.getLogger('x').debug('%s', reply.body)\nreturn reply",
        ),
    ],
    "test_a_legal_entitys_claim_is_taken_or_rejected_before_it_is_sent": [
        Bad(
            "DID NOT RAISE",
            methods=_DELIVER
            + "    return await self._delivery.deliver({'pieteikumaId': claim.claim_id, 'personasKods': '39100000011', 'iesniegts': '2026-11-23T10:00:00Z', 'saturs': dict(claim.answers)}, message_id, context)\n",
        ),
        Bad(
            "sent all the same",
            request="await self.wire.request(request)\nraise Rejected(NAME, 'x')",
            methods=_DELIVER
            + "    return await self._delivery.deliver({'pieteikumaId': claim.claim_id, 'personasKods': '39100000011', 'iesniegts': '2026-11-23T10:00:00Z', 'saturs': dict(claim.answers)}, message_id, context)\n",
        ),
    ],
}
"""By the contract test that has to fail."""
