"""What can stand in the way of a verb on an issue."""

from tocsin.kernel.errors import ConflictError, InvalidInputError, NotFoundError


class IssueNotFoundError(NotFoundError):
    """No such issue, or the asker may not see it."""

    code = "issues.not_found"


class AlreadyDoneError(ConflictError):
    """The issue is already in the state that was asked for; somebody was faster, and the message says who."""

    code = "issues.already_done"


class AssignmentRefusedError(InvalidInputError):
    """The person or team cannot be given this issue; the message says why."""

    code = "issues.assignment_refused"
