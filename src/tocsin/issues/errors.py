"""What can stand in the way of a verb on an issue."""

from tocsin.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from tocsin.kernel.ids import UserId


class IssueNotFoundError(NotFoundError):
    """No such issue, or the asker may not see it."""

    code = "issues.not_found"


class CommentNotFoundError(NotFoundError):
    """No such comment, it was removed, or the asker may not see it."""

    code = "issues.comment_not_found"


class EventNotFoundError(NotFoundError):
    """No such event is stored of the issue: there was none, or it was retired or deleted."""

    code = "issues.event_not_found"


class AlreadyDoneError(ConflictError):
    """The issue is already in the state that was asked for; somebody was faster, and the message says who.

    `state` is that state in words, `by` whoever brought it about, when it was a person and history knows.
    """

    code = "issues.already_done"

    def __init__(self, state: str, *, by: str | None = None, user_id: UserId | None = None) -> None:
        super().__init__(f"{state}." if by is None else f"{state}, by {by}.")
        self.state = state
        self.by = by
        self.user_id = user_id


class MergedAwayError(ConflictError):
    """The issue was merged into another one, which is to be acted on instead."""

    code = "issues.merged_away"


class IssueDeletedError(ConflictError):
    """The issue was deleted; the message says when and by whom. Only its name is left."""

    code = "issues.deleted"


class AssignmentRefusedError(InvalidInputError):
    """The person or team cannot be given this issue; the message says why."""

    code = "issues.assignment_refused"


class ResolutionRefusedError(InvalidInputError):
    """The issue cannot be resolved in that release or commit; the message says why, and what can be done."""

    code = "issues.resolution_refused"


class UndoTooLateError(ConflictError):
    """What was done can no longer be taken back by this offer."""

    code = "issues.undo_too_late"


class UndoOvertakenError(ConflictError):
    """Somebody changed the issue since; the message says who, and nothing was restored."""

    code = "issues.undo_overtaken"
