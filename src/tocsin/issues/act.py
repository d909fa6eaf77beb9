"""One person does one verb to one issue: what pages, command line and Slack all call, so that no edge learns a rule."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from tocsin.activities.models import Activity
from tocsin.issues import external, resolution, triage
from tocsin.issues.archiving import Forever, Until, UntilEscalating, archive
from tocsin.issues.change import get_issue_for_update
from tocsin.issues.comments import comment
from tocsin.issues.deleting import delete_issue, require_undeleted
from tocsin.issues.errors import IssueNotFoundError, MergedAwayError
from tocsin.issues.merging import merge, unmerge
from tocsin.issues.models import Issue, IssuePriority
from tocsin.issues.priority import set_priority
from tocsin.issues.queries import find_issue
from tocsin.issues.triage import Assignee
from tocsin.kernel.errors import InvalidInputError, NotFoundError
from tocsin.kernel.ids import IssueId, UserId
from tocsin.kernel.statement import Statement
from tocsin.members.authorize import authorize
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit, Scope, Source, Verb


@dataclass(frozen=True, slots=True)
class IssueAction:
    """What is to be done: a name of `ISSUE_ACTIONS`, and what that needs beside the issue."""

    name: str
    assignee: Assignee | None = None
    """To whom, for `assign`."""
    until: Until | None = None
    """Until when, for `archive`."""
    release: str | None = None
    """The version, for `resolve_in_release`."""
    commit: str | None = None
    """The sha, 7 to 64 hex digits, for `resolve_in_commit`."""
    priority: IssuePriority | None = None
    """How urgent, for `set_priority`."""
    text: str | None = None
    """What is said, for `comment`."""
    into: str | None = None
    """The issue to be a part of, as people call it, for `merge`."""
    fingerprints: tuple[str, ...] = ()
    """Their hashes, for `unmerge`."""
    url: str | None = None
    """The address of an issue elsewhere, for `link` and `unlink`."""
    label: str | None = None
    """What it is called there, for `link`."""


@dataclass(frozen=True, slots=True)
class IssueActionKind:
    """A row of `ISSUE_ACTIONS`: the verb that a person must be allowed, and what is then done."""

    verb: Verb
    run: Callable[[Session, Issue, Permit, IssueAction, datetime], Activity]


def act(
    session: Session,
    *,
    user_id: UserId,
    source: Source,
    issue_id: IssueId,
    action: IssueAction,
    now: datetime,
    show: Callable[[Issue], None] | None = None,
) -> Activity:
    """Do `action` to the issue as this person, and give what history keeps of it; the caller owns the transaction.

    `show` is shown the issue under its lock, as it is before anything is done.

    Raises:
        IssueNotFoundError: no such issue, or the person may not see it: both answer alike.
        NotAllowedError: they see it but lack the role; the message says whom to ask.
        AlreadyDoneError: somebody was faster.
        IssueDeletedError: it was deleted; the message says by whom.
        MergedAwayError: it was merged; the message says into which.
        AssignmentRefusedError: the person or team has no access to the project.
        InvalidInputError: no such action, or what it needs is missing or out of bounds.
    """
    kind = ISSUE_ACTIONS.get(action.name)
    if kind is None:
        raise InvalidInputError(f"There is no action {action.name!r}; there are {', '.join(ISSUE_ACTIONS)}.")
    scope = _find_scope(session, issue_id)
    if scope is None:
        raise _not_found()
    try:
        permit = authorize(session, user_id, kind.verb, scope, source=source)
    except NotFoundError:
        raise _not_found() from None
    issue = _hold(session, issue_id, scope, action)
    require_undeleted(session, issue)
    if issue.merged_into_id is not None:
        survivor = session.get_one(Issue, issue.merged_into_id)
        raise MergedAwayError(f"{issue.short_id} was merged into {survivor.short_id}: act on that one.")

    if show is not None:
        show(issue)
    return kind.run(session, issue, permit, action, now)


_SCOPE = Statement(
    select(Project.organization_id, Project.id)
    .join(Issue, Issue.project_id == Project.id)
    .where(Issue.id == bindparam("issue_id"))
)


def _find_scope(session: Session, issue_id: IssueId) -> Scope | None:
    session.flush()
    found = _SCOPE.rows(session, {"issue_id": issue_id})
    return Scope(*found[0]) if found else None


def scope_of(session: Session, issue: Issue) -> Scope:
    """Where the issue is: its project and that project's organization."""
    scope = _find_scope(session, issue.id)
    assert scope is not None, "an issue is in a project"
    return scope


def _hold(session: Session, issue_id: IssueId, scope: Scope, action: IssueAction) -> Issue:
    """Hold the issue, and the one that it is to be a part of, in the order of their ids.

    Events are counted in that order too, and two merges that cross would otherwise wait for each other's issue.
    """
    into = find_issue(session, scope.organization_id, action.into) if action.into else None
    other_id = issue_id if into is None else into.merged_into_id or into.id
    held = {each: get_issue_for_update(session, each) for each in sorted({issue_id, other_id})}
    found = held[issue_id]
    if found is None:
        raise _not_found()
    return found


def _resolve(session: Session, issue: Issue, permit: Permit, _action: IssueAction, now: datetime) -> Activity:
    return triage.resolve(session, issue, permit, now=now)


def _resolve_in_release(session: Session, issue: Issue, permit: Permit, action: IssueAction, now: datetime) -> Activity:
    if not action.release:
        raise InvalidInputError("Say in which release the issue is resolved.")
    return resolution.resolve_in_release(session, issue, permit, action.release, now=now)


def _resolve_in_current_release(
    session: Session, issue: Issue, permit: Permit, _action: IssueAction, now: datetime
) -> Activity:
    return resolution.resolve_in_current_release(session, issue, permit, now=now)


def _resolve_in_next_release(
    session: Session, issue: Issue, permit: Permit, _action: IssueAction, now: datetime
) -> Activity:
    return resolution.resolve_in_next_release(session, issue, permit, now=now)


def _resolve_in_commit(session: Session, issue: Issue, permit: Permit, action: IssueAction, now: datetime) -> Activity:
    if not action.commit:
        raise InvalidInputError("Say in which commit the issue is resolved.")
    return resolution.resolve_in_commit(session, issue, permit, action.commit, now=now)


def _reopen(session: Session, issue: Issue, permit: Permit, _action: IssueAction, now: datetime) -> Activity:
    return triage.reopen(session, issue, permit, now=now)


def _archive_until_escalating(
    session: Session, issue: Issue, permit: Permit, _action: IssueAction, now: datetime
) -> Activity:
    return archive(session, issue, permit, UntilEscalating(), now=now)


def _archive_forever(session: Session, issue: Issue, permit: Permit, _action: IssueAction, now: datetime) -> Activity:
    return archive(session, issue, permit, Forever(), now=now)


def _archive(session: Session, issue: Issue, permit: Permit, action: IssueAction, now: datetime) -> Activity:
    if action.until is None:
        raise InvalidInputError("Say until when the issue is to be archived.")
    return archive(session, issue, permit, action.until, now=now)


def _set_priority(session: Session, issue: Issue, permit: Permit, action: IssueAction, now: datetime) -> Activity:
    if action.priority is None:
        raise InvalidInputError(f"Choose a priority: {', '.join(IssuePriority)}.")
    return set_priority(session, issue, permit, action.priority, now=now)


def _assign(session: Session, issue: Issue, permit: Permit, action: IssueAction, now: datetime) -> Activity:
    if action.assignee is None:
        raise InvalidInputError("Say to whom the issue is to be assigned.")
    return triage.assign(session, issue, permit, action.assignee, now=now)


def _assign_me(session: Session, issue: Issue, permit: Permit, _action: IssueAction, now: datetime) -> Activity:
    return triage.assign(session, issue, permit, Assignee(user_id=permit.actor.user_id), now=now)


def _unassign(session: Session, issue: Issue, permit: Permit, _action: IssueAction, now: datetime) -> Activity:
    return triage.unassign(session, issue, permit, now=now)


def _comment(session: Session, issue: Issue, permit: Permit, action: IssueAction, now: datetime) -> Activity:
    return comment(session, issue, permit, action.text or "", now=now)


def _merge(session: Session, issue: Issue, permit: Permit, action: IssueAction, now: datetime) -> Activity:
    if not action.into:
        raise InvalidInputError("Say which issue it is a part of, like WEB-12.")
    return merge(session, issue, permit, action.into, now=now)


def _unmerge(session: Session, issue: Issue, permit: Permit, action: IssueAction, now: datetime) -> Activity:
    return unmerge(session, issue, permit, action.fingerprints, now=now)


def _link(session: Session, issue: Issue, permit: Permit, action: IssueAction, now: datetime) -> Activity:
    return external.link(session, issue, permit, action.url or "", action.label, now=now)


def _unlink(session: Session, issue: Issue, permit: Permit, action: IssueAction, now: datetime) -> Activity:
    return external.unlink(session, issue, permit, action.url or "", now=now)


def _delete(session: Session, issue: Issue, permit: Permit, _action: IssueAction, now: datetime) -> Activity:
    return delete_issue(session, issue, permit, now=now)


def _not_found() -> IssueNotFoundError:
    return IssueNotFoundError("There is no such issue, or you may not see it.")


ISSUE_ACTIONS: dict[str, IssueActionKind] = {
    "resolve": IssueActionKind(Verb.TRIAGE, _resolve),
    "resolve_in_release": IssueActionKind(Verb.TRIAGE, _resolve_in_release),
    "resolve_in_current_release": IssueActionKind(Verb.TRIAGE, _resolve_in_current_release),
    "resolve_in_next_release": IssueActionKind(Verb.TRIAGE, _resolve_in_next_release),
    "resolve_in_commit": IssueActionKind(Verb.TRIAGE, _resolve_in_commit),
    "reopen": IssueActionKind(Verb.TRIAGE, _reopen),
    "archive_until_escalating": IssueActionKind(Verb.TRIAGE, _archive_until_escalating),
    "archive_forever": IssueActionKind(Verb.TRIAGE, _archive_forever),
    "archive": IssueActionKind(Verb.TRIAGE, _archive),
    "set_priority": IssueActionKind(Verb.TRIAGE, _set_priority),
    "assign": IssueActionKind(Verb.ASSIGN, _assign),
    "assign_me": IssueActionKind(Verb.ASSIGN, _assign_me),
    "unassign": IssueActionKind(Verb.ASSIGN, _unassign),
    "comment": IssueActionKind(Verb.COMMENT, _comment),
    "merge": IssueActionKind(Verb.TRIAGE, _merge),
    "unmerge": IssueActionKind(Verb.TRIAGE, _unmerge),
    "link": IssueActionKind(Verb.TRIAGE, _link),
    "unlink": IssueActionKind(Verb.TRIAGE, _unlink),
    "delete": IssueActionKind(Verb.DELETE_ISSUES, _delete),
}
"""Everything that a person can do to an issue, by the name that edges use for it."""
