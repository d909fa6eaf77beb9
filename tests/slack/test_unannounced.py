"""What tells that something happened to an issue and nobody announced it."""

import math
from datetime import timedelta

from tests.support.acme import NOW, make_issue, make_organization, make_project, system
from tocsin.activities.models import ActivityType
from tocsin.activities.record import record_activity
from tocsin.issues.models import Issue
from tocsin.kernel.db import write
from tocsin.kernel.metrics import REGISTRY
from tocsin.slack.unannounced import forget_unannounced, measure_unannounced


def figures():
    names = ("tocsin_activities_unannounced", "tocsin_activities_unannounced_oldest_seconds")
    return tuple(REGISTRY.get_sample_value(name) or 0.0 for name in names)


def test_what_nobody_announced_is_counted_with_the_age_of_the_oldest(database):
    home = make_organization(database)
    issue = make_issue(database, make_project(database, home))
    with write(database) as session:
        project_id = session.get_one(Issue, issue).project_id
        for age, announced in ((90, False), (30, False), (600, True)):
            at = NOW - timedelta(seconds=age)
            activity = record_activity(
                session, system(home), ActivityType.RESOLVED, issue_id=issue, project_id=project_id, now=at
            )
            activity.announced_at = at if announced else None

        session.flush()
        measure_unannounced(session, now=NOW)

    assert figures() == (2, 90)


def test_where_all_is_announced_the_oldest_is_nought_seconds_old(database):
    with write(database) as session:
        measure_unannounced(session, now=NOW)

    assert figures() == (0, 0)


def test_how_many_wait_is_unknown_while_the_table_cannot_be_read():
    forget_unannounced()

    assert all(math.isnan(figure) for figure in figures())
