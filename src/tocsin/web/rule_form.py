"""The form of a rule: what it is shown with, and what somebody chose in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from tocsin.http.visit import SignedInVisit
from tocsin.kernel.errors import InvalidInputError
from tocsin.rules.action import decode_actions
from tocsin.rules.conditions import CONDITIONS
from tocsin.rules.filters import LEVELS, OPERATORS, decode_filters
from tocsin.rules.models import Match, Rule
from tocsin.rules.repeat import REPEAT_WORDS, NewCardAfter, Repeat, parse_new_card_after
from tocsin.rules.windows import WINDOWS

BLANK_FILTERS = 2
"""Lines for further filters that each form has."""
LONGEST_NUMBER = 9
"""Digits."""

CHOICES: dict[str, Any] = {
    "windows": {name: span.words for name, span in WINDOWS.items()},
    "operators": OPERATORS,
    "levels": LEVELS,
    "repeats": REPEAT_WORDS,
}
"""What can be chosen from, whichever rule it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChoices:
    """What somebody chose, as `rules.edit` takes it."""

    when: Sequence[str]
    match: Match
    filters: Sequence[str]
    filter_match: Match
    interval_minutes: int
    """0 for none."""
    repeat: Repeat
    new_card_after: NewCardAfter


def read_choices(visit: SignedInVisit) -> RuleChoices:
    """What the form says; a field that it does not have means the usual.

    Raises:
        InvalidInputError: something was chosen that was not offered.
    """
    return RuleChoices(
        when=[_word(visit, kind) for kind in visit.form.get("when", [])],
        match=_match(visit, "match", Match.ANY),
        filters=_filters(visit),
        filter_match=_match(visit, "filter_match", Match.ALL),
        interval_minutes=_number(visit.field("interval_minutes") or "0", "minutes"),
        repeat=_repeat(visit),
        new_card_after=_new_card_after(visit),
    )


def _word(visit: SignedInVisit, kind: str) -> str:
    """The condition as it is typed elsewhere: what it counts stands in fields of their own."""
    fields = CONDITIONS[kind].__struct_fields__ if kind in CONDITIONS else ()
    return ":".join([kind, *(visit.field(f"{kind}.{name}") for name in fields)])


def _match(visit: SignedInVisit, name: str, usual: Match) -> Match:
    said = visit.field(name) or usual
    if said not in set(Match):
        raise InvalidInputError("Choose whether any is enough, or all are needed.")
    return Match(said)


def _filters(visit: SignedInVisit) -> list[str]:
    """Each line of the form as it is typed elsewhere; a line without a name is none."""
    parts = (visit.form.get(f"filter.{part}", []) for part in ("name", "operator", "value"))
    lines = [tuple(text.strip() for text in line) for line in zip(*parts, strict=False)]
    return [" ".join(filter(None, line)) for line in lines if line[0]]


def _number(text: str, of_what: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > LONGEST_NUMBER:
        raise InvalidInputError(f"Give a whole number of {of_what}.")
    return int(text)


def _repeat(visit: SignedInVisit) -> Repeat:
    said = visit.field("repeat") or Repeat.THREAD
    if said not in set(Repeat):
        raise InvalidInputError("Choose what is done if a card for the issue is already in the channel.")
    return Repeat(said)


def _new_card_after(visit: SignedInVisit) -> NewCardAfter:
    said = visit.field("new_card_after") or "resolve"
    return parse_new_card_after(visit.field("days") if said == "days" else said)


def facts_of_new(visit: SignedInVisit) -> dict[str, Any]:
    """The form of a further rule, with what was typed and refused."""
    typed = visit.form.get("when")
    filters = zip(*(visit.form.get(f"filter.{part}", []) for part in ("name", "operator", "value")), strict=False)
    return {
        "conditions": [_condition(visit, kind, typed or ["first_seen", "regressed"]) for kind in CONDITIONS],
        "match": visit.field("match") or Match.ANY,
        "filters": [*filters, *_blank()],
        "filter_match": visit.field("filter_match") or Match.ALL,
        "interval_minutes": visit.field("interval_minutes"),
        "channel": visit.field("channel"),
        "workspace": visit.field("workspace"),
        "repeat": visit.field("repeat") or Repeat.THREAD,
        "new_card_after": visit.field("new_card_after") or "resolve",
        "days": visit.field("days"),
    }


def facts_of(rule: Rule) -> dict[str, Any]:
    """The form of a rule that there is."""
    action = decode_actions(rule.actions)[0]
    is_in_days = isinstance(action.new_card_after, int)
    own = {each["kind"]: each for each in rule.conditions}
    return {
        "conditions": [_shown(kind, own.get(kind)) for kind in CONDITIONS],
        "match": rule.match,
        "filters": [*(_parts(each) for each in rule.filters), *_blank()],
        "filter_match": rule.filter_match,
        "interval_minutes": rule.interval_minutes or "",
        "channel": f"#{action.channel_name}",
        "workspace": str(action.integration_id),
        "repeat": action.repeat,
        "new_card_after": "days" if is_in_days else action.new_card_after,
        "days": action.new_card_after if is_in_days else "",
    }


def _condition(visit: SignedInVisit, kind: str, chosen: Sequence[str]) -> dict[str, Any]:
    shown = _shown(kind, None) | {"is_chosen": kind in chosen}
    typed = {name: visit.field(f"{kind}.{name}") for name in CONDITIONS[kind].__struct_fields__}
    return shown | {name: text for name, text in typed.items() if text}


def _shown(kind: str, own: dict[str, Any] | None) -> dict[str, Any]:
    """A line of the form: the condition as the rule has it, or as it would be suggested."""
    condition = CONDITIONS[kind]
    usual = msgspec.to_builtins(condition())
    return usual | (own or {}) | {"label": condition.label, "is_chosen": own is not None}


def _parts(stored: dict[str, Any]) -> tuple[str, str, str]:
    each = decode_filters([stored])[0]
    return each.name, each.operator, each.value


def _blank() -> list[tuple[str, str, str]]:
    return [("", "is", "")] * BLANK_FILTERS
