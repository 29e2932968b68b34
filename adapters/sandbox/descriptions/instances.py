"""JSON values that a schema allows: each alternative, each listed value, absent and present, bounds, in turn."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any

from adapters.sandbox.descriptions.dialect import HEIR, Dialect
from adapters.sandbox.descriptions.texts import a_text, plausible

_DEEP = 5
_DEEPEST = 14
_BUDGET = 300
_TRIES = 12
_SECOND = 0.3
_USUAL = 1000
_PER_INSTANCE = 8
_AT_LEAST = 60
_HARD = frozenset(
    {"not", "contains", "if", "dependentRequired", "dependentSchemas", "uniqueItems", "unevaluatedProperties", "oneOf"}
)
"""Keywords that what is written is tried against at once, since it is not written by them."""
_OTHERS = ("value", "other", "Ābols", "x-1")
_ANY: tuple[Any, ...] = ("text", 7, Decimal("0.30"), True, None, [1, "a"], {"a": {"b": "0012"}})
_TYPES = ("object", "string", "integer", "number", "boolean", "array", "null")


class _TooDeepError(Exception):
    pass


class Instances:
    """Writes instances of the schemas of one contract and direction.

    Args:
        seed: the same seed, the same instances.
        expressible: values for parameters, which have no way to say an empty list or text, or a mark within one.
        typical: what a reader expects: everything there once, texts that go with their names, nothing at its bounds.
    """

    def __init__(self, dialect: Dialect, seed: int, *, expressible: bool = False, typical: bool = False) -> None:
        self._dialect = dialect
        self._random = Random(seed)  # noqa: S311 - writes examples, keeps no secret
        self._turns: dict[tuple[int, str], list[int]] = {}
        self._left = 0
        self._expressible = expressible
        self._typical = typical
        self._name = ""
        self._kept: list[Any] = []

    def some(self, schema: Any, count: int) -> Iterator[Any]:
        """Up to ``count`` instances, each of them valid; fewer where no more are found."""
        judge = self._dialect.validator(schema)
        for _ in range(_AT_LEAST + count * _PER_INSTANCE):
            if count <= 0:
                return
            self._left = _BUDGET
            try:
                made = self._value(schema, 0)
            except (_TooDeepError, RecursionError):
                continue
            if judge.is_valid(made):
                count -= 1
                yield made

    def one(self, schema: Any) -> Any:
        """An instance. Raises: LookupError where none is found."""
        for made in self.some(schema, 1):
            return made
        raise LookupError("no instance found")

    def _turn(self, schema: Any, key: str, count: int) -> int:
        """Which of ``count`` comes next: each in its turn at each place of the contract."""
        self._kept.append(schema)  # Its identity is the place, so it must not be another's meanwhile.
        if self._typical:
            return {"size": int(self._random.random() < _SECOND), "number": 0, "if": 0}.get(
                key, self._random.randrange(count)
            )
        deck = self._turns.setdefault((id(schema), key), [])
        if not deck:
            deck += self._random.sample(range(count), count)
        return deck.pop() % count

    def _value(self, schema: Any, depth: int) -> Any:
        """A value; where a hard condition stands on this level, one that is valid, if some tries find one."""
        made = self._tried(schema, depth)
        if isinstance(schema, dict) and depth and not _HARD.isdisjoint(schema):
            judge = self._dialect.validator(schema)
            for _ in range(_TRIES):
                if judge.is_valid(made):
                    break
                made = self._tried(schema, depth)
        return made

    def _tried(self, schema: Any, depth: int) -> Any:
        if depth > _DEEPEST:
            raise _TooDeepError
        self._left -= 1
        if schema is True or schema == {}:
            return self._random.choice(_ANY if not self._expressible else ("text", "0012"))
        if schema is False:
            raise _TooDeepError
        place = schema
        flat = self._flat(schema, depth)
        if "const" in flat:
            return flat["const"]
        if "enum" in flat:
            return flat["enum"][self._turn(place, "enum", len(flat["enum"]))]
        types = flat.get("types", ())
        if not types:
            types = ("object",) if "properties" in flat or "additionalProperties" in flat else ()
            types = types or (("array",) if "items" in flat or "prefixItems" in flat else ())
            types = types or (("string",) if flat.get("patterns") or "maxLength" in flat or "format" in flat else ())
            types = types or ("string", "integer", "boolean")
        if self._typical:
            types = tuple(one for one in types if one != "null") or types
        kind = types[self._turn(place, "type", len(types))]
        match kind:
            case "object":
                return self._object(flat, place, depth)
            case "array":
                return self._array(flat, place, depth)
            case "string":
                return self._text(flat)
            case "integer" | "number":
                return self._number(flat, place, whole=kind == "integer")
            case "boolean":
                return bool(self._turn(place, "boolean", 2))
        return None

    # ------------------------------------------------------------ what a schema says, on one level

    def _flat(self, schema: Any, depth: int, ancestors: tuple[int, ...] = ()) -> dict[str, Any]:
        """The schema with its references, ``allOf`` and one alternative taken in."""
        if isinstance(schema, bool):
            return {} if schema else {"types": [], "const": object()}
        if len(ancestors) > _DEEPEST or id(schema) in ancestors:
            raise _TooDeepError
        inside = (*ancestors, id(schema))
        flat: dict[str, Any] = {}
        for key, value in schema.items():
            match key:
                case "type":
                    flat["types"] = [value] if isinstance(value, str) else list(value)
                case "pattern":
                    flat["patterns"] = [value]
                case "properties":
                    flat["properties"] = {name: [inner] for name, inner in value.items()}
                case "items" | "additionalProperties" | "unevaluatedProperties":
                    flat[key] = value
                case "$ref" | "allOf" | "oneOf" | "anyOf" | "discriminator" | "if" | "then" | "else":
                    pass
                case _:
                    flat[key] = value
        if "$ref" in schema:
            flat = _merged(flat, self._flat(self._dialect.named(schema["$ref"]), depth, inside))
        for part in schema.get("allOf", ()):
            if isinstance(part, dict) and HEIR in part:
                continue  # The discriminator itself leads there.
            flat = _merged(flat, self._flat(part, depth, inside))
        for key in ("oneOf", "anyOf"):
            if key in schema:
                flat = _merged(flat, self._alternative(schema, key, depth, inside))
        if "if" in schema:
            chosen = ["if", "then"] if self._turn(schema, "if", 2) and "then" in schema else ["else"]
            for key in chosen:
                if key in schema:
                    flat = _merged(flat, self._flat(schema[key], depth, inside))
        if "discriminator" in schema and "oneOf" not in schema and "anyOf" not in schema:
            flat = _merged(flat, self._heir(schema, depth, inside))
        return flat

    def _alternative(self, schema: Any, key: str, depth: int, inside: tuple[int, ...]) -> dict[str, Any]:
        listed = schema[key]
        at = self._turn(schema, key, len(listed))
        chosen = listed[at]
        if self._typical and chosen == {"type": "null"}:
            chosen = listed[at - 1]
        if depth > _DEEP and {"type": "null"} in listed:
            chosen = {"type": "null"}
        flat = self._flat(chosen, depth, inside)
        told = schema.get("discriminator")
        if isinstance(told, dict) and isinstance(chosen, dict) and "$ref" in chosen:
            mapping = told.get("mapping") or {}
            values = [value for value, target in mapping.items() if target == chosen["$ref"]]
            flat["told"] = {told["propertyName"]: (values or [chosen["$ref"].rsplit("/", 1)[-1]])[0]}
        return flat

    def _heir(self, schema: Any, depth: int, inside: tuple[int, ...]) -> dict[str, Any]:
        """What a schema with a discriminator of its own becomes: one of those that its values lead to."""
        told = schema["discriminator"]
        if not isinstance(told, dict) or not told.get("mapping"):
            return {}
        mapping = [(value, target, self._dialect.named(target)) for value, target in told["mapping"].items()]
        if any(id(heir) in inside and heir is not schema for _, _, heir in mapping):
            return {}  # It is being read as the base of one of them.
        value, _, heir = mapping[self._turn(schema, "heir", len(mapping))]
        if heir is schema:
            return {"told": {told["propertyName"]: value}}
        flat = self._flat(heir, depth, tuple(one for one in inside if one != id(schema)))
        return {**flat, "told": {told["propertyName"]: value}}

    # ------------------------------------------------------------ values of each kind

    def _object(self, flat: dict[str, Any], place: Any, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        required = flat.get("required", [])
        told = flat.get("told", {})
        for name, parts in flat.get("properties", {}).items():
            if name in told:
                made[name] = told[name]
                continue
            if name not in required and not self._wants(place, name, depth):
                continue
            self._name = name
            try:
                made[name] = self._value(parts[0] if len(parts) == 1 else {"allOf": parts}, depth + 1)
            except _TooDeepError:
                if name in required:
                    raise
        if self._expressible and not made and flat.get("properties"):
            name, parts = next(iter(flat["properties"].items()))
            made[name] = self._value(parts[0], depth + 1)
        for name in required:
            if name not in made:
                made[name] = told.get(name, self._additional(flat, depth))
        made.update({name: value for name, value in told.items() if name not in made})
        others = flat.get("additionalProperties", flat.get("unevaluatedProperties", True))
        free = others is not False and not self._expressible and not self._typical
        wanted = self._turn(place, "others", 4) if free else 0
        low = flat.get("minProperties", 0)
        if others is True and "additionalProperties" not in flat:
            wanted = int(wanted == 3 and depth <= 1)
        for name in _OTHERS:
            if wanted <= 0 and len(made) >= low:
                break
            if name not in made and not flat.get("patternProperties"):
                wanted -= 1
                try:
                    made[name] = self._additional(flat, depth)
                except _TooDeepError:
                    break
        for name, inner in flat.get("patternProperties", {}).items():
            key = a_text({"patterns": [name]}, self._random)
            if self._wants(place, name, depth) and key not in made:
                made[key] = self._value(inner, depth + 1)
        return made

    def _additional(self, flat: dict[str, Any], depth: int) -> Any:
        return self._value(flat.get("additionalProperties", flat.get("unevaluatedProperties", True)), depth + 1)

    def _wants(self, place: Any, name: str, depth: int) -> bool:
        if self._left < 0 or depth > _DEEP:
            return False
        return self._typical or self._turn(place, f"wants {name}", 3) != 0

    def _array(self, flat: dict[str, Any], place: Any, depth: int) -> list[Any]:
        low, high = flat.get("minItems", 0), flat.get("maxItems")
        low = max(low, 1) if self._expressible else low
        sizes = [max(low, 1), max(low, 1) + 1] if self._typical else []
        sizes += [low, low + 1, low + 2 if high is None or high > 30 else high]
        size = low if depth > _DEEP or self._left < 0 else sizes[self._turn(place, "size", 3)]
        size = size if high is None else min(size, high)
        prefix = flat.get("prefixItems", [])
        made: list[Any] = []
        for at in range(size):
            inner = prefix[at] if at < len(prefix) else flat.get("items", True)
            for _ in range(_TRIES):
                try:
                    value = self._value(inner, depth + 1)
                except _TooDeepError:
                    if at >= low:
                        return made
                    raise
                if not flat.get("uniqueItems") or value not in made:
                    made.append(value)
                    break
        return made

    def _text(self, flat: dict[str, Any]) -> str:
        if self._typical:
            wanted = plausible(flat, self._name, self._random)
            if wanted is not None:
                return wanted
        if self._expressible:
            flat = {**flat, "minLength": max(1, flat.get("minLength", 0))}
        return a_text(flat, self._random)

    def _number(self, flat: dict[str, Any], place: Any, *, whole: bool) -> Any:
        low, high = flat.get("minimum"), flat.get("maximum")
        if "exclusiveMinimum" in flat:
            low = flat["exclusiveMinimum"] + (1 if whole else Decimal("0.01"))
        if "exclusiveMaximum" in flat:
            high = flat["exclusiveMaximum"] - (1 if whole else Decimal("0.01"))
        step = flat.get("multipleOf")
        bounds = [bound for bound in (low, high) if bound is not None]
        if self._typical and (low is None or low <= 0) and (high is None or high > _USUAL):
            low, high, bounds = 0, _USUAL, []
        start = low if low is not None else high - 1000 if high is not None else -5
        within = start + self._random.randrange(
            0, max(1, int(min(1000, (high if high is not None else start + 1000) - start)))
        )
        free = [within, *bounds]
        if not bounds and step is None and not self._expressible:
            free += (
                [0, 2**63 - 1]
                if whole
                else [0, Decimal("0.30"), Decimal("1E+3"), Decimal("-12345678901234567890.123456789")]
            )
            free += [2**70] if whole and flat.get("format") not in ("int32", "int64") else []
        value = free[self._turn(place, "number", len(free))]
        if step is not None:
            value = (Decimal(value) // step) * step if not whole else int(value // step * step)
            value = value + step if low is not None and value < low else value
        return int(value) if whole else value


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    made = dict(one)
    for key, value in other.items():
        if key not in made:
            made[key] = value
            continue
        match key:
            case "types":
                integer = {"integer", "number"}
                both = [kind for kind in made[key] if kind in value]
                mixed = ["integer"] if not both and integer <= {*made[key], *value} else []
                made[key] = both or mixed
            case "properties":
                names = dict(made[key])
                for name, parts in value.items():
                    names[name] = [*names.get(name, []), *parts]
                made[key] = names
            case "required" | "patterns":
                made[key] = list(dict.fromkeys([*made[key], *value]))
            case "enum":
                made[key] = [each for each in made[key] if each in value]
            case "minimum" | "minLength" | "minItems" | "minProperties" | "exclusiveMinimum":
                made[key] = max(made[key], value)
            case "maximum" | "maxLength" | "maxItems" | "maxProperties" | "exclusiveMaximum":
                made[key] = min(made[key], value)
            case "told" | "patternProperties":
                made[key] = {**made[key], **value}
            case "items":
                made[key] = {"allOf": [made[key], value]}
            case "additionalProperties":
                made[key] = value if made[key] is True else made[key]
    return made
