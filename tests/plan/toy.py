"""A small invented graph in which everything happens that may happen to a value: nulls, errors, refusals, odd values.

What a field answers follows from its parent's number and its arguments alone, so that it does not matter with how many
parents a batch function is called. Every kind of trouble has its own numbers.
"""

import enum
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, NewType, Optional, Union

import strawberry
from graphql import GraphQLError
from graphql.utilities import value_from_ast_untyped
from strawberry.schema.config import StrawberryConfig

from gateway.plan.compile import Graph
from schema.graph.declare import Door, attribute, relation
from schema.ports import FieldError
from schema.terms import ErrorCode

BEINGS = 9
Money = NewType("Money", Decimal)
JSON = NewType("JSON", object)


class Record:
    """A record type that a register answers."""


def _money(value: object) -> Decimal:
    if not isinstance(value, str):
        raise GraphQLError("This is not a Money.")
    try:
        return Decimal(value)
    except ArithmeticError:
        raise GraphQLError("This is not a Money.") from None


SCALARS: dict[object, Any] = {
    Money: strawberry.scalar(name="Money", serialize=lambda value: format(value, "f"), parse_value=_money),
    JSON: strawberry.scalar(
        name="JSON",
        serialize=lambda value: value,
        parse_value=lambda value: value,
        parse_literal=value_from_ast_untyped,
    ),
}


@strawberry.enum
class Tag(enum.Enum):
    RED = "r"
    GREEN = "g"
    BLUE = strawberry.enum_value("b", deprecation_reason="faded")


@strawberry.input
class Filter:
    tag: Tag | None = Tag.RED
    least: int = 1
    inner: Optional["Filter"] = None
    words: list[str] | None = None
    rows: list[list[int | None] | None] | None = None
    any: JSON | None = None


@strawberry.input(one_of=True)
class Pick:
    number: strawberry.Maybe[int]
    word: strawberry.Maybe[str]


def _error(code: ErrorCode, register: str | None = None) -> FieldError:
    return FieldError(code, f"Trouble: {code.value}.", rule="toy-rule", remedy="None.", register=register)


def _being(number: int) -> Any:
    kinds = (Human, Robot, Plant)
    return kinds[number % 3](number=number % BEINGS)


async def _friends(beings: Sequence[Any], request: Any) -> list[Any]:
    def answer(number: int) -> Any:
        if number == 4:
            return None
        if number == 7:
            return _error(ErrorCode.PROTECTED)
        return _being(number * 2 + 1)

    return [answer(each.number) for each in beings]


async def _best(beings: Sequence[Any], request: Any) -> list[Any]:
    return [None if each.number == 2 else _being(each.number + 3) for each in beings]


async def _circle(
    beings: Sequence[Any],
    request: Any,
    first: Annotated[int, strawberry.argument(description="How many.")] = 2,
) -> list[Any]:
    def item(number: int, place: int) -> Any:
        if (number + place) % 8 == 5:
            return None
        if (number + place) % 8 == 6:
            return _error(ErrorCode.REGISTER_UNAVAILABLE, "toys")
        return _being(number + place)

    if first < 0 or first > 9:
        raise _error(ErrorCode.VARIABLES)
    return [[item(each.number, place) for place in range(first)] for each in beings]


async def _rows(beings: Sequence[Any], request: Any) -> list[Any]:
    def answer(number: int) -> Any:
        rows: list[Any] = [[_being(number), _being(number + 1)], [], [_being(number + 2)]]
        if number == 1:
            rows[1] = None
        if number == 3:
            rows[0][1] = None
        if number == 5:
            rows[2][0] = _error(ErrorCode.FORBIDDEN)
        return rows

    return [answer(each.number) for each in beings]


async def _numbers(beings: Sequence[Any], request: Any) -> list[Any]:
    def answer(number: int) -> Any:
        return {1: [[1, None], [2]], 2: [[1], None], 3: [[1, 2**40], [3]], 4: None, 5: [5, [6]], 6: "text"}.get(
            number, [[number, number + 1], []]
        )

    return [answer(each.number) for each in beings]


async def _broken(beings: Sequence[Any], request: Any) -> list[Any]:
    raise _error(ErrorCode.REGISTER_NOT_CONNECTED)


async def _crashing(beings: Sequence[Any], request: Any) -> list[Any]:
    raise RuntimeError("nobody may read this")


async def _short(beings: Sequence[Any], request: Any) -> list[Any]:
    return []


async def _money_of(beings: Sequence[Any], request: Any) -> list[Any]:
    return ["no money" if each.number == 6 else Decimal(each.number) / 4 for each in beings]


async def _purse(beings: Sequence[Any], request: Any) -> list[Any]:
    return [[Decimal(1), "no money" if each.number in (0, 6) else Decimal("0.10"), None] for each in beings]


async def _thing(beings: Sequence[Any], request: Any) -> list[Any]:
    def answer(number: int) -> Any:
        if number == 3:
            return object()
        if number == 6:
            return Counter(value=1)
        return Place(name="a place", number=number) if number % 2 else _being(number + 1)

    return [answer(each.number) for each in beings]


async def _things(beings: Sequence[Any], request: Any) -> list[Any]:
    return [[_being(each.number), *await _thing([each], request), Place(name="b", number=2)] for each in beings]


async def _held(beings: Sequence[Any], request: Any) -> list[Any]:
    request.reads.append(len(beings))
    return [
        _error(ErrorCode.REGISTER_UNAVAILABLE, "toys") if each.number == 1 else _being(each.number + 4)
        for each in beings
    ]


async def _held_list(beings: Sequence[Any], request: Any) -> list[Any]:
    return [None if each.number == 6 else [_being(each.number + 1), _being(each.number + 2)] for each in beings]


async def _own(beings: Sequence[Any], request: Any) -> list[Any]:
    return [Human(number=(each.number + 5) % BEINGS) for each in beings]


async def _makers(beings: Sequence[Any], request: Any) -> list[Any]:
    return [_being(each.number + 5) for each in beings]


async def _echo(
    beings: Sequence[Any],
    request: Any,
    text: Annotated[str | None, strawberry.argument(description="Text.")] = "default",
    number: Annotated[int, strawberry.argument(description="Number.")] = 3,
    ratio: Annotated[float | None, strawberry.argument(description="Ratio.")] = strawberry.UNSET,
    yes: Annotated[bool | None, strawberry.argument(description="Yes.")] = strawberry.UNSET,
    tags: Annotated[list[Tag | None] | None, strawberry.argument(description="Tags.")] = strawberry.UNSET,
    filter: Annotated[Filter | None, strawberry.argument(description="Filter.")] = strawberry.UNSET,  # noqa: A002
    pick: Annotated[Pick | None, strawberry.argument(description="Pick.")] = strawberry.UNSET,
    rows: Annotated[list[list[int]] | None, strawberry.argument(description="Rows.")] = strawberry.UNSET,
    money: Annotated[Money | None, strawberry.argument(description="Money.")] = strawberry.UNSET,
    any: Annotated[JSON | None, strawberry.argument(description="Anything.")] = strawberry.UNSET,  # noqa: A002
    source: Annotated[strawberry.ID | None, strawberry.argument(description="Id.")] = strawberry.UNSET,
) -> list[Any]:
    said = repr((text, number, ratio, yes, tags, filter, pick, rows, money, any, source))
    return [said for _ in beings]


async def _needs(
    beings: Sequence[Any],
    request: Any,
    number: Annotated[int, strawberry.argument(description="Number.")],
    words: Annotated[list[str], strawberry.argument(description="Words.")],
) -> list[Any]:
    return [len(words) + number for _ in beings]


@strawberry.interface
class Named:
    name: str = attribute("Name.")


@strawberry.interface
class Being(Named):
    number: int = attribute("Number.")
    friend = relation(_friends, Optional["Being"], "Sometimes nobody.")
    circle = relation(_circle, list[Optional["Being"]], "Some of them missing.")


_AnyThing = Annotated[
    Union[  # noqa: UP007 - names that do not exist yet
        Annotated["Human", strawberry.lazy("tests.plan.toy")],
        Annotated["Robot", strawberry.lazy("tests.plan.toy")],
        Annotated["Place", strawberry.lazy("tests.plan.toy")],
    ],
    strawberry.union("Thing"),
]
_AHuman = Annotated["Human", strawberry.lazy("tests.plan.toy")]


@strawberry.type
class Human(Being):
    number: int = attribute("Number.")
    name: str = attribute("Name.", default="human")
    tag: Tag = attribute("Tag.", default=Tag.GREEN)
    odd_tag: Tag | None = attribute("No tag.", default="no tag")
    hidden: int | None = attribute("An error.", default=_error(ErrorCode.FORBIDDEN))
    large: int | None = attribute("Too large.", default=2**31)
    ratio: float | None = attribute("No number.", default=math.nan)
    best = relation(_best, Being, "Nobody, where nobody is not allowed.")
    strict_circle = relation(_circle, list[Being], "Some missing, where none may be.")
    rows = relation(_rows, list[list[Being]] | None, "Rows.")
    loose_rows = relation(_rows, list[list[Being | None] | None], "Rows with gaps.")
    numbers = relation(_numbers, list[list[int]] | None, "Numbers.")
    loose_numbers = relation(_numbers, list[list[int | None] | None] | None, "Numbers with gaps.")
    broken = relation(_broken, int | None, "An error for all.")
    crashing = relation(_crashing, Being | None, "An accident for all.")
    short = relation(_short, list[int] | None, "Too few answers.")
    money = relation(_money_of, Money | None, "Money.")
    purse = relation(_purse, list[Money | None] | None, "Money.")
    strict_purse = relation(_purse, list[Money] | None, "Money.")
    thing = relation(_thing, _AnyThing | None, "Of a union.")
    things = relation(_things, list[_AnyThing | None], "Of a union.")
    held = relation(_held, Being | None, "Of a register.", reads={Record: None})
    held_strictly = relation(_held_list, list[Being], "Of a register.", reads={Record: None})
    own = relation(_own, _AHuman | None, "Behind a door.", opens=Door.ME)
    echo = relation(_echo, str, "What was understood.")
    needs = relation(_needs, int | None, "Needs arguments.")


@strawberry.type
class Robot(Being):
    number: int = attribute("Number.")
    name: str = attribute("Name.", default="robot")
    tag: Tag | None = attribute("Tag, which may be missing here.", default=None)
    best = relation(_best, Being | None, "Nobody.")
    maker = relation(
        _makers, Annotated["Being", strawberry.lazy("tests.plan.toy")], "Behind a door.", opens=Door.MANDATE
    )
    strict_crash = relation(_crashing, int, "An accident where there must be a number.")
    held = relation(_held, Being, "Of a register.", reads={Record: None})


@strawberry.type
class Plant(Being):
    number: int = attribute("Number.")
    name: str = attribute("Name.", default="plant")
    secret: str = attribute("An error, where there must be a text.", default=_error(ErrorCode.PROTECTED))
    tags: list[Tag] = attribute("Tags.", default=(Tag.RED, Tag.BLUE))
    marks: list[list[Tag | None] | None] | None = attribute("Tags.", default=((Tag.RED, None), None, ()))
    owner = relation(_own, _AHuman, "Behind a door.", opens=Door.ME)


@strawberry.type
class Place(Named):
    number: int = attribute("Number.")
    beings = relation(_circle, list[Being | None] | None, "Who is there.")
    nothing: str | None = attribute("Nothing.", default=None)


async def _now(counters: Sequence[Any], request: Any) -> list[Any]:
    return [request.value for _ in counters]


@strawberry.type
class Counter:
    value: int = attribute("Value then.")
    held = relation(_held, Being | None, "Of a register.", reads={Record: None})

    number: strawberry.Private[int] = 0
    now = relation(_now, int, "Value when this is read.")


async def _one(
    _: Sequence[Any], request: Any, number: Annotated[int | None, strawberry.argument(description="Which.")] = 0
) -> list[Any]:
    return [None if number is None else _being(number)]


async def _human(
    _: Sequence[Any], request: Any, number: Annotated[int, strawberry.argument(description="Which.")] = 1
) -> list[Any]:
    return [Human(number=number % BEINGS)]


async def _all(_: Sequence[Any], request: Any) -> list[Any]:
    return [[_being(number) for number in range(BEINGS)]]


async def _humans(_: Sequence[Any], request: Any) -> list[Any]:
    return [[Human(number=number) for number in range(1, 5)]]


async def _nobody(_: Sequence[Any], request: Any) -> list[Any]:
    return [[]]


async def _place(_: Sequence[Any], request: Any) -> list[Any]:
    return [Place(name="the place", number=4)]


async def _union(_: Sequence[Any], request: Any) -> list[Any]:
    return [[_being(0), _being(1), Place(name="c", number=1), None, _error(ErrorCode.FORBIDDEN)]]


async def _bump(
    _: Sequence[Any], request: Any, by: Annotated[int, strawberry.argument(description="By.")] = 1
) -> list[Any]:
    request.value += by
    return [Counter(value=request.value)]


async def _refuse(_: Sequence[Any], request: Any) -> list[Any]:
    request.value += 100
    return [_error(ErrorCode.QUOTA_EXCEEDED)]


@strawberry.type
class Query:
    being = relation(_one, Being | None, "One.")
    human = relation(_human, Human, "One human.")
    maybe_human = relation(_human, Human | None, "One human.")
    beings = relation(_all, list[Being], "All.")
    loose_beings = relation(_all, list[Being | None] | None, "All.")
    humans = relation(_humans, list[Human | None] | None, "Behind a door each.", opens=Door.ME)
    nobody = relation(_nobody, list[Human], "An empty list.")
    place = relation(_place, Place | None, "The place.")
    things = relation(_union, list[_AnyThing | None] | None, "Of a union.")
    crashing = relation(_crashing, Human | None, "An accident.")


@strawberry.type
class Mutation:
    bump = relation(_bump, Counter, "Counts.")
    maybe_bump = relation(_bump, Counter | None, "Counts.")
    refuse = relation(_refuse, Counter | None, "Fails, but has counted.")
    refuse_strictly = relation(_refuse, Counter, "Fails, but has counted.")


GRAPH = Graph(
    strawberry.federation.Schema(
        query=Query, mutation=Mutation, types=[Human, Robot, Plant, Place], config=StrawberryConfig(scalar_map=SCALARS)
    )
)
