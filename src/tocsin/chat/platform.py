"""What a chat platform can be asked right now; each platform's edge fulfils it, and nobody below knows which."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tocsin.kernel.errors import NotFoundError, TocsinError, UnreachableError
from tocsin.kernel.ids import IntegrationId


@dataclass(frozen=True, slots=True)
class WorkspaceFacts:
    """What the platform says about the workspace that a bot token belongs to."""

    team_id: str
    """Slack's `T...`."""
    name: str
    url: str
    """`https://acme.slack.com/`."""
    app_id: str
    """Slack's `A...`; empty when the token may not read it."""
    bot_id: str
    bot_user_id: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What the platform says about a channel; `id` is what counts, `name` (without `#`) is what people read."""

    id: str
    name: str
    is_private: bool
    is_member: bool
    """Whether our bot is in it."""
    is_archived: bool
    is_shared: bool
    """Whether people of other companies are in it (Slack Connect)."""


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What the platform says about a person."""

    email: str | None
    """Lower-case; only an address that the platform has confirmed, and only when the token may read it."""


class ChatTokenRefusedError(TocsinError):
    """The platform does not accept this token; the message carries its reason (`invalid_auth`)."""

    code = "chat.token_refused"


class ChannelNotFoundError(NotFoundError):
    """No such channel, or a private one that our bot was not invited to: the platform answers both alike."""

    code = "chat.channel_not_found"


class ChatPersonNotFoundError(NotFoundError):
    """The platform knows no such person, or does not let us write to them."""

    code = "chat.person_not_found"


class ChatRefusedError(TocsinError):
    """The platform answered, and said no; the message carries its reason (`missing_scope`) and what to do."""

    code = "chat.refused"


class ChatUnreachableError(UnreachableError):
    """The platform did not answer, or asked us to come back later."""

    code = "chat.unreachable"


@dataclass(frozen=True, slots=True)
class LinkWords:
    """What the platform's people are told of their link, in its own markup; accounts are named by their e-mail."""

    linked: Callable[[str, str], str]
    """Of the account, and the address at which the link is undone."""
    unlinked: Callable[[str], str]
    """Of the account that it was."""


class ChatPlatform(Protocol):
    """Questions that are answered over the network, so never inside a transaction; and words, which are at hand.

    Every method may raise `ChatUnreachableError` and `ChatRefusedError` besides what it names.
    """

    @property
    def link_words(self) -> LinkWords:
        """How people of this platform are told of a link."""
        ...

    async def test_token(self, token: str) -> WorkspaceFacts:
        """Which workspace and bot this token belongs to.

        Raises:
            ChatTokenRefusedError: it is wrong, revoked or no bot's.
        """
        ...

    async def resolve_channel(self, integration_id: IntegrationId, name_or_id: str) -> ChannelFacts:
        """The channel that `C...`, `#name` or `name` means in the workspace.

        Raises:
            ChannelNotFoundError: there is none that our bot can see.
        """
        ...

    async def list_channels(self, integration_id: IntegrationId) -> list[ChannelFacts]:
        """The workspace's channels that our bot can see, for somebody who chooses one; a few minutes old at most."""
        ...

    async def open_direct_message(self, integration_id: IntegrationId, user: str) -> str:
        """The id of the conversation (`D...`) with the person `user` (`U...`).

        Raises:
            ChatPersonNotFoundError: there is no such person, or they cannot be written to.
        """
        ...

    async def read_person(self, integration_id: IntegrationId, user: str) -> PersonFacts:
        """What is known of the person `user` (`U...`).

        Raises:
            ChatPersonNotFoundError: there is no such person.
        """
        ...
