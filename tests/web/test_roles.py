"""Every page of an organization x every role: who lacks the role is refused, and nobody else is."""

from collections.abc import Iterator

import pytest

from tests.web.routes import OF_AN_ORGANIZATION, POSTED, address
from tests.web.slack_world import connect, world_with_slack
from tests.web.world import World
from tocsin.kernel.db import Database
from tocsin.organizations.permit import Role

PEOPLE = {Role.MEMBER: "ben", Role.ADMIN: "adam", Role.MANAGER: "mona", Role.OWNER: "olga"}
REFUSED, BROKEN = 403, 500

ADMIN = ("deliveries.send_again", "project.settings", "projects.create", "rules.add", "rules.edit", "rules.remove")
ADMIN += (
    "fingerprint_rules.change",
    "issue.event.delete",
    "project.access",
    "project.key",
    "project.keys",
    "project.limits",
    "project.rename",
    "project.scrubbing",
    "rules.test",
    "team.delete",
    "team.link",
    "team.members",
    "team.rename",
    "team.unlink",
    "teams.create",
    "threads.comments",
    "workspace.channels",
    "workspace.try_channel_again",
)
MANAGER = ("audit", "audit.export", "members.change", "members.decide", "members.join_requests", "threads.choose")
MANAGER += ("workspace.connect", "workspace.disconnect", "workspace.try_again")
OWNER = ("project.delete", "workspace.unlink")
EVERYBODY = ("issues", "issue", "issue.act", "issue.comment", "issue.cards", "issue.event", "issue.event.json")
EVERYBODY += ("projects", "project", "project.test_event", "releases", "rules", "deliveries", "threads", "members")
EVERYBODY += ("environments", "release", "issue.events", "issue.tags", "issue.event.markdown")
EVERYBODY += ("issues.act", "issues.undo", "issue.undo", "issues.progress", "views.save", "views.change")
EVERYBODY += ("fingerprint_rules", "members.invite", "team", "teams", "workspace")
LEAST = (
    dict.fromkeys(EVERYBODY, Role.MEMBER)
    | dict.fromkeys(ADMIN, Role.ADMIN)
    | dict.fromkeys(MANAGER, Role.MANAGER)
    | dict.fromkeys(OWNER, Role.OWNER)
)
"""From which role on each page is open; a member's invitation is a request. A page without a row fails."""


@pytest.fixture
def world(sqlite_database_url: str) -> Iterator[World]:
    database = Database.open(sqlite_database_url)
    with world_with_slack(database) as (made, _):
        connect(made)
        yield made
    database.close()


def test_every_page_has_its_role():
    assert set(LEAST) == set(OF_AN_ORGANIZATION)


@pytest.mark.parametrize("role", Role)
def test_a_page_is_refused_to_those_alone_whose_role_is_too_low(world, role):
    statuses = {}

    with world.browser_with_slack(PEOPLE[role]) as browser:
        for name in OF_AN_ORGANIZATION:
            method, path = address(world, name, organization="acme", project="web")
            answer = browser.post(path, POSTED[name]) if method == "POST" else browser.get(path)
            statuses[name] = answer.status_code

    refused = {name for name, status in statuses.items() if status == REFUSED}
    assert refused == {name for name, least in LEAST.items() if role.rank < least.rank}
    assert BROKEN not in statuses.values()
