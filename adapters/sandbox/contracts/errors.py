"""What is said of a contract, or a part of one, that cannot be read."""

from __future__ import annotations


class ContractError(ValueError):
    """The contract cannot be read or has no such part; the message names construct and place."""
