"""Issues that are like one: the same kind of error from the same place, or words that are nearly the same."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.issues.models import Issue, is_whole
from tocsin.kernel.ids import IssueId, ProjectId

LOOKED_AT = 500
"""How many issues of the project are compared, the last seen first: a bounded look at one index."""
SHOWN = 5
LEAST_LIKENESS = 0.5
WORDS_COMPARED = 40

TYPE_WEIGHT, PLACE_WEIGHT, WORDS_WEIGHT = 0.4, 0.3, 0.3
"""What the kind of error, where it happened and what it says add to a likeness; all three together are 1."""

WORD = re.compile(r"[^\W\d_]{2,}")
"""Words of letters: numbers and ids differ from event to event."""


class Described(Protocol):
    """What is compared of an issue."""

    @property
    def title(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def culprit(self) -> str: ...


@dataclass(frozen=True, slots=True)
class SimilarIssue:
    """An issue that is like the one looked at."""

    id: IssueId
    short_id: str
    title: str
    value: str
    culprit: str
    status: str
    event_count: int


def list_similar(session: Session, issue_id: IssueId, project_id: ProjectId, like: Described) -> list[SimilarIssue]:
    """Other issues of the project that are like this one, the most alike first; few, and often none."""
    rows = session.execute(
        select(Issue.id, Issue.short_id, Issue.title, Issue.value, Issue.culprit, Issue.status, Issue.event_count)
        .where(Issue.project_id == project_id, Issue.id != issue_id, is_whole())
        .order_by(Issue.last_seen.desc())
        .limit(LOOKED_AT)
    )
    return most_alike(like, [SimilarIssue(**row._asdict()) for row in rows])


def most_alike(one: Described, others: Sequence[SimilarIssue]) -> list[SimilarIssue]:
    """Those of `others` that are like `one` by at least `LEAST_LIKENESS`, the most alike first."""
    alike = [(likeness(one, other), other) for other in others]
    alike = [pair for pair in alike if pair[0] >= LEAST_LIKENESS]
    alike.sort(key=lambda pair: (-pair[0], -pair[1].event_count))
    return [other for _, other in alike[:SHOWN]]


def likeness(one: Described, other: Described) -> float:
    """How alike two issues are, from 0 to 1."""
    is_same_type = one.title == other.title
    found = TYPE_WEIGHT * is_same_type + PLACE_WEIGHT * bool(one.culprit and one.culprit == other.culprit)
    if found + WORDS_WEIGHT < LEAST_LIKENESS:
        return found  # whatever they say; most issues of a project end here
    mine, theirs = (_words(each.value if is_same_type else f"{each.title} {each.value}") for each in (one, other))
    return found + WORDS_WEIGHT * (len(mine & theirs) / len(mine | theirs) if mine | theirs else 1)


def _words(text: str) -> set[str]:
    return {word.lower() for word in WORD.findall(text)[:WORDS_COMPARED]}
