"""What timers do to many issues: each in a transaction of its own, so that one which fails stops no other."""

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from tocsin.deliveries import lease
from tocsin.deliveries.lease import Held
from tocsin.issues.change import get_issue_for_update
from tocsin.issues.models import Issue
from tocsin.kernel.clock import Clock, to_milliseconds
from tocsin.kernel.db import Database, write
from tocsin.kernel.ids import IssueId

AT_A_TIME = 200
"""Issues that one look takes up; presses and events get between their transactions."""
REST_AFTER_FAILURE = 30_000
"""Milliseconds before the catch-up looks again at issues of which one failed."""

Find = Callable[[Session, datetime, int], Sequence[IssueId]]
"""The first issues, at most so many, with which something is to be done at a moment."""
Do = Callable[[Session, Issue, datetime], object]
"""Does it to one of them, which is held; others may have done so since it was found."""

log = structlog.get_logger()


def one_by_one(database: Database, held: Held, find: Find, do: Do, *, clock: Clock, lease_seconds: float) -> None:
    """Do `do` to every issue that `find` gives, under the lease `held`, until there is none but those that failed."""
    failed: set[IssueId] = set()
    while True:
        now = clock()
        with write(database) as session:
            if not lease.renew(session, held, now=to_milliseconds(now), seconds=lease_seconds):
                return
            found = find(session, now, AT_A_TIME + len(failed))
            due = [issue_id for issue_id in found if issue_id not in failed]
            if not due:
                rest_until = to_milliseconds(now) + REST_AFTER_FAILURE if failed else 0
                lease.release(session, held, rest_until=rest_until)
                return
        for issue_id in due:
            try:
                with write(database) as session:
                    if not lease.renew(session, held, now=to_milliseconds(clock()), seconds=lease_seconds):
                        return
                    issue = get_issue_for_update(session, issue_id)
                    if issue is not None:
                        do(session, issue, now)
            except Exception:  # the outermost loop of this work: what failed stays due and is tried by the next run
                log.exception("issues.one_by_one.failed", work=held.name, issue_id=issue_id)
                failed.add(issue_id)
