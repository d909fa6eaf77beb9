"""What strangers and people may write turns no page around: each page shows a sign for what nobody would see."""

import re
from html.parser import HTMLParser
from typing import cast

import pytest
from sqlalchemy import String, func, literal, select, update
from sqlalchemy.orm import InstrumentedAttribute

from tests.web.hostile import everywhere
from tests.web.routes import ALL, address
from tests.web.showroom import fill
from tests.web.world import World
from tocsin.chat.models import Channel, Integration
from tocsin.deliveries.models import Delivery
from tocsin.issues.models import ExternalIssue, Issue, IssueFingerprint, IssueTag, SavedView
from tocsin.kernel.db import Base, read, write
from tocsin.members.models import Invitation, SignIn, User
from tocsin.organizations.models import Commit, Deploy, Environment, Organization, Project, ProjectKey, Release, Team
from tocsin.organizations.permit import Permit, Scope, Via
from tocsin.organizations.releases import CommitFacts, add_commits, make_deploy, make_release
from tocsin.rules.models import Firing, Rule

HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff]")
EVIL = "\u202eEvil\u200b\x1b\u2067"
SIGNS = "⟨U+202E⟩Evil⟨U+200B⟩⟨U+001B⟩⟨U+2067⟩"
WRITTEN: tuple[InstrumentedAttribute, ...] = (
    *(Channel.name, Commit.author, Commit.message, Delivery.reason, Deploy.environment, Environment.name),
    *(ExternalIssue.label, Firing.rule_name, Firing.why, Integration.name, Invitation.name, Issue.culprit),
    *(Issue.title, Issue.value, IssueFingerprint.summary, IssueTag.value, Organization.name, ProjectKey.label),
    *(Release.version, Rule.name, SavedView.name, SignIn.agent, Team.name, User.name),
)
"""Each column of text that an application, somebody in Slack or a member wrote, and a page shows."""


class Texts(HTMLParser):
    """The texts of a page and of its attributes, but for what a form sends back: that must not change on its way."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.sent_back: list[str] = []
        self.in_field = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.in_field = tag == "textarea"
        for name, text in attrs:
            (self.sent_back if name == "value" else self.found).append(text or "")

    def handle_endtag(self, tag: str) -> None:
        self.in_field &= tag != "textarea"

    def handle_data(self, data: str) -> None:
        (self.sent_back if self.in_field else self.found).append(data)


@pytest.fixture
def evil(sqlite_world: World) -> World:
    """A busy week of the little world, in which whatever somebody wrote begins with hidden characters."""
    fill(sqlite_world)
    sqlite_world.report("web", everywhere([EVIL]))
    ada = sqlite_world.browser_of("ada")
    for form in ({"action": "comment", "text": EVIL}, {"action": "link", "url": "https://tracker.example/7"}):
        ada.post("/acme/issues/1/act/", form)
    sqlite_world.browser_of("olga").post("/acme/issues/views/", {"name": "mine", "q": "is:new"})
    permit = Permit.system("tests", Scope(sqlite_world.organizations["acme"]), Via.CLI)
    with write(sqlite_world.database) as session:
        project = session.get_one(Project, sqlite_world.projects["web"])
        release, _ = make_release(session, permit, project, "shop@9", now=sqlite_world.clock())
        add_commits(session, permit, release, [CommitFacts("c" * 40, "Mend", "Ada")], now=sqlite_world.clock())
        make_deploy(session, permit, release, "production", now=sqlite_world.clock())
        for column in WRITTEN:
            assert isinstance(column.type, String)
            written = func.substr(literal(EVIL).concat(column), 1, column.type.length or 1000)
            session.execute(update(cast("type[Base]", column.class_)).values({column.key: written}))
    return sqlite_world


def test_no_page_shows_a_character_that_nobody_sees(evil):
    names = [name for name, (method, _) in ALL.items() if method == "GET" and "issue.event." not in name]

    found = {}
    with evil.browser_with_slack("olga") as olga:
        for name in names:
            page = olga.get(address(evil, name, organization="acme", project="web")[1])
            if page.headers.get("content-type", "").startswith("text/html"):
                found[name] = [text for text in Texts(page.text).found if HIDDEN.search(text)]

    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.parametrize(
    "page", ["issues/", "issues/1/", "releases/", "environments/", "projects/web/rules/", "members/", "deliveries/"]
)
def test_a_sign_stands_where_the_character_was(evil, page):
    shown = Texts(evil.browser_of("olga").get(f"/acme/{page}").text).found

    assert any(SIGNS in text for text in shown)


def test_what_a_form_sends_back_is_what_was_written(evil):
    with read(evil.database) as session:
        rule = session.scalars(select(Rule.name)).first()

    page = Texts(evil.browser_of("olga").get("/acme/projects/web/rules/").text)

    assert rule in page.sent_back
