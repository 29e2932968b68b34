"""What can go wrong with a register, named by what happens next.

::

    RegisterError
    ├── Unavailable   ask again later        -> REGISTER_UNAVAILABLE
    ├── Rejected      we are refused: alert  -> REGISTER_UNAVAILABLE
    │   ├── NotPermitted  not for this purpose: get a permission -> REGISTER_NOT_CONNECTED
    │   └── Spent         used up: ask again when there is more  -> QUOTA_EXCEEDED
    └── Malformed     contract broken: alert -> REGISTER_CONTRACT_BROKEN

That a register holds nothing about a subject is no error: the subject is simply not in the answer. No message carries a
value of the reply, and none has a cause or a context: they hold the reply.
"""

# ruff: noqa: N818 - the names say what happens next; "Error" would add nothing.

from __future__ import annotations

from types import TracebackType

from schema.personal import masked


class RegisterError(Exception):
    """A register did not give a usable answer.

    Args:
        register: the adapter folder's name.
        what: what happened, in words that hold no value from request or reply; what may be a personal code is masked,
            since they go into logs and are shown to operators, and adapters are written by many.
    """

    def __init__(self, register: str, what: str) -> None:
        what = masked(what)
        super().__init__(f"{register}: {what}")
        self.register = register
        self.what = what


class Unavailable(RegisterError):
    """No answer in time, or one that says "not now". Reads may be asked again.

    Args:
        retry_after: seconds until asking again makes sense; None where nobody knows.
        sent: False only where it is certain that the request did not reach the register.
        stale: a connection that had been kept was closed before a byte of an answer came: the other side may have
            closed it for its age, so that a read may be asked again at once.
    """

    def __init__(
        self, register: str, what: str, *, retry_after: float | None = None, sent: bool = True, stale: bool = False
    ) -> None:
        super().__init__(register, what)
        self.retry_after = retry_after
        self.sent = sent
        self.stale = stale


class Rejected(RegisterError):
    """The register refuses us: credentials, permission, or a request it calls wrong. Asking again changes nothing.

    Args:
        ours: it is about how we come, whatever we bring: certificate, permission, address. A message that is refused so
            is none that its owner does not want, and may be sent once somebody has mended that.
    """

    def __init__(self, register: str, what: str, *, ours: bool = False) -> None:
        super().__init__(register, what)
        self.ours = ours


class NotPermitted(Rejected):
    """No permission lets us in for this purpose, whoever is asked for: none is set, or the one that is does not hold.

    Args:
        is_set: there is one.
    """

    def __init__(self, register: str, what: str, *, is_set: bool = True) -> None:
        super().__init__(register, what, ours=True)
        self.is_set = is_set


class Spent(Rejected):
    """As often as our permission allows, the register was asked; others of our permissions may have uses left.

    Args:
        retry_after: seconds until there are more; None where nobody knows.
    """

    def __init__(self, register: str, what: str, *, retry_after: float | None = None) -> None:
        super().__init__(register, what, ours=True)
        self.retry_after = retry_after


class Malformed(RegisterError):
    """The reply breaks the contract: wrong type, unknown code, another person's record."""


class UnsupportedConstruct(ValueError):
    """A contract uses something that no codec is made for: said by name when the adapter is built, never dropped.

    Args:
        construct: its name, e.g. ``xsd:choice``.
        where: the type, element or path of the contract that uses it.
    """

    def __init__(self, construct: str, where: str) -> None:
        super().__init__(f"{construct} at {where} is not supported")
        self.construct = construct
        self.where = where


SLIPS = (LookupError, ValueError, TypeError, ArithmeticError, AttributeError)
"""What reading a reply that breaks its contract can raise."""


class reading:  # noqa: N801 - read as a word: with reading(...)
    """Turn any slip while a reply is read into :class:`Malformed`.

    A register's error passes through. The guard takes the context off whatever leaves here: it holds the reply.
    """

    __slots__ = ("_register", "_what")

    def __init__(self, register: str, what: str) -> None:
        self._register = register
        self._what = what

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, SLIPS):
            raise Malformed(self._register, self._what) from None
