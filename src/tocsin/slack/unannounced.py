"""Owns the order in which activities are announced, and who waits for one that cannot be announced now."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from prometheus_client import Gauge
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from tocsin.activities.models import Activity
from tocsin.kernel.ids import ActivityId, IssueId
from tocsin.kernel.metrics import REGISTRY
from tocsin.kernel.statement import Statement

TRIES_AT_ONCE = 3
"""What fails by chance (a deadlock on PostgreSQL) is told before what follows it, and so in order."""

HELD_BACK_FOR = timedelta(hours=1)
"""For so long after it happened, what cannot be told holds back the rest of its issue. Then the order is given up: a
thread in which nothing is said any more helps nobody."""

WAITING = Gauge("tocsin_activities_unannounced", "Activities that nobody has announced yet.", registry=REGISTRY)
OLDEST = Gauge("tocsin_activities_unannounced_oldest_seconds", "Age of the oldest of them.", registry=REGISTRY)

_FIRST = Statement(select(Activity.id).where(Activity.announced_at.is_(None)).order_by(Activity.id).limit(1))


class Unannounced:
    """The activities that one run goes through, in the order they happened."""

    def __init__(self) -> None:
        self._tries: Counter[ActivityId] = Counter()
        self._passed_over: set[ActivityId] = set()
        self._held_back: set[IssueId] = set()

    @property
    def is_some_left(self) -> bool:
        """Whether something could not be announced and is left for a later run."""
        return bool(self._passed_over)

    def find_next(self, session: Session) -> ActivityId | None:
        """The first that nobody has looked at yet, and that need not wait.

        Always from the beginning: on PostgreSQL one with a lower id may be committed after one with a higher, and then
        be followed by a third of its own issue. Whoever went on from the last id would tell that issue's two in the
        wrong order.
        """
        if self._passed_over:
            return session.scalars(select(Activity.id).where(*self._may_be_next()).order_by(Activity.id)).first()
        return next((activity_id for (activity_id,) in _FIRST.rows(session, {})), None)

    def has_failed(self, session: Session, activity_id: ActivityId, *, now: datetime) -> None:
        """Note that it could not be announced. It is next again, until it has failed too often for this run.

        Its issue then waits for it, and so does the one into which it was to be merged, or out of which it was taken:
        its thread would hear of what follows before it has come, or gone.
        """
        self._tries[activity_id] += 1
        if self._tries[activity_id] < TRIES_AT_ONCE:
            return
        self._passed_over.add(activity_id)
        activity = session.get_one(Activity, activity_id)
        if now - activity.at < HELD_BACK_FOR:
            self._held_back.update(_issues_of(activity))

    def _may_be_next(self) -> tuple[ColumnElement[bool], ...]:
        return (
            Activity.announced_at.is_(None),
            Activity.id.not_in(self._passed_over),
            or_(Activity.issue_id.is_(None), Activity.issue_id.not_in(self._held_back)),
        )


def _issues_of(activity: Activity) -> Iterator[IssueId]:
    """Its issue and the other one that it names, if any; what is wrong with it may be just that it names it badly."""
    if activity.issue_id is not None:
        yield activity.issue_id
    other = activity.data.get("other")
    if isinstance(other, dict) and isinstance(other.get("id"), int):
        yield IssueId(other["id"])


def measure_unannounced(session: Session, *, now: datetime) -> None:
    """Set the gauges from the table itself: every process tells the same figures."""
    count, oldest = session.execute(
        select(func.count(), func.min(Activity.at)).where(Activity.announced_at.is_(None))
    ).one()
    WAITING.set(count)
    OLDEST.set(0.0 if oldest is None else max(0.0, (now - oldest).total_seconds()))


def forget_unannounced() -> None:
    """The table could not be read: how many wait is unknown, which is not the same as none."""
    WAITING.set(float("nan"))
    OLDEST.set(float("nan"))
