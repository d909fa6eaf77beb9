"""Counts the tags of a batch with far fewer writes than there are tags: what is new at once, what is frequent seldom.

Ten tags an event, each a row to count up, would cost more than storing the event. So this process remembers how often
it met a value with an issue, and writes at steps that grow by a tenth: the first ten times each time, then at 11, 12,
13, ... 110, 121 and so on. A value can be found from its first event on, and its count lags behind by a tenth at most.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from tocsin.intake.group import Group
from tocsin.issues.counters import hour_of
from tocsin.issues.tags import Tagged, count_tags, forget_rare_tags

EVENTS_PER_TIDYING = 256
REMEMBERED = 200_000
"""Pairs of an issue and a value, in some 15 MB; when there are more, the memory starts anew."""


def _steps(most: int) -> dict[int, int]:
    """At which counts something is written, and how much it is then: what was not written before."""
    steps, written = {}, 0
    while written < most:
        step = written + max(1, written // 10)
        steps[step] = step - written
        written = step
    return steps


STEPS = _steps(10**12)


class TagMemory:
    """How often this process met each value with each issue; hashes alone are kept."""

    def __init__(self) -> None:
        self._met: dict[int, int] = {}
        self._is_open = False

    def begin(self) -> None:
        """A transaction begins. If the last one was not committed, what it wrote is not known: all begins anew."""
        if self._is_open or len(self._met) > REMEMBERED:
            self._met = {}
        self._is_open = True

    def committed(self) -> None:
        """What was to be written is written."""
        self._is_open = False

    def meet(self, groups: Iterable[Group]) -> Counter[Tagged]:
        """Count the tags of these events here, and give what is to be added to the counters in the database."""
        due: Counter[Tagged] = Counter()
        met, steps = self._met, STEPS
        for group in groups:
            issue_id = group.issue_id
            for event in group.events:
                for name, value in event.tags:
                    key = hash((issue_id, name, value))
                    times = met[key] = met.get(key, 0) + 1
                    if times in steps:
                        due[issue_id, name, value] += steps[times]
        return due


def count_batch_tags(session: Session, groups: Sequence[Group], memory: TagMemory) -> None:
    """Count the tags of stored events."""
    count_tags(session, memory.meet(groups), hour=_hour_of(groups))


def tidy_batch_tags(session: Session, groups: Sequence[Group]) -> None:
    """Keep the tables of the issues' tags small."""
    due = [group.issue_id for group in groups if _is_due(group)]
    if due:
        forget_rare_tags(session, due, hour=_hour_of(groups))


def _hour_of(groups: Sequence[Group]) -> int:
    return max(hour_of(group.events[-1].received_at) for group in groups)


def _is_due(group: Group) -> bool:
    """Whether a multiple of `EVENTS_PER_TIDYING` is among the rows of its events.

    So each issue is looked at about once in so many events of its own, over all processes and without a memory.
    """
    first = group.last_row_id - len(group.events)
    return group.last_row_id // EVENTS_PER_TIDYING > first // EVENTS_PER_TIDYING
