"""Ids of messages: none twice, in no process."""

from __future__ import annotations

import re
import subprocess
import sys

from adapters.kit.message_id import new_message_id

_PRINT = "from adapters.kit.message_id import new_message_id; print(new_message_id())"
_FORKED = """
import os
from adapters.kit.message_id import new_message_id
new_message_id()
child = os.fork()
os.write(1, f"{new_message_id()}\\n".encode())
if child:
    os.wait()
"""


def test_no_id_comes_twice() -> None:
    ids = [new_message_id() for _ in range(10_000)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[0-9a-f]{32}", each) for each in ids)


def test_another_process_has_others_also_one_that_was_forked() -> None:
    ids = [new_message_id()]
    for program in (_PRINT, _FORKED):
        ids += subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        ).stdout.split()
    assert len(ids) == 4
    assert len({each[:24] for each in ids}) == 4
