"""However releases, commits, events and decisions follow each other, an issue comes back exactly when it should."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import delete, select

from tests.intake.world import World, make_world
from tests.proof.workers import quick_database
from tests.support.acme import system
from tocsin.intake.names import NameCache
from tocsin.issues import resolution, triage
from tocsin.issues.change import get_issue_for_update
from tocsin.issues.models import Issue
from tocsin.issues.shipping import set_commits, ship_release
from tocsin.kernel.db import read, write
from tocsin.organizations.models import Project, Release
from tocsin.organizations.releases import CommitFacts

QUICK = settings(
    max_examples=40,
    stateful_step_count=25,
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
NIGHTLY = settings(QUICK, max_examples=500, stateful_step_count=60, derandomize=False, phases=tuple(Phase))

NUMBERED = [f"shop@1.{number}.0" for number in range(5, 15)]
VERSIONS = st.sampled_from([*NUMBERED, "8f3a2c1", "nightly"])
SHAS = st.sampled_from([f"{number:07x}" for number in range(6)])


class ResolutionMachine(RuleBasedStateMachine):
    """One issue of a real database beside a model that knows little but lists."""

    def __init__(self, place: World) -> None:
        super().__init__()
        with write(place.database) as session:
            session.execute(delete(Issue))
            session.execute(delete(Release))
        self.world = replace(place, names=NameCache())
        self.world.store(self.world.event(release="shop@1.9.0"))
        self.heard = ["shop@1.9.0"]
        """Versions in the order in which they were heard of."""
        self.carried: dict[str, list[str]] = {}
        """The versions that carry each commit, in the order in which that was told."""
        self.where: tuple[str, str] | None = None
        """Where the fix is, while the issue is resolved: `("in", version)`, `("commit", sha)`, `("next", "")`..."""

    @rule(version=st.none() | VERSIONS)
    def an_event_comes(self, version: str | None) -> None:
        self.world.passes(1)
        self.world.store(self.world.event(release=version))
        if version is not None:
            self._hear(version)
        match self.where:
            case ("now", _):
                self.where = None
            case ("in", fixed) if version is None or not self._is_older(version, fixed):
                self.where = None

    @rule(version=VERSIONS)
    def a_build_announces_a_release(self, version: str) -> None:
        self.world.passes(1)
        with write(self.world.database) as session:
            project = session.get_one(Project, self.world.project_id)
            ship_release(session, system(self.world.organization_id), project, version, now=self.world.now)
        self._hear(version)

    @rule(data=st.data(), sha=SHAS)
    def a_build_tells_a_commit(self, data: Any, sha: str) -> None:
        version = data.draw(st.sampled_from(self.heard))
        with write(self.world.database) as session:
            release = session.scalars(select(Release).where(Release.version == version)).one()
            permit = system(self.world.organization_id)
            set_commits(session, permit, release, [CommitFacts(sha)], now=self.world.now)
        if version not in self.carried.setdefault(sha, []):
            self.carried[sha].append(version)
        if self.where == ("commit", sha):
            self.where = ("in", version)

    @precondition(lambda self: self.where is None)
    @rule()
    def somebody_resolves_it(self) -> None:
        self._do(triage.resolve)
        self.where = ("now", "")

    @precondition(lambda self: self.where is None)
    @rule(data=st.data())
    def somebody_resolves_it_in_a_release(self, data: Any) -> None:
        version = data.draw(st.sampled_from(self.heard))
        self._do(resolution.resolve_in_release, version)
        self.where = ("in", version)

    @precondition(lambda self: self.where is None)
    @rule()
    def somebody_resolves_it_in_the_current_release(self) -> None:
        self._do(resolution.resolve_in_current_release)
        self.where = ("in", self._current())

    @precondition(lambda self: self.where is None)
    @rule()
    def somebody_resolves_it_in_the_next_release(self) -> None:
        self._do(resolution.resolve_in_next_release)
        self.where = ("next", "")

    @precondition(lambda self: self.where is None)
    @rule(sha=SHAS)
    def somebody_resolves_it_in_a_commit(self, sha: str) -> None:
        self._do(resolution.resolve_in_commit, sha)
        carriers = self.carried.get(sha)
        self.where = ("in", carriers[0]) if carriers else ("commit", sha)

    @precondition(lambda self: self.where is not None)
    @rule(is_wished=st.integers(0, 3))
    def somebody_reopens_it(self, is_wished: int) -> None:
        """Now and then only: most fixes should get as far as a release."""
        if is_wished == 0:
            self._do(triage.reopen)
            self.where = None

    @invariant()
    def it_is_resolved_exactly_as_long_as_no_event_shows_that_the_fix_failed(self) -> None:
        assert self._issue().status == ("unresolved" if self.where is None else "resolved"), self.where

    @invariant()
    def it_knows_the_release_that_has_its_fix(self) -> None:
        issue = self._issue()
        with read(self.world.database) as session:
            release = issue.resolved_release_id and session.get_one(Release, issue.resolved_release_id).version
        assert release == (self.where[1] if self.where is not None and self.where[0] == "in" else None)

    def _do(self, verb: Any, *more: str) -> None:
        with write(self.world.database) as session:
            issue = get_issue_for_update(session, self._issue().id)
            verb(session, issue, system(self.world.organization_id), *more, now=self.world.now)

    def _issue(self) -> Issue:
        return self.world.issues()[0]

    def _hear(self, version: str) -> None:
        """A release that is heard of for the first time is the next one, unless it is older than the current one."""
        if version in self.heard:
            return
        current = self._current()
        self.heard.append(version)
        if self.where == ("next", "") and not self._is_older(version, current):
            self.where = ("in", version)

    def _current(self) -> str:
        last = self.heard[-1]
        numbered = [version for version in self.heard if version in NUMBERED]
        return max(numbered, key=NUMBERED.index) if last in NUMBERED else last

    def _is_older(self, one: str, other: str) -> bool:
        order = NUMBERED if one in NUMBERED and other in NUMBERED else self.heard
        return order.index(one) < order.index(other)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[World]:
    with quick_database(tmp_path) as database:
        yield make_world(database)


def run(place: World, how: settings) -> None:
    class InPlace(ResolutionMachine):
        """The machine as hypothesis wants to make it: without arguments, many times."""

        def __init__(self) -> None:
            super().__init__(place)

    run_state_machine_as_test(InPlace, settings=how)


def test_no_order_of_releases_commits_events_and_decisions_breaks_the_rules(place: World) -> None:
    run(place, QUICK)


@pytest.mark.nightly
def test_no_order_breaks_the_rules_in_longer_lives(place: World) -> None:
    run(place, NIGHTLY)
