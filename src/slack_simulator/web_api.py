"""One Web API call from name and arguments to Slack's answer, without HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from slack_simulator.arguments import Arguments
from slack_simulator.engine import Engine
from slack_simulator.errors import SlackError, invalid_arguments
from slack_simulator.facts import MethodFacts, method_facts
from slack_simulator.faults import Fault
from slack_simulator.limits import RateLimitedError
from slack_simulator.methods import METHODS
from slack_simulator.methods.calls import Call
from slack_simulator.methods.open_methods import OPEN_METHODS
from slack_simulator.tokens import authenticate
from slack_simulator.workspace import Installation

# These methods have an error of their own for a missing argument and ask for it themselves.
_OWN_MISSING_ERRORS = {"channel", "ts", "user", "timestamp", "name", "view", "token"}


@dataclass(slots=True)
class Answer:
    """What Slack answers; `status` is HTTP's and 200 for nearly everything, errors included."""

    body: dict[str, Any]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def perform(engine: Engine, method: str, values: dict[str, Any], token: str | None) -> Answer:
    """Run one call to its answer; what Slack refuses is an answer too."""
    headers: dict[str, str] = {}
    try:
        facts, arguments = get_facts(method), Arguments(values)
        if facts.caller == "anyone":
            return Answer({"ok": True, **OPEN_METHODS[method](engine, arguments)})
        installation = authenticate(engine.state, token, facts)
        headers = _scope_headers(installation, facts)
        channel = channel_of(engine, values)
        engine.limits.check(facts, team=installation.team, app=installation.app.id, channel=channel)
        refuse_missing(arguments, facts)
        return Answer({"ok": True, **METHODS[method](Call(method, arguments, engine, installation))}, headers=headers)
    except RateLimitedError as refused:
        waiting = {} if refused.header is None else {"Retry-After": refused.header}
        return Answer(refused.body(), 429, headers | waiting)
    except SlackError as refused:
        return Answer(refused.body(), headers=headers)


def get_facts(method: str) -> MethodFacts:
    """What is known of the method; raises `unknown_method`."""
    facts = method_facts().get(method)
    if facts is None:
        raise SlackError("unknown_method", req_method=method)
    return facts


def hide_for_a_while(engine: Engine, answer: Answer, fault: Fault) -> None:
    """Keep the message that `answer` tells of out of history for `fault.seconds`."""
    channel = engine.state.channels.get(str(answer.body.get("channel")))
    message = None if channel is None else channel.messages.get(str(answer.body.get("ts")))
    if message is not None:
        message.visible_from = engine.clock.now() + fault.seconds


async def perform_later(engine: Engine, method: str, values: dict[str, Any], token: str | None, fault: Fault) -> None:
    """Do the work `fault.seconds` late on the simulator's clock; nobody hears the answer."""
    await engine.clock.sleep_until(engine.clock.now() + fault.seconds)
    perform(engine, method, values, token)


def channel_of(engine: Engine, values: dict[str, Any]) -> str | None:
    """The id of the channel that a call is about, whatever way it is named."""
    named = values.get("channel")
    if not isinstance(named, str):
        return None
    if named in engine.state.channels:
        return named
    return next(
        (each.id for each in engine.state.channels.values() if each.name and each.name == named.removeprefix("#")),
        named,
    )


def refuse_missing(arguments: Arguments, facts: MethodFacts) -> None:
    """Raise `invalid_arguments` for what every call of the method must have."""
    missing = [name for name in facts.required if name not in _OWN_MISSING_ERRORS and name not in arguments]
    if missing:
        raise invalid_arguments(*(f"missing required field: {name}" for name in missing))


def _scope_headers(installation: Installation, facts: MethodFacts) -> dict[str, str]:
    return {"X-OAuth-Scopes": ",".join(sorted(installation.scopes)), "X-Accepted-OAuth-Scopes": ",".join(facts.scopes)}
