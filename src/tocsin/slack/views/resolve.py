"""The form by which an issue is resolved in a release, the next one or a commit."""

from datetime import datetime

from sqlalchemy.orm import Session

from tocsin.issues.act import IssueAction
from tocsin.kernel.ids import ReleaseId
from tocsin.organizations.models import Release
from tocsin.organizations.permit import Verb
from tocsin.organizations.releases import find_current_release
from tocsin.slack.actions.issue import act_on_card
from tocsin.slack.actions.presser import get_issue
from tocsin.slack.answer import Answer
from tocsin.slack.messages.buttons import RESOLVE_IN
from tocsin.slack.messages.menus import Option
from tocsin.slack.messages.modals import Choose, Input, TypeAhead, Write
from tocsin.slack.options import RELEASE
from tocsin.slack.press import Press
from tocsin.slack.views.row import Asked, FormError, Values, ViewRow

HOW, COMMIT = "how", "commit"

NOW = "resolve"
CURRENT, NEXT = "resolve_in_current_release", "resolve_in_next_release"
NAMED, BY_COMMIT = "resolve_in_release", "resolve_in_commit"
"""What can be chosen are names of `issues.act:ISSUE_ACTIONS`."""

INPUT_OF = {NAMED: RELEASE, BY_COMMIT: COMMIT}


def ask(session: Session, asked: Asked) -> tuple[Input, ...]:
    """Releases are offered only where the project has one."""
    current = find_current_release(session, asked.issue.project_id)
    commit = Write(COMMIT, "Commit", most=64, hint="For “In a commit”: at least the first 7 digits.")
    if current is None:
        options = (Option("In a commit", BY_COMMIT), Option("Now", NOW))
        return Choose(HOW, "It is fixed", options, hint="The project has no release yet."), commit
    options = (
        Option("In the next release", NEXT),
        Option(f"In the current release, {current.version}", CURRENT),
        Option("In another release", NAMED),
        Option("In a commit", BY_COMMIT),
        Option("Now", NOW),
    )
    return (
        Choose(HOW, "It is fixed", options, hint="What comes from where the fix is not yet will be no regression."),
        TypeAhead(RELEASE, "Release", hint="For “In another release”."),
        commit,
    )


def act(session: Session, press: Press, now: datetime) -> Answer | None:
    """Resolve the issue as the form says.

    Raises:
        FormError: the release or commit that is meant is not there.
    """
    how = press.values.get(HOW, "")
    if how == NAMED:
        return act_on_card(session, press, IssueAction(how, release=_version(session, press)), now=now)
    if how == BY_COMMIT:
        if COMMIT not in press.values:
            raise FormError(COMMIT, "Give the commit that has the fix.")
        return act_on_card(session, press, IssueAction(how, commit=press.values[COMMIT]), now=now)
    if how not in {NOW, CURRENT, NEXT}:
        raise FormError(HOW, "Choose one of these.")
    return act_on_card(session, press, IssueAction(how), now=now)


def blame(values: Values) -> str:
    """The input that decides how."""
    return INPUT_OF.get(values.get(HOW, ""), HOW)


def _version(session: Session, press: Press) -> str:
    """The version of the release that was chosen; only one of the issue's own project counts."""
    chosen = press.values.get(RELEASE)
    if chosen is None:
        raise FormError(RELEASE, "Choose the release that has the fix.")
    _, scope = get_issue(session, press)
    is_id = chosen.isascii() and chosen.isdecimal() and len(chosen) <= 18
    release = session.get(Release, ReleaseId(int(chosen))) if is_id else None
    if release is None or release.project_id != scope.project_id:
        raise FormError(RELEASE, "There is no such release here. Choose another.")
    return release.version


RESOLVE_VIEW = ViewRow(
    label=RESOLVE_IN.label,
    title="Resolve",
    submit="Resolve",
    verb=Verb.TRIAGE,
    doc="A form: resolved now, in the current, the next or another release, or in a commit.",
    ask=ask,
    act=act,
    blame=blame,
)
