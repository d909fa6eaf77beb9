"""Whatever happens to an issue that is put aside, in whatever order, it comes back exactly when it should."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete

from tests.intake.world import World, make_world
from tests.proof.workers import quick_database
from tests.support.acme import NOW
from tocsin.intake.names import NameCache
from tocsin.issues import expiry
from tocsin.issues.archiving import Forever, Until, UntilEscalating, UntilEvents, UntilMoment, UntilUsers
from tocsin.issues.errors import AlreadyDoneError
from tocsin.issues.models import Issue
from tocsin.kernel.db import Database, write

QUICK = settings(
    max_examples=25,
    stateful_step_count=20,
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
NIGHTLY = settings(QUICK, max_examples=500, stateful_step_count=60, derandomize=False, phases=tuple(Phase))

COUNTS, WINDOWS, MINUTES = st.integers(1, 4), st.sampled_from([None, 30, 60]), st.sampled_from([1, 30, 60, 200])
"""Few values, so that lives often come to the very edge of a number or a window."""
UNTILS = st.one_of(
    st.builds(UntilEscalating),
    st.builds(Forever),
    st.builds(lambda minutes: UntilMoment(NOW + timedelta(minutes=minutes)), MINUTES),
    st.builds(UntilEvents, COUNTS, WINDOWS),
    st.builds(UntilUsers, COUNTS, WINDOWS),
    st.builds(UntilEvents, COUNTS, st.just(30)),
    st.builds(UntilUsers, COUNTS, st.just(30)),
)
USERS = st.lists(st.none() | st.integers(1, 9), min_size=1, max_size=2)

Seen = tuple[datetime, int | None]
"""When an event came, and whom it hit."""


class ArchiveMachine(RuleBasedStateMachine):
    """One issue of a real database beside a model that keeps every event and counts them anew each time."""

    def __init__(self, place: World) -> None:
        super().__init__()
        with write(place.database) as session:
            session.execute(delete(Issue))
        self.world = replace(place, names=NameCache())
        self.world.store(self.world.event(user_key=1))
        self.issue_id = self.world.issues()[0].id
        self.events: list[Seen] = [(self.world.now, 1)]
        self.until: Until | None = None
        self.archived_at = self.world.now
        self.before = 0
        """How many events there were when it was archived."""

    @initialize(until=UNTILS)
    def it_begins_archived(self, until: Until) -> None:
        self.somebody_archives_it(until)

    @rule(until=UNTILS, is_wished=st.integers(0, 3).map(bool))
    def somebody_changes_their_mind(self, until: Until, *, is_wished: bool) -> None:
        """Now and then only: most lives should get as far as coming back."""
        if self.until is None or not is_wished:
            self.somebody_archives_it(until)

    def somebody_archives_it(self, until: Until) -> None:
        if isinstance(until, UntilMoment) and until.moment <= self.world.now:
            return
        try:
            self.world.archive(until, number=self.world.issues()[0].number)
        except AlreadyDoneError:
            assert until == self.until
            return
        self.until, self.archived_at, self.before = until, self.world.now, len(self.events)

    @rule(users=USERS)
    def events_come(self, users: list[int | None]) -> None:
        self.world.store(*(self.world.event(user_key=user) for user in users))
        self.events += [(self.world.now, user) for user in users]
        if self.until is not None and self._is_met(self.until):
            self.until = None

    @rule(count=st.integers(4, 12))
    def many_events_come(self, count: int) -> None:
        self.events_come([None] * count)

    @rule(minutes=MINUTES)
    def time_passes(self, minutes: int) -> None:
        self.world.passes(minutes * 60)
        with write(self.world.database) as session:
            for issue_id in expiry.find_expired(session, now=self.world.now):
                expiry.expire(session, session.get_one(Issue, issue_id), now=self.world.now)
        if isinstance(self.until, UntilMoment) and self.until.moment <= self.world.now:
            self.until = None

    @precondition(lambda self: self.until is None)
    @rule()
    def it_is_resolved_and_comes_back(self) -> None:
        self.world.resolve(self.world.issues()[0].number)
        self.world.store(self.world.event())
        self.events.append((self.world.now, None))

    @invariant()
    def it_is_archived_exactly_as_long_as_it_should_be(self) -> None:
        status = self.world.issues()[0].status
        assert status == ("unresolved" if self.until is None else "archived"), self.until

    @invariant()
    def what_is_counted_is_what_came(self) -> None:
        issue = self.world.issues()[0]
        known = {user for _, user in self.events if user is not None}
        assert (issue.event_count, issue.user_count) == (len(self.events), len(known))

    def _is_met(self, until: Until) -> bool:
        since = self.events[self.before :]
        match until:
            case UntilEvents(count, None):
                return len(since) >= count
            case UntilEvents(count, int(minutes)):
                return len(self._within(since, minutes)) >= count
            case UntilUsers(count, None):
                known = {user for _, user in self.events[: self.before]}
                return len({user for _, user in since} - known - {None}) >= count
            case UntilUsers(count, int(minutes)):
                return len({user for _, user in self._within(since, minutes)} - {None}) >= count
            case UntilEscalating():
                return self._in_hour(since, self.world.now) > self._forecast()
        return False

    def _within(self, events: list[Seen], minutes: int) -> list[Seen]:
        return [seen for seen in events if seen[0] >= self.world.now - timedelta(minutes=minutes)]

    def _forecast(self) -> int:
        hours = {at.replace(minute=0, second=0) for at, _ in self.events}
        this = self.world.now.replace(minute=0, second=0)
        past = [self._in_hour(self.events, hour) for hour in hours if this - timedelta(days=7) <= hour < this]
        return max(10, 2 * max([*past, self._in_hour(self.events[: self.before], this)]))

    @staticmethod
    def _in_hour(events: list[Seen], moment: datetime) -> int:
        hour = moment.replace(minute=0, second=0)
        return sum(at.replace(minute=0, second=0) == hour for at, _ in events)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with quick_database(tmp_path) as opened:
        yield opened


def run(database: Database, how: settings) -> None:
    place = make_world(database)

    class InPlace(ArchiveMachine):
        """The machine as hypothesis wants to make it: without arguments, many times."""

        def __init__(self) -> None:
            super().__init__(place)

    run_state_machine_as_test(InPlace, settings=how)


def test_an_archived_issue_comes_back_exactly_when_it_should(database: Database) -> None:
    run(database, QUICK)


@pytest.mark.nightly
def test_an_archived_issue_comes_back_exactly_when_it_should_in_long_lives(database: Database) -> None:
    run(database, NIGHTLY)
