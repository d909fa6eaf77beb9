"""Everything that a test, the page or a person at the command line can do to the simulator, by name."""

from __future__ import annotations

import inspect
from typing import Any

import msgspec

from slack_simulator.controls.acting import ACTING
from slack_simulator.controls.changing import CHANGING
from slack_simulator.controls.reading import READING
from slack_simulator.engine import Engine
from slack_simulator.errors import NotPossibleError, SlackError

CONTROLS: dict[str, Any] = READING | ACTING | CHANGING


async def run_control(engine: Engine, name: str, arguments: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    """Run one control in the engine's loop; the result is plain JSON and shares nothing with the engine.

    Raises:
        NotPossibleError: no such control, wrong arguments, or Slack's client would not let a person do it.
    """
    control = CONTROLS.get(name)
    if control is None:
        raise NotPossibleError(f"there is no control {name}; there are {', '.join(sorted(CONTROLS))}")
    try:
        inspect.signature(control).bind(engine, **arguments)
    except TypeError as wrong:
        raise NotPossibleError(f"{name}: {wrong}") from None
    try:
        result = control(engine, **arguments)
        return msgspec.to_builtins(await result if inspect.isawaitable(result) else result)
    except SlackError as refused:
        raise NotPossibleError(refused.code) from None
