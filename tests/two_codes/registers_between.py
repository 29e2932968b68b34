"""Stands before the simulated registers and lets each know of a person only the codes that it still, or already, knows."""

from __future__ import annotations

from base64 import b64encode
from collections import defaultdict
from hashlib import sha512
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Self

_NOBODY = b"39399999999"
_HOP_BY_HOP = {"connection", "content-length", "transfer-encoding", "host"}


def _hash(body: bytes) -> bytes:
    return b64encode(sha512(body).digest())


class RegistersBetween:
    """Hands on each question and each answer as they are, but for codes that a register does not know.

    A code that it does not know becomes one that nobody has: the register answers as it does of strangers, in its own
    words. Whatever the protocol is, codes have as many digits, so nothing else changes.
    """

    def __init__(self) -> None:
        self.unknown: dict[str, set[str]] = defaultdict(set)
        """Codes that a register does not know, by its name."""
        self._upstream = ""
        between = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                between._hand_on(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815 - as http.server calls them

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def before(self, registers_url: str) -> None:
        """Say where the registers are."""
        self._upstream = registers_url.removeprefix("http://")

    def url(self, register: str) -> str:
        """Where a register is found behind this."""
        return f"http://127.0.0.1:{self._server.server_port}/{register}"

    def _hand_on(self, asked: BaseHTTPRequestHandler) -> None:
        register = asked.path.strip("/").partition("/")[0]
        path, given = asked.path.encode("latin-1"), asked.rfile.read(int(asked.headers.get("content-length", "0")))
        # Who asks stands in the header (X-Road), and comes back as it was sent.
        header, end, content = given.rpartition(b":Header>")
        for code in self.unknown[register]:
            path, content = path.replace(code.encode(), _NOBODY), content.replace(code.encode(), _NOBODY)
        body = header + end + content
        headers = {name: value for name, value in asked.headers.items() if name.lower() not in _HOP_BY_HOP}
        if not self._upstream:
            asked.send_error(503)
            return
        upstream = HTTPConnection(self._upstream, timeout=20)
        try:
            upstream.request(asked.command, path.decode("latin-1"), body or None, headers)
            answer = upstream.getresponse()
            # An answer in X-Road names its question by the hash.
            said = answer.read().replace(_hash(body), _hash(given))
        finally:
            upstream.close()
        asked.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                asked.send_header(name, value)
        asked.send_header("Content-Length", str(len(said)))
        asked.end_headers()
        asked.wfile.write(said)
