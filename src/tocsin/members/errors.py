"""What can stand in the way of a person, and what can go wrong with accounts."""

from tocsin.kernel.errors import ConflictError, NotFoundError, TocsinError
from tocsin.kernel.ids import UserId
from tocsin.organizations.permit import Role, Scope, Source, Verb


class RefusedError(TocsinError):
    """A person lacks the role for what they tried; every edge keeps it in the audit log, as it carries what that asks.

    It ends the transaction that would have acted, so it is written in one of its own:
    `members.authorize:record_refusal`.
    """

    code = "members.refused"

    def __init__(self, message: str, *, user_id: UserId, verb: Verb, scope: Scope, source: Source, role: Role) -> None:
        super().__init__(message)
        self.user_id = user_id
        self.verb = verb
        self.scope = scope
        self.source = source
        self.role = role
        """The least role that would do."""


class NotAllowedError(RefusedError):
    """The person may see the thing but lacks the role for the verb; the message names it and who can grant it."""

    code = "members.not_allowed"

    def __init__(
        self,
        message: str,
        *,
        user_id: UserId,
        verb: Verb,
        scope: Scope,
        source: Source,
        role: Role,
        grantors: tuple[str, ...],
    ) -> None:
        super().__init__(message, user_id=user_id, verb=verb, scope=scope, source=source, role=role)
        self.grantors = grantors
        """Names of up to three people who can grant it."""


class MemberNotFoundError(NotFoundError):
    """No such person in this organization."""

    code = "members.not_found"


class RoleAboveOwnError(RefusedError, ConflictError):
    """Nobody grants a role above their own, nor decides about one; the message names both roles."""

    code = "members.role_above_own"


class InvitationNotFoundError(NotFoundError):
    """No such invitation in this organization."""

    code = "members.invitation_not_found"


class InvitationExpiredError(NotFoundError):
    """The link of an invitation was used, ended by a newer one or taken back, is too old, or never was one."""

    code = "members.invitation_expired"


class AlreadyDecidedError(ConflictError):
    """Somebody was faster; the message says who, and what they decided."""

    code = "members.already_decided"


class AlreadyThereError(ConflictError):
    """Whoever is to be invited is a member, or on their way in already."""

    code = "members.already_there"


class NotTheirsError(ConflictError):
    """An invitation is for one e-mail address, and somebody else tries to use it."""

    code = "members.not_theirs"


class AccountNotFoundError(NotFoundError):
    """Nobody has an account with this e-mail."""

    code = "members.account_not_found"


class LastOwnerError(ConflictError):
    """An organization keeps at least one owner."""

    code = "members.last_owner"


class WrongPasswordError(TocsinError):
    """E-mail and password do not fit; which of the two is wrong is not told."""

    code = "members.wrong_password"


class ResetExpiredError(NotFoundError):
    """The link for a new password is unknown, was used, or is older than half an hour: all answer alike."""

    code = "members.reset_expired"


class EmailChangeExpiredError(NotFoundError):
    """The link that confirms an address is unknown, used, too old, replaced, or another person's: all answer alike."""

    code = "members.email_change_expired"


class TooManyTriesError(TocsinError):
    """Too many wrong passwords from this address; the right one would be refused as well until `retry_after` passed."""

    code = "members.too_many_tries"
    permanent = False

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many wrong passwords. Please try again in {retry_after} seconds.")
        self.retry_after = retry_after
        """Whole seconds, at least 1: the value of an HTTP `Retry-After`."""
