"""Limits as SDKs meet them, and the tally of what was taken and dropped."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from tests.ingest.conftest import OTHER_KEY, Endpoint
from tests.ingest.test_protocol import an_envelope, an_event
from tocsin.kernel.db import Database
from tocsin.organizations.models import ProjectKey


@pytest.fixture
def database(sqlite_database_url: str) -> Iterator[Database]:
    """SQLite alone: what differs between databases is the tally's, and tested with it."""
    with closing(Database.open(sqlite_database_url)) as opened:
        yield opened


def an_id(number: int) -> str:
    return f"{number:032x}"


def report(*reasons: tuple[str, str, int]) -> bytes:
    """An envelope that holds a client report and nothing else."""
    discarded = [{"reason": reason, "category": category, "quantity": count} for reason, category, count in reasons]
    return b'{}\n{"type":"client_report"}\n' + json.dumps({"discarded_events": discarded}).encode()


def test_who_is_over_the_limit_is_told_in_the_words_of_the_protocol(endpoint: Endpoint) -> None:
    endpoint.limit(events_per_minute=1)
    endpoint.send(an_envelope(an_event()))

    answer = endpoint.send(an_envelope(an_event(event_id=an_id(1), extra={"text": "x" * 600})))

    assert (answer.status_code, answer.headers["retry-after"], answer.headers["x-sentry-rate-limits"]) == (
        429,
        "41",
        "41:error;default:project:rate_limited",
    )


def test_a_key_has_a_limit_of_its_own(endpoint: Endpoint) -> None:
    endpoint.limit(ProjectKey, events_per_day=0)

    refused = endpoint.send(an_envelope(an_event()))
    taken = endpoint.send(an_envelope(an_event()), "/api/2/envelope/", key=OTHER_KEY)

    assert (refused.status_code, taken.status_code) == (429, 200)
    assert refused.headers["x-sentry-rate-limits"] == "3600:error;default:key:rate_limited"


def test_the_older_endpoint_keeps_the_same_limit(endpoint: Endpoint) -> None:
    endpoint.limit(events_per_minute=1)

    answers = [endpoint.send(json.dumps(an_event()).encode(), "/api/1/store/").status_code for _ in range(2)]

    assert answers == [200, 429]


def test_an_envelope_counts_for_as_many_events_as_it_holds(endpoint: Endpoint) -> None:
    endpoint.limit(events_per_minute=5)

    first = endpoint.send(an_envelope(*(an_event(event_id=an_id(number)) for number in range(6))))
    second = endpoint.send(an_envelope(an_event(event_id=an_id(9))))

    assert (first.status_code, second.status_code) == (200, 429)


def test_what_holds_no_event_uses_up_nothing(endpoint: Endpoint) -> None:
    endpoint.limit(events_per_minute=1)
    for _ in range(3):
        endpoint.send(b'{}\n{"type":"session"}\n{}\n')

    assert endpoint.send(an_envelope(an_event())).status_code == 200


def test_the_next_minute_takes_events_again(endpoint: Endpoint) -> None:
    endpoint.limit(events_per_minute=1)
    for number in range(2):
        endpoint.send(an_envelope(an_event(event_id=an_id(number))))

    endpoint.clock.now += timedelta(seconds=41)

    assert endpoint.send(an_envelope(an_event(event_id=an_id(9)))).status_code == 200


def test_everything_that_was_sent_is_accounted_for(endpoint: Endpoint) -> None:
    endpoint.limit(events_per_minute=4)
    endpoint.send(an_envelope(an_event(event_id=an_id(1)), an_event(event_id=an_id(2))))
    endpoint.send(b"no envelope")
    endpoint.send(an_envelope(an_event(extra={"text": "x" * 1_100_000})))
    endpoint.send(b'{}\n{"type":"session"}\n{}\n{"type":"transaction"}\n{}\n')
    endpoint.send(an_envelope(an_event(event_id=an_id(3))))
    endpoint.send(an_envelope(an_event(event_id=an_id(4))), key="d4" * 16)

    assert endpoint.outcomes() == {"accepted": 2, "malformed": 1, "too_large": 1, "not_kept": 2, "rate_limited": 1}


def test_beyond_the_limit_of_new_issues_events_are_stored_and_counted_for_it(endpoint: Endpoint) -> None:
    endpoint.limit(new_issues_per_minute=1)
    known, storm = an_event("Known"), [an_event(f"Storm{name}", an_id(place)) for place, name in enumerate("ABC", 1)]
    endpoint.send(an_envelope(known))

    answers = [endpoint.send(an_envelope(event)) for event in storm[:2]]
    answers.append(endpoint.send(an_envelope(storm[2], an_event("Known", an_id(9)))))

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert endpoint.counts() == {"Known": 2, "Too many new issues in a minute": 3}
    assert endpoint.outcomes() == {"accepted": 2, "too_many_new_issues": 3}


def test_the_next_minute_opens_issues_again(endpoint: Endpoint) -> None:
    endpoint.limit(new_issues_per_minute=1)
    for number, name in enumerate("AB"):
        endpoint.send(an_envelope(an_event(name, an_id(number))))

    endpoint.clock.now += timedelta(seconds=41)
    endpoint.send(an_envelope(an_event("B", an_id(9))))

    assert endpoint.counts() == {"A": 1, "Too many new issues in a minute": 1, "B": 1}


def test_what_sdks_dropped_themselves_is_counted_by_reason(endpoint: Endpoint) -> None:
    endpoint.send(
        report(
            ("ratelimit_backoff", "error", 3),
            ("before_send", "error", 1),
            ("queue_overflow", "default", 2),
            ("never heard of", "error", 4),
            ("sample_rate", "transaction", 99),
        )
    )

    assert endpoint.outcomes() == {"sdk_rate_limited": 3, "sdk_filtered": 1, "sdk_queue_full": 2, "sdk_other": 4}


def test_a_report_is_taken_from_whom_no_event_is_taken(endpoint: Endpoint) -> None:
    endpoint.limit(events_per_minute=0)

    answer = endpoint.send(report(("ratelimit_backoff", "error", 5)))

    assert (answer.status_code, endpoint.outcomes()) == (200, {"sdk_rate_limited": 5})


def test_a_report_may_come_without_telling_its_length_and_an_event_may_not_come_with_it(endpoint: Endpoint) -> None:
    endpoint.limit(events_per_minute=0)

    taken = endpoint.send(iter([report(("ratelimit_backoff", "error", 5))]))
    refused = endpoint.send(iter([an_envelope(an_event(extra={"text": "x" * 2000}))]))

    assert (taken.status_code, refused.status_code) == (200, 429)
    assert endpoint.outcomes() == {"sdk_rate_limited": 5, "rate_limited": 1}


@pytest.mark.parametrize(
    "payload",
    [
        b"[]",
        b"\xff",
        b'{"discarded_events": 1}',
        b'{"discarded_events": [{"reason": "x", "category": "error", "quantity": -1}]}',
        b"[" * 100_000,
    ],
)
def test_a_report_that_cannot_be_read_costs_no_event_beside_it(endpoint: Endpoint, payload: bytes) -> None:
    envelope = an_envelope(an_event()) + b'{"type":"client_report"}\n' + payload

    answer = endpoint.send(envelope)

    assert (answer.status_code, endpoint.outcomes()) == (200, {"accepted": 1})


def test_a_report_cannot_write_any_figure(endpoint: Endpoint) -> None:
    endpoint.send(report(("before_send", "error", 10**18)))

    assert endpoint.outcomes() == {"sdk_filtered": 1_000_000}
