"""What the page does beyond the controls: reading, opening a DM, filling in a view, asking what Slack would refuse."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import signature
from typing import Any

from slack_simulator.block_kit import validate_attachments, validate_blocks, validate_view
from slack_simulator.block_kit.payload import BLOCKS_CHARACTERS
from slack_simulator.controls import run_control
from slack_simulator.delivery import interactions
from slack_simulator.delivery.elements import choose, find_element, remember
from slack_simulator.engine import Engine
from slack_simulator.errors import NotPossibleError

JSON = dict[str, Any]


async def do_deed(engine: Engine, name: str, arguments: JSON) -> Any:  # noqa: ANN401 -- any JSON
    """Do a deed of the page, or a control where the page has none of that name.

    Raises:
        NotPossibleError: neither has it, wrong arguments, or Slack's client would not let a person do it.
    """
    deed = DEEDS.get(name)
    if deed is None:
        return await run_control(engine, name, arguments)
    try:
        signature(deed).bind(engine, **arguments)
    except TypeError as wrong:
        raise NotPossibleError(f"{name}: {wrong}") from None
    return await deed(engine, **arguments)


async def read(engine: Engine, *, user: str, channel: str) -> None:
    """`user` has seen all of `channel`."""
    where = engine.state.get_channel(channel)
    newest = where.roots[-1] if where.roots else ""
    if where.last_read.get(user, "") < newest:
        where.last_read[user] = newest
        engine.changes.notify()


async def open_direct(engine: Engine, *, user: str, other: str) -> str:
    """The conversation of two; returns its id."""
    person = engine.state.get_user(user)
    direct, was_open = engine.state.open_direct(person.team, frozenset((person.id, engine.state.get_user(other).id)))
    if not was_open:
        engine.changes.notify()
    return direct.id


async def fill(engine: Engine, *, user: str, view_id: str, values: list[JSON]) -> None:
    """Set inputs of a view without sending anything; each value is {block_id, action_id, chosen}.

    By block as well as by action: two inputs of one view may share an action_id.
    """
    place = interactions.place_of_view(engine, view_id, engine.state.get_user(user))
    for value in values:
        block, element = find_element(place.blocks, value["action_id"], value["block_id"])
        offered = engine.offered.get((place.app.id, value["action_id"]), [])
        remember(place.chosen, block, element, choose(element, value["chosen"], offered))


async def inspect(_engine: Engine, *, payload: JSON) -> JSON:
    """What Slack would refuse in `payload`: a view, or a message's {blocks, attachments}."""
    if payload.get("type") in {"modal", "home"}:
        problems = validate_view(payload)
    else:
        problems = validate_blocks(payload.get("blocks", []), surface="message")
        problems += validate_attachments(payload.get("attachments", []))
    return {
        "problems": [{"message": each.message, "pointer": each.pointer, "error": each.error} for each in problems],
        "most_characters": BLOCKS_CHARACTERS,
    }


Deed = Callable[..., Awaitable[Any]]
DEEDS: dict[str, Deed] = {"fill": fill, "inspect": inspect, "open_direct": open_direct, "read": read}
