"""The tally on both databases: what was counted adds up, and outlives the process."""

from datetime import timedelta

from sqlalchemy import text

from tests.ingest.conftest import NOW, Endpoint
from tests.ingest.test_limits import an_id
from tests.ingest.test_protocol import an_envelope, an_event
from tocsin.ingest.keys import KnownKey
from tocsin.intake.received import IntakeOutcome, accepted_today
from tocsin.kernel.db import read, write
from tocsin.kernel.ids import ProjectId, ProjectKeyId


def test_counts_add_up_and_those_of_a_key_that_is_gone_are_left_out(endpoint: Endpoint) -> None:
    gone = KnownKey(ProjectKeyId(999), "f" * 32, ProjectId(1), (), 0.0)
    for number in range(3):
        endpoint.send(an_envelope(an_event(event_id=an_id(number))))
        endpoint.tally.save()

    endpoint.tally.count(gone, IntakeOutcome.ACCEPTED, 7)

    assert endpoint.outcomes() == {"accepted": 3}


def test_the_limit_of_a_day_outlives_the_process(endpoint: Endpoint) -> None:
    endpoint.limit(events_per_day=2)
    endpoint.send(an_envelope(an_event(event_id=an_id(1)), an_event(event_id=an_id(2))))
    endpoint.tally.save()

    answer = endpoint.anew().send(an_envelope(an_event(event_id=an_id(3))))

    assert answer.status_code == 429


def test_what_opened_no_issue_of_its_own_counts_for_the_limit_of_a_day(endpoint: Endpoint) -> None:
    endpoint.limit(events_per_day=2, new_issues_per_minute=0)
    endpoint.send(an_envelope(an_event(event_id=an_id(1)), an_event(event_id=an_id(2))))
    endpoint.tally.save()

    answer = endpoint.anew().send(an_envelope(an_event(event_id=an_id(3))))

    assert answer.status_code == 429


def test_what_came_yesterday_is_not_counted_today(endpoint: Endpoint) -> None:
    endpoint.send(an_envelope(an_event()))
    endpoint.tally.save()

    with read(endpoint.database) as session:
        today = accepted_today(session, ProjectId(1), now=NOW)
        tomorrow = accepted_today(session, ProjectId(1), now=NOW + timedelta(days=1))

    assert (today, tomorrow) == ({1: 1}, {})


def test_what_cannot_be_saved_now_is_saved_later(endpoint: Endpoint) -> None:
    endpoint.send(an_envelope(an_event()))
    with write(endpoint.database) as session:
        session.execute(text("ALTER TABLE intake_hours RENAME TO away"))

    endpoint.tally.save()
    with write(endpoint.database) as session:
        session.execute(text("ALTER TABLE away RENAME TO intake_hours"))

    assert endpoint.outcomes() == {"accepted": 1}
