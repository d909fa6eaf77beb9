"""Which events bring a resolved issue back, seen through the batch; and to whom returning issues are given."""

import pytest
from sqlalchemy import event, select

from tests.intake.world import World
from tests.support.acme import make_person, make_team, system
from tocsin.activities.describe import describe, plain_text
from tocsin.activities.models import Activity
from tocsin.issues.models import Issue
from tocsin.issues.ownership import set_assign_new_to
from tocsin.issues.resolution import resolve_in_commit, resolve_in_current_release, resolve_in_next_release
from tocsin.issues.shipping import set_commits
from tocsin.issues.triage import Assignee
from tocsin.kernel.db import read, write
from tocsin.members.models import User
from tocsin.organizations.models import Project, Release
from tocsin.organizations.permit import Role
from tocsin.organizations.releases import CommitFacts

SHA = "8f3a2c1d0e"


def resolve(world: World, verb, *more: str) -> None:
    with write(world.database) as session:
        issue = session.scalars(select(Issue).where(Issue.number == 1)).one()
        verb(session, issue, system(world.organization_id), *more, now=world.now)
    world.passes(60)


def arrives(world: World, *releases: str | None) -> None:
    world.store(*(world.event("a", release=release) for release in releases))
    world.passes(60)


def state(world: World) -> tuple[str, int]:
    issue = world.issues()[0]
    return issue.status, issue.event_count


def history(world: World) -> list[str]:
    with read(world.database) as session:
        rows = session.scalars(select(Activity).order_by(Activity.id)).all()
    return [plain_text(sentence, issue="WEB-1") for row in rows if (sentence := describe(row)) is not None]


@pytest.mark.parametrize(
    ("release", "status"),
    [("shop@1.0", "resolved"), ("shop@1.1", "unresolved"), ("shop@1.2", "unresolved"), (None, "unresolved")],
)
def test_only_releases_that_have_the_fix_bring_an_issue_back(world: World, release: str | None, status: str):
    arrives(world, "shop@1.0")
    arrives(world, "shop@1.1")
    resolve(world, resolve_in_current_release)

    arrives(world, release)

    assert state(world) == (status, 3)


def test_the_newest_event_that_shows_it_is_the_one_that_is_told(world: World):
    arrives(world, "shop@1.1")
    resolve(world, resolve_in_current_release)

    arrives(world, "shop@1.2", "shop@1.3", "shop@1.0")

    assert history(world)[-1] == "WEB-1 came back in shop@1.3 after it was resolved in shop@1.1"


def test_until_the_next_release_comes_its_events_only_count(world: World):
    world.rule("C1")
    arrives(world, "shop@1.0")
    resolve(world, resolve_in_next_release)

    arrives(world, "shop@1.0", None)

    assert (state(world), len(world.parents())) == (("resolved", 3), 1)


def test_the_first_event_of_the_next_release_brings_the_issue_back(world: World):
    arrives(world, "shop@1.0")
    resolve(world, resolve_in_next_release)

    arrives(world, "shop@1.0", "shop@1.1")

    assert state(world) == ("unresolved", 3)
    assert history(world)[-1] == "WEB-1 came back in shop@1.1 after it was resolved in shop@1.1"


def test_the_next_release_is_noticed_by_the_event_of_another_issue(world: World):
    arrives(world, "shop@1.0")
    resolve(world, resolve_in_next_release)
    before = world.issues()[0]

    world.store(world.event("b", release="shop@1.1"))

    with read(world.database) as session:
        release_id = session.scalars(select(Release.id).where(Release.version == "shop@1.1")).one()
    after = world.issues()[0]
    assert (after.status, after.resolved_release_id) == ("resolved", release_id)
    assert after.urgent_version > before.version


def test_an_old_version_that_reports_for_the_first_time_is_no_next_release(world: World):
    arrives(world, "shop@1.5")
    resolve(world, resolve_in_next_release)

    arrives(world, "shop@1.4")

    assert state(world) == ("resolved", 2)


def test_what_waits_for_a_commit_comes_back_only_in_a_release_that_carries_it(world: World):
    arrives(world, "shop@1.0")
    resolve(world, resolve_in_commit, SHA)
    seen = []
    for version in ("shop@1.1", "shop@1.2"):
        arrives(world, version)
        seen.append(state(world)[0])
        with write(world.database) as session:
            release = session.scalars(select(Release).where(Release.version == version)).one()
            commits = [CommitFacts(SHA)] if version == "shop@1.2" else []
            set_commits(session, system(world.organization_id), release, commits, now=world.now)

    arrives(world, "shop@1.1")
    arrives(world, "shop@1.2")

    assert (seen, state(world)) == (["resolved", "resolved"], ("unresolved", 5))


def test_unresolved_issues_cost_the_batch_no_look_at_releases(world: World):
    arrives(world, "shop@1.0")
    statements: list[str] = []
    event.listen(world.database.writer, "before_cursor_execute", lambda *said: statements.append(said[2]))

    arrives(world, "shop@1.0")

    assert [said for said in statements if "FROM releases" in said or "FROM projects" in said] == []


def assign_new_to(world: World, assignee: Assignee | None) -> None:
    with write(world.database) as session:
        project = session.get_one(Project, world.project_id)
        set_assign_new_to(session, system(world.organization_id), project, assignee, now=world.now)


def owners(world: World) -> list[tuple[int | None, int | None]]:
    return [(issue.assignee_user_id, issue.assignee_team_id) for issue in world.issues()]


def test_new_issues_are_given_to_whom_the_project_says(world: World):
    team = make_team(world.database, world.organization_id)
    assign_new_to(world, Assignee(team_id=team))

    world.store(world.event("a"), world.event("b"))

    assert owners(world) == [(None, team)] * 2
    assert history(world) == ["Tocsin assigned WEB-1 to #backend automatically"] * 2


def test_the_card_of_a_new_issue_shows_its_owner_and_its_thread_does_not_repeat_it(world: World):
    world.rule("C1")
    assign_new_to(world, Assignee(user_id=make_person(world.database, world.organization_id)))

    world.store(world.event("a"))

    with read(world.database) as session:
        assigned = session.scalars(select(Activity.id).where(Activity.type == "assigned")).one()
    assert [parent.opened_after for parent in world.parents()] == [assigned]


def test_a_returning_issue_stays_with_whoever_has_it(world: World):
    ada, grace = (make_person(world.database, world.organization_id, name) for name in ("Ada", "Grace"))
    assign_new_to(world, Assignee(user_id=ada))
    world.store(world.event("a"))
    world.resolve()
    assign_new_to(world, Assignee(user_id=grace))

    world.store(world.event("a"))

    assert owners(world) == [(ada, None)]


def test_a_returning_issue_of_somebody_who_left_gets_a_new_owner(world: World):
    ada, grace = (make_person(world.database, world.organization_id, name) for name in ("Ada", "Grace"))
    assign_new_to(world, Assignee(user_id=ada))
    world.store(world.event("a"))
    world.resolve()
    with write(world.database) as session:
        session.get_one(User, ada).is_active = False
    assign_new_to(world, Assignee(user_id=grace))

    world.store(world.event("a"))

    assert owners(world) == [(grace, None)]
    assert history(world)[-2:] == [
        "Tocsin unassigned WEB-1, since Ada left",
        "Tocsin assigned WEB-1 to Grace automatically",
    ]


def test_a_returning_issue_of_a_team_that_does_not_see_it_any_more_gets_a_new_owner(world: World):
    team = make_team(world.database, world.organization_id)
    grace = make_person(world.database, world.organization_id, "Grace", Role.ADMIN)
    assign_new_to(world, Assignee(team_id=team))
    world.store(world.event("a"))
    world.resolve()
    assign_new_to(world, Assignee(user_id=grace))
    with write(world.database) as session:
        session.get_one(Project, world.project_id).is_open = False

    world.store(world.event("a"))

    assert owners(world) == [(grace, None)]
    assert "Tocsin unassigned WEB-1, since #backend sees the project no longer" in history(world)


def test_somebody_who_lost_access_since_is_given_nothing_and_the_alert_goes_out(world: World):
    world.rule("C1")
    ada = make_person(world.database, world.organization_id)
    assign_new_to(world, Assignee(user_id=ada))
    with write(world.database) as session:
        session.get_one(User, ada).is_active = False

    world.store(world.event("a"))

    assert (owners(world), len(world.parents())) == ([(None, None)], 1)
