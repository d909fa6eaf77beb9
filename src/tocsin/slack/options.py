"""Choices that a menu asks for while somebody types: for whoever may choose them, and for nobody else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.orm import Session

from tocsin.issues.assignees import list_assignees, suggest_assignees
from tocsin.issues.models import Issue
from tocsin.kernel.db import read
from tocsin.kernel.errors import TocsinError
from tocsin.kernel.ids import UserId
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Verb
from tocsin.organizations.release_queries import search_releases
from tocsin.slack.actions.issue import ME, NOBODY
from tocsin.slack.actions.presser import NotLinkedError, find_standing, permit_on_card
from tocsin.slack.actions.refusals import STRANGERS
from tocsin.slack.edge import SlackEdge
from tocsin.slack.messages.buttons import ASSIGN
from tocsin.slack.messages.menus import Group, Option, draw_groups
from tocsin.slack.metrics import Outcome
from tocsin.slack.press import Press
from tocsin.slack.views.seal import open_sealed

log = structlog.get_logger()

LINK = "link"
LINK_FIRST = [Group("Not linked yet", (Option("Link your account first", LINK),))]
"""Whoever is not linked sees no name; who chooses this is shown the way."""

RELEASE = "issue.release"
RELEASES_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class OptionsRow:
    """`verb` is what somebody must be allowed on the issue to see any choice, `doc` what is offered."""

    verb: Verb
    doc: str
    load: Callable[[Session, Issue, UserId, str], Sequence[Group]]


@dataclass(frozen=True, slots=True)
class Choices:
    """What a menu offers, as Slack wants it, and what asking for it came to: a menu has no room for reasons."""

    body: dict[str, Any]
    outcome: Outcome


async def load_options(edge: SlackEdge, press: Press) -> Choices:
    """The choices for what was typed; none where anything stands in the way."""
    row = OPTIONS.get(press.action_id)
    if row is None:
        return Choices(draw_groups([]), Outcome.UNKNOWN)
    if await find_standing(edge, press) in STRANGERS:
        return Choices(draw_groups([]), Outcome.REFUSED)
    return await edge.in_thread(_load, edge, press, row)


def _load(edge: SlackEdge, press: Press, row: OptionsRow) -> Choices:
    try:
        opened = press if press.sealed is None else open_sealed(edge.deps.secrets, press)
        with read(edge.deps.database) as session:
            issue_id, permit = permit_on_card(session, opened, row.verb)
            assert permit.actor.user_id is not None, "a person's permit"
            groups = row.load(session, session.get_one(Issue, issue_id), permit.actor.user_id, press.typed.strip())
    except NotLinkedError:
        return Choices(draw_groups(LINK_FIRST), Outcome.REFUSED)
    except TocsinError as error:
        log.info("slack.options.refused", error_code=error.code)
        return Choices(draw_groups([]), Outcome.REFUSED)
    return Choices(draw_groups(groups), Outcome.DONE)


def _assignees(session: Session, issue: Issue, user_id: UserId, typed: str) -> Sequence[Group]:
    """Me and nobody, those who dealt with the issue, then teams and people."""
    found = list_assignees(session, session.get_one(Project, issue.project_id), typed=typed)
    names = dict(found.people)
    fitting = [user_id for user_id in suggest_assignees(session, issue) if user_id in names]
    suggested = [Option(names[each], f"user:{each}") for each in fitting if each != user_id]
    return [
        Group("Suggested", (*_me(user_id, names, typed), *_nobody(issue, typed), *suggested)),
        Group("Teams", tuple(Option(f"#{slug}", f"team:{team_id}") for team_id, slug in found.teams)),
        Group("People", tuple(Option(name, f"user:{each}") for each, name in found.people)),
    ]


def _me(user_id: UserId, names: dict[UserId, str], typed: str) -> tuple[Option, ...]:
    return (Option("Me", ME),) if user_id in names or _begins("me", typed) else ()


def _nobody(issue: Issue, typed: str) -> tuple[Option, ...]:
    is_assigned = issue.assignee_user_id is not None or issue.assignee_team_id is not None
    return (Option("Nobody", NOBODY),) if is_assigned and _begins("nobody", typed) else ()


def _begins(word: str, typed: str) -> bool:
    return word.startswith(typed.lower())


def _releases(session: Session, issue: Issue, _user_id: UserId, typed: str) -> Sequence[Group]:
    """The project's releases, newest first."""
    found = search_releases(session, issue.project_id, typed, limit=RELEASES_AT_MOST)
    return [Group("Releases", tuple(Option(release.version, str(release.id)) for release in found))]


OPTIONS: dict[str, OptionsRow] = {
    ASSIGN.action_id: OptionsRow(
        Verb.ASSIGN, "Oneself, nobody, who dealt with the issue, teams and people with access to it.", _assignees
    ),
    RELEASE: OptionsRow(Verb.TRIAGE, "The releases of the issue's project, newest first.", _releases),
}
"""Every menu that asks for its choices: `action_id` to its row."""
