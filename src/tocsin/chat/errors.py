"""What can stand in the way of connecting workspaces and linking people."""

from tocsin.kernel.errors import ConflictError, NotFoundError


class WorkspaceNotFoundError(NotFoundError):
    """No such workspace is connected to the organization."""

    code = "chat.workspace_not_found"


class WorkspaceTakenError(ConflictError):
    """Another organization connected this workspace with another app of its own."""

    code = "chat.workspace_taken"


class TeamLinkedError(ConflictError):
    """The team has a channel in this workspace already; the message names it. Nothing was changed."""

    code = "chat.team_linked"


class ChannelUnfitError(ConflictError):
    """Nothing could be said in the channel, or people of another company would read it; the message says which."""

    code = "chat.channel_unfit"


class IdentityTakenError(ConflictError):
    """The chat user or the account is linked to somebody else in this workspace; the message says which."""

    code = "chat.identity_taken"


class IdentityNotFoundError(NotFoundError):
    """There is no such link, or it is not the asker's."""

    code = "chat.identity_not_found"


class LinkExpiredError(NotFoundError):
    """The link is unknown, was used, or is older than its quarter of an hour: all answer alike."""

    code = "chat.link_expired"


class WorkspaceSharedError(ConflictError):
    """Several organizations use the workspace, and what was asked for would be done to all of them."""

    code = "chat.workspace_shared"
