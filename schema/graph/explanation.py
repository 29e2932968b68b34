"""What running an operation would do, told without running it."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from schema.graph.claim import Problem
from schema.graph.declare import attribute
from schema.graph.registers import Register
from schema.graph.scalars import JSON
from schema.ports import Request


@strawberry.type(description="Whether one field of the operation would be answered, and why.")
class FieldDecision:
    path: str = attribute("Path in the answer, aliases included; places in lists are left out.")
    coordinate: str = attribute("Schema coordinate, e.g. Person.income.")
    allowed: bool = attribute("Whether it would be answered, everywhere where it stands.")
    rules: list[str] = attribute("Ids of the deciding rules; empty for what is open without a rule.")
    reason: str | None = attribute("Why, in words.")
    remedy: str | None = attribute("What the asker can do about a refusal.")


@strawberry.type(description="Calls of one operation of a register.")
class RegisterCall:
    register: Register = attribute("The register.")
    operation: str = attribute("Operation of the register's contract.")
    calls: int = attribute("How many calls, at most; a batch is one.")
    keys: str | None = attribute("What is asked for, in words: never a code.")


@strawberry.type(description="What running an operation would do.")
class Explanation:
    allowed: bool = attribute("False as soon as any field or mutation is refused.")
    decisions: list[FieldDecision] = attribute("One for each field of the operation that was decided.")
    register_calls: list[RegisterCall] = attribute("Calls that would be made, at most; batches counted once.")
    access_log_entries: list[str] = attribute("What the citizen's access log would say.")
    problems: list[Problem] = attribute(
        "What mutations would answer; or why the operation cannot be run at all, with the error's code."
    )


async def explained(
    _: Sequence[Any],
    request: Request,
    operation: Annotated[str, strawberry.argument(description="The GraphQL document.")],
    variables: Annotated[JSON | None, strawberry.argument(description="Its variables, a JSON object.")] = None,
    operation_name: Annotated[
        str | None, strawberry.argument(description="Which operation, where the document has several.")
    ] = None,
) -> list[Any]:
    """One explanation for the one parent that a root field has."""
    return [await request.explain(operation, variables, operation_name)]
