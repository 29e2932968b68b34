"""Server-sent events of GraphQL, one operation a connection: what goes over the wire.

Source: "GraphQL over Server-Sent Events Protocol", distinct connections mode; HTML Living Standard, 9.2.
"""

from __future__ import annotations

HEARTBEAT = b":\n\n"
"""A comment: it keeps the connection, and clients do not see it."""


def next_event(answer: bytes, event_id: str | None = None) -> bytes:
    """One answer of the operation.

    Args:
        answer: JSON on one line.
        event_id: what a client that lost the connection names as ``Last-Event-ID``.
    """
    id_line = b"" if event_id is None else b"id: %s\n" % event_id.encode()
    return b"%sevent: next\ndata: %s\n\n" % (id_line, answer)


def complete_event(retry_milliseconds: int | None = None) -> bytes:
    """Nothing more will come. With ``retry_milliseconds``: not from here, and who watches on may connect again."""
    retry = b"" if retry_milliseconds is None else b"retry: %d\n" % retry_milliseconds
    # A browser's EventSource drops events without a data line.
    return retry + b"event: complete\ndata:\n\n"
