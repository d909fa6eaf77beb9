"""`tocsin issues comment`, `edit-comment`, `remove-comment` and `comments`: what people say about an issue."""

import sys
from typing import Annotated

from cyclopts import Parameter

from tocsin.activities.models import Activity
from tocsin.cli.choose import SOURCE, choose_organization, choose_person
from tocsin.cli.database import acting, open_database
from tocsin.cli.issue_acts import IssueArgument, get_visible
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption
from tocsin.cli.output import answer, table
from tocsin.issues.act import IssueAction, act
from tocsin.issues.comments import edit_comment, list_comments, remove_comment
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read
from tocsin.kernel.ids import ActivityId
from tocsin.settings import Settings

TextOption = Annotated[str | None, Parameter(name="--text", help="What to say; without it, all of stdin.")]
CommentArgument = Annotated[int, Parameter(name="COMMENT", help="The comment's number, as `comments` shows it.")]


def comment(
    issue: IssueArgument,
    /,
    *,
    text: TextOption = None,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Say something about an issue; its threads are told where a channel has comments switched on."""
    action = IssueAction("comment", text=_given(text))
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        user_id = choose_person(session, home, as_)
        found = get_visible(session, home, user_id, issue)
        said = act(session, user_id=user_id, source=SOURCE, issue_id=found.id, action=action, now=system_clock())
        document = _document(said)
    answer(document, [f"Comment {said.id} on {found.short_id}."], as_json=json)


def comments(
    issue: IssueArgument, /, *, organization: OrganizationOption = None, as_: AsOption = None, json: JsonOption = False
) -> None:
    """Show the comments on an issue, oldest first."""
    with open_database(Settings()) as database, read(database) as session:
        home = choose_organization(session, organization)
        found = get_visible(session, home, choose_person(session, home, as_), issue)
        said = list_comments(session, found.id)
    rows = [(each.id, each.actor_label, each.data["text"]) for each in said]
    lines = table(("COMMENT", "BY", "TEXT"), rows, nothing=f"Nobody said anything about {found.short_id} yet.")
    answer([_document(each) for each in said], lines, as_json=json)


def edit_comment_(
    comment: CommentArgument,
    /,
    *,
    text: TextOption = None,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Let a comment say something else, here and in every thread that was told it."""
    words = _given(text)
    with open_database(Settings()) as database, acting(database) as session:
        user_id = choose_person(session, choose_organization(session, organization), as_)
        now = system_clock()
        said = edit_comment(session, ActivityId(comment), words, user_id=user_id, source=SOURCE, now=now)
        document = _document(said)
    answer(document, [f"Comment {comment} says so now."], as_json=json)


def remove_comment_(
    comment: CommentArgument,
    /,
    *,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Take a comment back, here and in every thread that was told it."""
    with open_database(Settings()) as database, acting(database) as session:
        user_id = choose_person(session, choose_organization(session, organization), as_)
        said = remove_comment(session, ActivityId(comment), user_id=user_id, source=SOURCE, now=system_clock())
        document = _document(said)
    answer(document, [f"Comment {comment} is gone."], as_json=json)


def _given(text: str | None) -> str:
    return sys.stdin.read() if text is None else text


def _document(said: Activity) -> dict[str, object]:
    return {
        "id": said.id,
        "issue": said.issue_id,
        "by": said.actor_label,
        "text": said.data.get("text"),
        "edited": bool(said.data.get("edited")),
    }
