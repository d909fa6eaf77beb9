"""The protocol of SDKs, as real ones speak it."""

import gzip
import json
import zlib
from concurrent.futures import ThreadPoolExecutor

import brotli
import pytest
import zstandard
from sqlalchemy import select, text

from tests.ingest.conftest import DEAD_KEY, KEY, OTHER_KEY, Endpoint
from tests.support.acme import NOW
from tocsin.events.models import StoredEvent
from tocsin.events.storage import unpack
from tocsin.issues.merging import merge
from tocsin.issues.models import Issue
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import OrganizationId
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit, Scope, Via

EVENT_ID = "0123456789abcdef0123456789abcdef"


def an_event(name: str = "ValueError", event_id: str = EVENT_ID, **more: object) -> dict[str, object]:
    return {"event_id": event_id, "exception": {"values": [{"type": name, "value": "no"}]}, **more}


def an_envelope(*events: dict[str, object], header: dict[str, object] | None = None) -> bytes:
    items = "".join(f'{{"type":"event"}}\n{json.dumps(event)}\n' for event in events)
    return f"{json.dumps(header or {})}\n{items}".encode()


def test_an_envelope_is_answered_with_the_id_of_its_event(endpoint: Endpoint) -> None:
    answer = endpoint.send(an_envelope(an_event()))

    assert (answer.status_code, answer.json(), endpoint.event_ids()) == (200, {"id": EVENT_ID}, [EVENT_ID])


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("br", brotli.compress),
        ("zstd", zstandard.ZstdCompressor().compress),
        ("identity", bytes),
    ],
)
def test_every_encoding_that_sdks_use_is_understood(endpoint: Endpoint, encoding: str, compress: object) -> None:
    assert callable(compress)

    endpoint.send(compress(an_envelope(an_event())), content_encoding=encoding)

    assert endpoint.event_ids() == [EVENT_ID]


@pytest.mark.parametrize("path", ["/api/1/envelope/?sentry_key=" + KEY, "/api/1/envelope?sentry_key=" + KEY])
def test_the_key_may_stand_in_the_address(endpoint: Endpoint, path: str) -> None:
    assert endpoint.send(an_envelope(an_event()), path, key=None).status_code == 200


def test_the_key_may_stand_in_the_envelopes_own_dsn(endpoint: Endpoint) -> None:
    envelope = an_envelope(an_event(), header={"dsn": f"https://{KEY}@tocsin.example/1"})

    assert endpoint.send(envelope, key=None).status_code == 200


def test_the_older_endpoint_takes_a_bare_event(endpoint: Endpoint) -> None:
    answer = endpoint.send(json.dumps(an_event()).encode(), "/api/1/store/")

    assert (answer.json(), endpoint.counts()) == ({"id": EVENT_ID}, {"ValueError": 1})


@pytest.mark.parametrize("key", [None, "d4" * 16, OTHER_KEY, DEAD_KEY, "short"])
def test_without_a_good_key_nothing_is_taken_and_all_answer_alike(endpoint: Endpoint, key: str | None) -> None:
    answer = endpoint.send(an_envelope(an_event()), key=key)

    assert (answer.status_code, answer.headers["x-sentry-error"], endpoint.event_ids()) == (403, "ingest.bad_key", [])


def test_a_key_that_outlived_its_project_is_a_bad_one(endpoint: Endpoint) -> None:
    with write(endpoint.database) as session:
        session.get_one(Project, 1).deleted_at = NOW

    answer = endpoint.send(an_envelope(an_event()))

    assert (answer.status_code, endpoint.event_ids()) == (403, [])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json\n",
        b'{}\n{"type":"event","length":999}\n{}\n',
        b'{}\n{"type":"event"}\nnot an event\n',
        b'{}\n{"type":"event"}\n' + b"[" * 100_000 + b"\n",
        b"\xff\xfe\n",
    ],
)
def test_what_is_no_envelope_is_refused_in_words_and_leaves_nothing(endpoint: Endpoint, body: bytes) -> None:
    answer = endpoint.send(body)

    assert (answer.status_code, bool(answer.json()["detail"]), endpoint.event_ids()) == (400, True, [])


def test_a_body_that_is_not_what_its_encoding_says_is_refused(endpoint: Endpoint) -> None:
    assert endpoint.send(b"plain", content_encoding="gzip").status_code == 400


def test_a_bomb_is_refused_before_it_unfolds(endpoint: Endpoint) -> None:
    bomb = gzip.compress(b"\n" * (20 * 1024 * 1024))

    assert endpoint.send(bomb, content_encoding="gzip").status_code == 413


def test_an_event_of_more_than_a_megabyte_is_refused(endpoint: Endpoint) -> None:
    assert endpoint.send(an_envelope(an_event(extra={"text": "x" * 1_100_000}))).status_code == 413


def test_items_of_other_types_are_taken_and_let_go(endpoint: Endpoint) -> None:
    body = b'{"event_id":"' + EVENT_ID.encode() + b'"}\n{"type":"session"}\n{}\n{"type":"brand_new","length":2}\nab\n'

    answer = endpoint.send(body)

    assert (answer.status_code, answer.json(), endpoint.event_ids()) == (200, {"id": EVENT_ID}, [])


def test_the_same_event_again_is_answered_alike_and_counted_once(endpoint: Endpoint) -> None:
    answers = [endpoint.send(an_envelope(an_event())).json() for _ in range(3)]

    assert (answers, endpoint.counts()) == ([{"id": EVENT_ID}] * 3, {"ValueError": 1})


def test_the_same_event_twice_in_one_envelope_is_counted_once(endpoint: Endpoint) -> None:
    endpoint.send(an_envelope(an_event(), an_event()))

    assert endpoint.counts() == {"ValueError": 1}


def test_an_event_id_belongs_to_its_project(endpoint: Endpoint) -> None:
    endpoint.send(an_envelope(an_event()))
    endpoint.send(an_envelope(an_event()), "/api/2/envelope/", key=OTHER_KEY)

    assert endpoint.event_ids() == [EVENT_ID, EVENT_ID]


def test_many_requests_at_once_lose_and_double_nothing(endpoint: Endpoint) -> None:
    def report(number: int) -> None:
        for place in range(20):
            endpoint.send(an_envelope(an_event(f"Error{'ABC'[place % 3]}", f"{number:02x}{place:02x}" * 8)))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(report, range(8)))

    assert (endpoint.counts(), len(set(endpoint.event_ids()))) == ({"ErrorA": 56, "ErrorB": 56, "ErrorC": 48}, 160)


def test_events_of_an_issue_that_is_merged_at_this_moment_are_stored_for_the_other_one(endpoint: Endpoint) -> None:
    endpoint.send(an_envelope(an_event("ErrorA", "a1" * 16), an_event("ErrorB", "b1" * 16)))

    with ThreadPoolExecutor(1) as threads, write(endpoint.database) as session:
        issue = session.scalars(select(Issue).where(Issue.title == "ErrorB")).one()
        merge(session, issue, Permit.system("a test", Scope(OrganizationId(1)), Via.CLI), "WEB-1", now=NOW)
        session.flush()
        answer = threads.submit(endpoint.send, an_envelope(an_event("ErrorB", "b2" * 16)))
        until_somebody_waits(endpoint.database)

    with read(endpoint.database) as session:
        homes = session.scalars(select(Issue.short_id).join(StoredEvent, StoredEvent.issue_id == Issue.id)).all()
    assert (answer.result().status_code, homes) == (200, ["WEB-1"] * 3)


def until_somebody_waits(database: Database) -> None:
    """Until another transaction waits for a row that this one holds; on SQLite it has not begun before ours ends."""
    while not database.is_sqlite:
        with database.reader.connect() as connection:
            if connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                return


def test_a_page_of_any_origin_may_report(endpoint: Endpoint) -> None:
    answer = endpoint.client.options("/api/1/envelope/", headers={"Origin": "https://shop.example"})

    assert answer.headers["access-control-allow-origin"] == "*"
    assert "x-sentry-auth" in answer.headers["access-control-allow-headers"]


def test_only_a_page_is_told_that_it_may_report(endpoint: Endpoint) -> None:
    from_page = endpoint.send(json.dumps({"message": "a"}).encode(), "/api/1/store/", Origin="https://shop.example")
    from_server = endpoint.send(json.dumps({"message": "b"}).encode(), "/api/1/store/")

    assert from_page.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in from_server.headers


def test_an_event_without_an_id_gets_one(endpoint: Endpoint) -> None:
    event = {"message": "hello"}

    answer = endpoint.send(json.dumps(event).encode(), "/api/1/store/")

    assert endpoint.event_ids() == [answer.json()["id"]]


@pytest.mark.parametrize("text", ["\x00", "\ud800", "\u202e", "😀" * 300, "a\nb", "<!channel>"])
def test_strange_text_is_stored_as_text(endpoint: Endpoint, text: str) -> None:
    answer = endpoint.send(
        json.dumps(an_event(f"Error{text}", release=text, environment=text)).encode(), "/api/1/store/"
    )

    assert (answer.status_code, len(endpoint.counts())) == (200, 1)


def test_an_id_that_is_none_is_not_given_back(endpoint: Endpoint) -> None:
    answer = endpoint.send(b'{"event_id":"<script>"}\n{"type":"session"}\n{}\n')

    assert (answer.status_code, answer.json()) == (200, {})


def test_what_a_project_s_rules_say_is_one_issue(endpoint: Endpoint) -> None:
    with write(endpoint.database) as session:
        session.get_one(Project, 1).fingerprint_rules = 'tags.region:* -> regional title="Something regional"'

    for region, event_id in (("eu", "a" * 32), ("us", "b" * 32)):
        endpoint.send(an_envelope(an_event(f"No{region}Error", event_id, tags={"region": region})))

    assert endpoint.counts() == {"Something regional": 2}


def test_what_a_project_wants_taken_out_never_reaches_the_disk(endpoint: Endpoint) -> None:
    with write(endpoint.database) as session:
        session.get_one(Project, 1).scrub_rules = {"more_names": ["account"], "ip_addresses": True}

    endpoint.send(an_envelope(an_event(extra={"account": "DE-canary"}, user={"id": "7", "ip_address": "10.9.8.7"})))

    with read(endpoint.database) as session:
        stored = unpack(session.scalars(select(StoredEvent.payload)).one())
    assert (b"canary" in stored, b"10.9.8.7" in stored, stored.count(b"[Filtered]")) == (False, False, 2)
