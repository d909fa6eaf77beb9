"""The sentence that says what a rule does: when it holds, for which events, and how often."""

from tocsin.rules.conditions import decode_conditions
from tocsin.rules.filters import decode_filters
from tocsin.rules.models import Match, Rule

_JOINTS = {Match.ANY: ", or ", Match.ALL: ", and "}
_MINUTES_OF = ((24 * 60, "day"), (60, "hour"), (1, "minute"))


def words_of(rule: Rule) -> str:
    """Everything but the channel.

    "When an issue is seen more than 100 times in an hour; if level at least error; at most every hour for an issue".
    """
    parts = ["When " + _JOINTS[Match(rule.match)].join(each.words for each in decode_conditions(rule.conditions))]
    filters = [each.words for each in decode_filters(rule.filters)]
    if filters:
        parts.append("if " + _JOINTS[Match(rule.filter_match)].join(filters))
    if rule.interval_minutes is not None:
        parts.append(f"at most every {_time(rule.interval_minutes)} for an issue")
    return "; ".join(parts)


def _time(minutes: int) -> str:
    length, unit = next((length, unit) for length, unit in _MINUTES_OF if minutes % length == 0)
    count = minutes // length
    return unit if count == 1 else f"{count} {unit}s"
