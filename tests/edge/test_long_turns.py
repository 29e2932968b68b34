"""Long pieces of work of several requests are done in turns of the loop of their own."""

from __future__ import annotations

import asyncio

from gateway.long_turns import own_turn

_MANY = 20


class _Turns:
    """Counts the loop's turns."""

    def __init__(self) -> None:
        self.number = 0
        self._next()

    def _next(self) -> None:
        self.number += 1
        self._handle = asyncio.get_running_loop().call_soon(self._next)

    def stop(self) -> None:
        self._handle.cancel()


async def _pieces(turns: _Turns, done: list[int], pieces: int) -> None:
    for _ in range(pieces):
        await own_turn()
        done.append(turns.number)


async def test_no_two_long_pieces_are_done_in_one_turn_of_the_loop() -> None:
    turns = _Turns()
    done: list[int] = []
    await asyncio.gather(*(_pieces(turns, done, 3) for _ in range(_MANY)))
    turns.stop()
    assert len(done) == 3 * _MANY
    assert len(set(done)) == len(done)


async def test_a_piece_of_one_who_comes_alone_waits_for_one_turn() -> None:
    turns = _Turns()
    done: list[int] = []
    before = turns.number
    await _pieces(turns, done, 1)
    turns.stop()
    assert done[0] - before <= 1


async def test_who_goes_away_while_they_wait_keeps_nobody_from_their_turn() -> None:
    turns = _Turns()
    done: list[int] = []
    waiting = [asyncio.create_task(_pieces(turns, done, 1)) for _ in range(_MANY)]
    await asyncio.sleep(0)
    for number in (0, 1, 7, _MANY - 1):
        waiting[number].cancel()
    async with asyncio.timeout(5):
        await asyncio.gather(*waiting, return_exceptions=True)
        await _pieces(turns, done, 1)
    turns.stop()
    assert len(done) == _MANY - 4 + 1
    assert len(set(done)) == len(done)
