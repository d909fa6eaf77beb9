"""Payloads that are almost Slack's: one seed always makes the same one."""

import random
from collections.abc import Iterator
from typing import Any

STRANGE: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "",
    " ",
    "\x00",
    "\ud7ff\u202e<!channel>",
    "x" * 5000,
    "v1:" + "f" * 32,
    "v0:" + "0" * 32,
    "user:1",
    "../../etc/passwd",
    "' OR 1=1 --",
    "issue.resolve",
    "U0OLGA",
    [],
    {},
    [[]],
    {"id": {"id": "T0ACME"}},
    [{"value": "v1:"}],
)


def mutate(payload: dict[str, Any], seed: int) -> dict[str, Any]:
    """`payload` with one to four of its parts replaced, dropped, doubled or swapped."""
    chance = random.Random(seed)
    mutated = _copy(payload)
    for _ in range(chance.randint(1, 4)):
        places = list(_places(mutated))
        if not places:
            break
        container, key = chance.choice(places)
        match chance.randrange(4):
            case 0:
                container[key] = _copy(chance.choice(STRANGE))
            case 1 if isinstance(container, dict):
                del container[key]
            case 2:
                container[key] = [container[key], container[key]]
            case _:
                other, other_key = chance.choice(places)
                container[key] = _copy(other[other_key])
    return mutated


def flip(raw: bytes, seed: int) -> bytes:
    """`raw` with one byte changed, added or taken away."""
    chance = random.Random(seed)
    place = chance.randrange(len(raw))
    match chance.randrange(3):
        case 0:
            return raw[:place] + bytes([raw[place] ^ chance.randint(1, 255)]) + raw[place + 1 :]
        case 1:
            return raw[:place] + bytes([chance.randrange(256)]) + raw[place:]
        case _:
            return raw[:place] + raw[place + 1 :]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield value, key
            yield from _places(each)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield value, number
            yield from _places(each)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(each) for key, each in value.items()}
    return [_copy(each) for each in value] if isinstance(value, list) else value
