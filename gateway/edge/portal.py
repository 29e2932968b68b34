"""Who the national portal is, and how much it, and each person through it, may ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

from gateway.edge.answers import Refused
from gateway.edge.head import Head
from gateway.edge.rate import Rate
from schema.terms import ErrorCode
from schema.text import Text

AT_ONCE = 64
"""Questions of the portal under way at a time."""
AT_ONCE_OF_USER = 2
_BEARER = "Bearer "


class Portal:
    """Knows the national portal.

    Args:
        holds: whether a secret is the portal's.
        client: its X-Road client as it is sent (``LV/GOV/90000000000/portal``); None: any that has the secret.
    """

    def __init__(self, holds: Callable[[str], bool], client: str | None) -> None:
        self._holds = holds
        self._client = client

    def check(self, head: Head) -> None:
        """Raises: Refused: it is somebody else; the answer does not say what is wrong."""
        given = head.all(b"authorization")
        token = given[0].removeprefix(_BEARER) if len(given) == 1 and given[0].startswith(_BEARER) else ""
        if not self._holds(token) or (self._client is not None and head.all(b"x-road-client") != [self._client]):
            raise Refused(
                401,
                Text("This address is for the national portal.", "Šī adrese ir valsts portālam."),
                Text("Send the portal's token and its X-Road-Client.", "Sūtiet portāla atslēgu un tā X-Road-Client."),
                code=ErrorCode.UNAUTHENTICATED,
                headers={"www-authenticate": 'Bearer realm="data-tracker"'},
            )


class Bounds:
    """How much may be asked: by the portal as a whole, by each person, and about others than oneself.

    Whoever asks about others and is refused has soon asked enough: nobody tries out codes. Nothing of it depends on
    whether anybody has the code that was asked for.

    Args:
        monotonic: seconds.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._portal = Rate(200, 50, monotonic)
        self._users = Rate(60, 1, monotonic)
        self._refusals = Rate(10, 1 / 60, monotonic)
        self._under_way: Counter[Hashable] = Counter()

    def admit_portal(self) -> None:
        """Count one question. Raises: Refused: there were too many."""
        if not self._portal.take(None):
            raise _too_many(self._portal.wait_seconds)

    @contextmanager
    def admit(self, user: Hashable, *, about_other: bool) -> Iterator[None]:
        """One question of a person, for as long as it is under way. Raises: Refused: too many, or too many at once."""
        if about_other and not self._refusals.allows(user):
            raise _too_many(self._refusals.wait_seconds)
        if self._under_way.total() >= AT_ONCE or self._under_way[user] >= AT_ONCE_OF_USER:
            raise _too_many(1)
        if not self._users.take(user):
            raise _too_many(self._users.wait_seconds)
        self._under_way[user] += 1
        try:
            yield
        finally:
            self._under_way[user] -= 1
            if not self._under_way[user]:
                del self._under_way[user]

    def refused(self, user: Hashable) -> None:
        """A person was refused somebody else's log."""
        self._refusals.take(user)


def _too_many(seconds: int) -> Refused:
    return Refused(
        429,
        Text("Too many questions.", "Jautājumu ir pārāk daudz."),
        Text("Ask again after the seconds that Retry-After names.", "Jautājiet vēlreiz pēc Retry-After sekundēm."),
        code=ErrorCode.QUOTA_EXCEEDED,
        headers={"retry-after": str(seconds)},
    )
