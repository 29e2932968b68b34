"""Somebody who watches claims with personal data in each event, while the disk below goes bad and well again."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection, HTTPException, HTTPResponse

from tests.edge.sse import Event, parse

_QUERY = "subscription($id: ID!) { claimChanged(id: $id) { status answers } }"
_SHORT, _LONG = 0.3, 3.0
"""Seconds without an event after which it watches another claim; every third stream outlasts a bad time."""


class Subscriber(threading.Thread):
    """Watches the newest of the claims that were accepted, one stream after the other.

    Args:
        claims: ids, the newest last.
    """

    def __init__(self, port: int, token: str, claims: Callable[[], Sequence[str]], stop: threading.Event) -> None:
        super().__init__(name="subscriber", daemon=True)
        self._port = port
        self._token = token
        self._claims = claims
        self._told_to_stop = stop
        self.released: list[str] = []
        """Request ids of events with personal data."""
        self.refused = 0
        """Events, or answers, that said that nothing can be recorded."""
        self.slips: list[str] = []

    def run(self) -> None:
        """See ``threading.Thread``."""
        number = 0
        while not self._told_to_stop.wait(0.02):
            claims = self._claims()
            if claims:
                number += 1
                self._watch(claims[-1], _SHORT if number % 3 else _LONG)

    def _watch(self, claim: str, seconds: float) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=60)
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Accept": "text/event-stream",
        }
        try:
            connection.request("POST", "/graphql", json.dumps({"query": _QUERY, "variables": {"id": claim}}), headers)
            sock = connection.sock
            answer = connection.getresponse()
            if answer.getheader("content-type", "").startswith("text/event-stream"):
                sock.settimeout(seconds)
                self._read(answer, time.monotonic() + 2 * seconds)
            else:
                self._told_no(json.loads(answer.read()))
        except TimeoutError:
            return
        except (OSError, HTTPException, ValueError) as error:
            self.slips.append(f"a stream was not answered: {type(error).__name__}")
        finally:
            connection.close()

    def _read(self, answer: HTTPResponse, end: float) -> None:
        request, number, last = answer.getheader("x-request-id"), 0, Event("")
        for event in parse(line.decode().rstrip("\r\n") for line in iter(answer.readline, b"")):
            if event.kind == "next":
                number += 1
                said = (event.data.get("data") or {}).get("claimChanged")
                if said is not None and said["answers"] is not None:
                    self.released.append(f"{request}.{number}")
                else:
                    self._told_no(event.data)
            if event.kind != ":":
                last = event
            if time.monotonic() > end or event.kind == "complete" or self._told_to_stop.is_set():
                break
        if number and last.kind == "next" and last.data.get("data", {}) is None:
            self.slips.append("a stream that gave up did not say that it ended")

    def _told_no(self, body: dict[str, list[dict[str, dict[str, str]]]]) -> None:
        codes = {each["extensions"]["code"] for each in body.get("errors", [])}
        if codes == {"LOG_UNAVAILABLE"}:
            self.refused += 1
        else:
            self.slips.append(f"a stream was told {sorted(codes)}")
