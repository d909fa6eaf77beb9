"""The vocabulary in which Block Kit's tables are written; each word holds a JSON value against itself."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from slack_simulator.block_kit.problems import Problem, failed, missing, wrong_type

JSONObject = dict[str, object]
Rule = Callable[[JSONObject, str], Iterator[Problem]]
"""What ties several fields of one object together; asked only when each field is sound by itself."""


class Shape(Protocol):
    """What a JSON value must look like."""

    def check(self, value: object, pointer: str, /) -> Iterator[Problem]:
        """Every fault of `value`, which stands at `pointer`, outermost first.

        The tables nest to a fixed depth and nothing below a refused value is looked at, so this returns for any JSON
        value, however deep.
        """
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A string, lengths in characters (code points)."""

    maximum: int | None = None
    minimum: int = 0
    pattern: str | None = None

    def check(self, value: object, pointer: str, /) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield wrong_type("provide a string", pointer)
            return

        length = len(value)
        if self.maximum is not None and length > self.maximum:
            message = f"must be less than {self.maximum + 1} characters"
            yield failed(message, pointer, "max_length", expected=self.maximum, got=length)
        if length < self.minimum:
            message = f"must be more than {self.minimum - 1} characters"
            yield failed(message, pointer, "min_length", expected=self.minimum, got=length)
        elif self.pattern is not None and not re.fullmatch(self.pattern, value):
            message = f"input must match regex pattern: ^{self.pattern}$"
            yield failed(message, pointer, "pattern", expected=self.pattern, got=value)


@dataclass(frozen=True, slots=True)
class Number:
    """A number, whole unless `fractions`; JSON's true and false are none.

    Unbounded means 2**53 either way, the widest that every JSON reader keeps exactly.
    """

    minimum: int = -(2**53)
    maximum: int = 2**53
    fractions: bool = False

    def check(self, value: object, pointer: str, /) -> Iterator[Problem]:
        if isinstance(value, bool) or not isinstance(value, (int, float) if self.fractions else int):
            yield wrong_type("provide a number" if self.fractions else "provide an integer", pointer)
        elif value > self.maximum:
            yield failed(f"must be less than {self.maximum}", pointer, "maximum", expected=self.maximum, got=value)
        elif value < self.minimum:
            yield failed(f"must be greater than {self.minimum}", pointer, "minimum", expected=self.minimum, got=value)


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean."""

    def check(self, value: object, pointer: str, /) -> Iterator[Problem]:
        if not isinstance(value, bool):
            yield wrong_type("be a boolean", pointer)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few strings."""

    values: tuple[str, ...]

    def check(self, value: object, pointer: str, /) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield wrong_type("provide a string", pointer)
        elif value not in self.values:
            yield failed("must be a valid enum value", pointer, "enum", expected=list(self.values), got=value)


@dataclass(frozen=True, slots=True)
class Items:
    """An array whose items all have one shape."""

    of: Shape
    maximum: int | None = None
    minimum: int = 0

    def check(self, value: object, pointer: str, /) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield wrong_type("provide an array", pointer)
            return

        count = len(value)
        if self.maximum is not None and count > self.maximum:
            message = f"no more than {self.maximum} items allowed"
            yield failed(message, pointer, "max_items", expected=self.maximum, got=count)
        if count < self.minimum:
            message = f"must provide at least {self.minimum} items"
            yield failed(message, pointer, "min_items", expected=self.minimum, got=count)
        for index, item in enumerate(value):
            yield from self.of.check(item, f"{pointer}/{index}")


@dataclass(frozen=True, slots=True)
class Record:
    """An object with exactly these fields; any other key is refused, as Slack refuses it."""

    fields: Mapping[str, Shape]
    required: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()

    def check(self, value: object, pointer: str, /) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield wrong_type("provide an object", pointer)
            return

        found = [missing(name, pointer) for name in self.required if name not in value]
        for name, shape in self.fields.items():
            if name in value:
                found.extend(shape.check(value[name], f"{pointer}/{name}"))
        for name in value:
            if name not in self.fields:
                message = f"invalid additional property: {name}"
                found.append(failed(message, pointer, "additional_properties", got=name))
        if not found:
            for rule in self.rules:
                found.extend(rule(value, pointer))
        yield from found


@dataclass(frozen=True, slots=True)
class Tagged:
    """An object that is one of several records, told apart by its `type`."""

    variants: Mapping[str, Record]

    def check(self, value: object, pointer: str, /) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield wrong_type("provide an object", pointer)
        elif "type" not in value:
            yield missing("type", pointer)
        elif not isinstance(value["type"], str):
            yield wrong_type("provide a string", f"{pointer}/type")
        elif (variant := self.variants.get(value["type"])) is None:
            message = f"unsupported type: {value['type']}"
            yield failed(message, f"{pointer}/type", "enum", expected=sorted(self.variants), got=value["type"])
        else:
            yield from variant.check(value, pointer)


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Like `Tagged`, in the places where Slack first says that no schema matched and then why.

    Seen for a section's text: "failed to match all allowed schemas [json-pointer:/blocks/0/text]" comes before "must be
    less than 3001 characters [json-pointer:/blocks/0/text/text]" (https://github.com/grafana/oncall/issues/5121).
    """

    variants: Mapping[str, Record]

    def check(self, value: object, pointer: str, /) -> Iterator[Problem]:
        found = list(self._closest(value).check(value, pointer))
        if found:
            yield failed("failed to match all allowed schemas", pointer, "any_of")
            yield from found

    def _closest(self, value: object) -> Shape:
        kind = value.get("type") if isinstance(value, dict) else None
        if isinstance(kind, str) and kind in self.variants:
            return self.variants[kind]
        return Record({"type": Choice(tuple(self.variants)), "text": Text()}, required=("type",))
