"""A search finds what it names, for whoever may see it, on both databases."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.intake.world import make_world
from tests.support.acme import make_person, make_project, make_team
from tocsin.issues.act import IssueAction, act
from tocsin.issues.models import IssuePriority, IssueStatus
from tocsin.issues.search import Order, Page, Search, count_by_status, list_ids, list_page, understand
from tocsin.issues.search_fields import FIELDS, Asker
from tocsin.issues.search_query import SearchError
from tocsin.issues.triage import Assignee
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import IssueId, UserId
from tocsin.members.authorize import visible_projects
from tocsin.organizations.permit import Role, Source, Via


class Shop:
    """Issues of many kinds in two projects, of which one is closed to Ben."""

    def __init__(self, database: Database) -> None:
        self.world = world = make_world(database)
        team = make_team(database, world.organization_id, "pay-team")
        self.ada = make_person(database, world.organization_id, "Ada", Role.OWNER, teams=[team])
        self.ben = make_person(database, world.organization_id, "Ben")
        self.pay = make_project(database, world.organization_id, "pay", is_open=False, teams=[team])
        self._report("old", 3 * 86_400, times=5, user_key=1, tags=(("browser", "Firefox 131"), ("release", "shop@1.9")))
        self._report("slow", 86_400, level="warning", title="SlowQuery", value="took 8_4 s", tags=(("os", "Linux"),))
        self._report("dead", 3600, level="fatal", tags=(("release", "shop@2.0"), ("environment", "staging")))
        self._report("paid", 60, project_id=self.pay, culprit="pay/card in charge", tags=(("browser", "Chrome 140"),))
        self._do(2, "archive_until_escalating")
        self._do(3, "assign", assignee=Assignee(user_id=self.ada))
        self._do(4, "assign", assignee=Assignee(team_id=team))
        self._do(1, "set_priority", priority=IssuePriority.LOW)

    def _report(self, kind: str, ago: float, *, times: int = 1, **changes: object) -> None:
        self.world.now -= timedelta(seconds=ago)
        if "release" in (tags := dict(changes.get("tags", ()))):  # pyrefly: ignore -- each row above gives pairs
            changes["release"] = tags["release"]
        self.world.store(*(self.world.event(kind, **changes) for _ in range(times)))
        self.world.now += timedelta(seconds=ago)

    def _do(self, number: int, name: str, **more: object) -> None:
        with write(self.world.database) as session:
            action = IssueAction(name, **more)  # pyrefly: ignore -- each row above names its own fields
            act(
                session,
                user_id=self.ada,
                source=Source(Via.PAGE),
                issue_id=IssueId(number),
                action=action,
                now=self.world.now,
            )

    def asking(self, query: str, who: UserId | None = None) -> tuple[Asker, Search]:
        with read(self.world.database) as session:
            user_id = who or self.ada
            projects = visible_projects(session, user_id, self.world.organization_id)
            asker = Asker(session, self.world.organization_id, user_id, projects, self.world.now)
            return asker, understand(asker, query)

    def find(self, query: str, who: UserId | None = None, order: Order = Order.FIRST_SEEN) -> list[str]:
        """The kinds (the last word of the event that they began with) of what is found, oldest first."""
        _, search = self.asking(query, who)
        with read(self.world.database) as session:
            lines = list_page(session, search, order=order, limit=50).lines
            return [KINDS[line.id] for line in reversed(lines)]


KINDS = {1: "old", 2: "slow", 3: "dead", 4: "paid"}


@pytest.fixture
def shop(database: Database) -> Shop:
    return Shop(database)


@pytest.fixture
def sqlite_shop(sqlite_database_url: str) -> Iterator[Shop]:
    database = Database.open(sqlite_database_url)
    yield Shop(database)
    database.close()


FOUND = {
    "": "old slow dead paid",
    "is:unresolved": "old dead paid",
    "is:archived": "slow",
    "is:resolved": "",
    "is:archived,unresolved": "old slow dead paid",
    "!is:archived": "old dead paid",
    "is:new": "old dead paid",
    "!is:new": "slow",
    "is:assigned": "dead paid",
    "is:unassigned": "old slow",
    "assigned:me": "dead",
    "!assigned:me": "old slow paid",
    "assigned:ADA@example.com": "dead",
    "assigned:ben@example.com": "",
    "assigned:#pay-team": "paid",
    "assigned:my-teams": "paid",
    "assigned:none": "old slow",
    "level:fatal,warning": "slow dead",
    "!level:fatal": "old slow paid",
    "Level:FATAL": "dead",
    "priority:low": "old",
    "project:pay": "paid",
    "!project:pay": "old slow dead",
    "environment:staging": "dead",
    "release:shop@1.9": "old",
    "release:shop@*": "old dead",
    "!release:shop@*": "slow paid",
    "release:latest": "dead",
    'release:"latest"': "",
    "has:release": "old dead",
    "!has:browser": "slow dead",
    "browser:Firefox*": "old",
    "browser:*refox*": "old",
    'browser:"Chrome 140","Firefox 131"': "old paid",
    'browser:"Firefox*"': "",
    "tag.os:Linux": "slow",
    "os:Lin": "",
    "times:>1": "old",
    "times:1": "slow dead paid",
    "times:<=5 times:>=5": "old",
    "users:>0": "old",
    "users:0 level:fatal": "dead",
    "first-seen:>-2h": "dead paid",
    "first-seen:-2h": "dead paid",
    "first-seen:<-2d": "old",
    "last_seen:>-90m": "dead paid",
    "firstSeen:2026-02-27": "old",
    "first-seen:>=2026-03-02": "dead paid",
    "last-seen:<2026-03-01T12:00:01": "old slow",
    "slowquery": "slow",
    "8_4": "slow",
    "8%4": "",
    "8?4": "",
    "web-3": "dead",
    "card charge": "paid",
    '"card charge"': "",
    '"in charge"': "paid",
    "!error": "slow",
    "level:error error browser:Firefox* !assigned:me": "old",
}


def test_a_search_finds_what_it_names(shop):
    found = {query: " ".join(shop.find(query)) for query in FOUND}

    assert found == FOUND


def test_nobody_finds_what_they_may_not_see(shop):
    assert shop.find("", shop.ben) == ["old", "slow", "dead"]
    with pytest.raises(SearchError, match="There is no project 'pay', or you may not see it"):
        shop.find("project:pay", shop.ben)


REFUSED = {
    "is:gone": "There is no 'gone' here; there are unresolved, resolved",
    "level:loud": "there are fatal, error",
    "priority:urgent": "there are high",
    "project:nope": "no project 'nope'",
    "assigned:nobody@example.com": "Nobody here has the e-mail",
    "assigned:#nope": "There is no team #nope",
    "times:many": "is no number",
    "users:>": "is no number",
    "first-seen:yesterday": "is no time; write",
    "last-seen:9999-12-31": "is no time; write",
}


def test_a_value_that_a_field_cannot_have_is_refused_with_its_place(sqlite_shop):
    for query, says in REFUSED.items():
        with pytest.raises(SearchError, match=says) as refused:
            sqlite_shop.find(f"x {query}")

        assert f"x {query}"[refused.value.place.start :] == query.partition(":")[2]


def test_a_name_that_no_database_can_hold_is_nobodys(shop):
    for query in ("assigned:\x00", "assigned:#\x00"):
        with pytest.raises(SearchError, match=r"Nobody here has|There is no team"):
            shop.find(query)


NAMES = st.sampled_from([*FIELDS, "browser", "tag.x", '"a b"'])
VALUES = st.text(alphabet='ax0-9>=<*#@."\\,:T%_/\x00é', max_size=14)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["", "!"]), NAMES, VALUES), max_size=4))
def test_any_query_is_answered_or_refused(shop, terms):
    query = " ".join(f"{sign}{name}:{value}" for sign, name, value in terms)

    try:
        found = shop.find(query)
    except SearchError:
        return

    assert set(found) <= set(KINDS.values())


def walk(shop: Shop, order: Order, size: int) -> tuple[list[IssueId], list[IssueId]]:
    """The ids on the pages of all issues, forward to the end and back to the beginning."""
    _, search = shop.asking("")
    forward: list[Page] = []
    with read(shop.world.database) as session:
        while not forward or forward[-1].after is not None:
            after = forward[-1].after or "" if forward else ""
            forward.append(list_page(session, search, order=order, limit=size, after=after))
        back = [forward[-1]]
        while back[-1].before is not None:
            back.append(list_page(session, search, order=order, limit=size, before=back[-1].before))
    return (
        [line.id for page in forward for line in page.lines],
        [line.id for page in reversed(back) for line in page.lines],
    )


def test_pages_lead_through_all_issues_in_order_and_back(shop):
    _, search = shop.asking("")
    with read(shop.world.database) as session:
        whole = {
            order: [line.id for line in list_page(session, search, order=order, limit=50).lines] for order in Order
        }

    assert whole == {
        Order.LAST_SEEN: [4, 3, 2, 1],
        Order.FIRST_SEEN: [4, 3, 2, 1],
        Order.EVENTS: [1, 4, 3, 2],
        Order.USERS: [1, 4, 3, 2],
        Order.PRIORITY: [4, 3, 2, 1],
    }
    assert [walk(shop, order, size) for order in Order for size in (1, 3)] == [
        (whole[order], whole[order]) for order in Order for _ in (1, 3)
    ]


def test_a_page_goes_on_where_the_last_one_ended_though_new_issues_came(sqlite_shop):
    world = sqlite_shop.world
    _, search = sqlite_shop.asking("")
    with read(world.database) as session:
        first = list_page(session, search, order=Order.LAST_SEEN, limit=2)

    world.store(world.event("new"))

    with read(world.database) as session:
        second = list_page(session, search, order=Order.LAST_SEEN, limit=2, after=first.after or "")
    assert [KINDS[line.id] for page in (first, second) for line in page.lines] == ["paid", "dead", "slow", "old"]


@pytest.mark.parametrize(
    "cursor", ["x", "1", "1.2.3.4", "-999999999999999999.1", "999999999999999999.1", "1.2", "1..2"]
)
def test_a_cursor_that_makes_no_sense_gives_some_page(sqlite_shop, cursor):
    _, search = sqlite_shop.asking("")

    with read(sqlite_shop.world.database) as session:
        for order in Order:
            assert len(list_page(session, search, order=order, limit=9, after=cursor).lines) <= 4


def test_what_is_found_is_counted_by_state(shop):
    _, search = shop.asking("!level:fatal")

    with read(shop.world.database) as session:
        counts, ids = count_by_status(session, search), list_ids(session, search, limit=2)
    assert counts.of_states == {IssueStatus.UNRESOLVED: 2, IssueStatus.RESOLVED: 0, IssueStatus.ARCHIVED: 1}
    assert (counts.total, counts.is_whole) == (3, True)
    assert list(ids) == [1, 2]
