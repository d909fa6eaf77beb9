"""The shapes of what Slack posts to us, decoded once at the edge; unknown fields are left alone.

https://docs.slack.dev/reference/interaction-payloads, https://docs.slack.dev/apis/events-api and
https://docs.slack.dev/interactivity/implementing-slash-commands
"""

from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from tocsin.kernel.shapes import make_ready

MOST_FIELDS = 100
SIGNS = tuple((f"%{ord(sign):02X}".encode(), sign.encode()) for sign in '":,{}/[]')
"""JSON's own signs as a form writes them, and as they are. They mean nothing to a form, and nine of ten escapes in a
payload are one of them: putting them right first takes a third of the time of looking at each escape by itself."""


class MalformedPayloadError(ValueError):
    """The body is not what Slack sends to this address."""


class Team(msgspec.Struct, frozen=True):
    id: str | None = None


class Person(msgspec.Struct, frozen=True):
    """`team_id` is the person's own workspace, which an outsider of a shared channel does not share with us."""

    id: str | None = None
    team_id: str | None = None
    name: str | None = None
    username: str | None = None


class Channel(msgspec.Struct, frozen=True):
    id: str | None = None


class Container(msgspec.Struct, frozen=True):
    channel_id: str | None = None
    message_ts: str | None = None
    thread_ts: str | None = None


class Choice(msgspec.Struct, frozen=True):
    value: str | None = None


class UsedElement(msgspec.Struct, frozen=True):
    """What was used; a menu that was cleared has neither value nor option."""

    type: str | None = None
    action_id: str | None = None
    action_ts: str | None = None
    block_id: str | None = None
    value: str | None = None
    selected_option: Choice | None = None


class Filled(msgspec.Struct, frozen=True):
    """What one input of a form holds: typed words, or the chosen option."""

    value: str | None = None
    selected_option: Choice | None = None


class ViewState(msgspec.Struct, frozen=True):
    """What a form holds, by block id and then by action id."""

    values: dict[str, dict[str, Filled]] = {}


class View(msgspec.Struct, frozen=True):
    """A form: `id` is Slack's, `private_metadata` is what we gave it when it was opened."""

    id: str | None = None
    callback_id: str | None = None
    private_metadata: str | None = None
    state: ViewState | None = None


class Interaction(msgspec.Struct, frozen=True):
    """A gesture. Any part may be missing or null: `team` is for an organization-wide installation.

    `action_id`, `block_id` and `value` (what was typed) are those of a menu that asks for its choices.
    """

    type: str
    team: Team | None = None
    enterprise: Team | None = None
    user: Person | None = None
    channel: Channel | None = None
    container: Container | None = None
    actions: list[UsedElement] | None = None
    view: View | None = None
    trigger_id: str | None = None
    response_url: str | None = None
    action_id: str | None = None
    block_id: str | None = None
    value: str | None = None

    @property
    def team_ids(self) -> list[str]:
        """The workspace that it came from, then the organization that the workspace belongs to."""
        return [each.id for each in (self.team, self.enterprise) if each is not None and each.id]


class Told(msgspec.Struct, frozen=True):
    """A gesture, and the JSON that told it."""

    interaction: Interaction
    text: str

    @property
    def team_ids(self) -> list[str]:
        return self.interaction.team_ids


class EventRequest(msgspec.Struct, frozen=True):
    """A delivery of the Events API, or its handshake, which alone has a challenge. `event` is what happened, as JSON.

    `api_app_id` is the app that is told.
    """

    type: str
    team_id: str | None = None
    enterprise_id: str | None = None
    api_app_id: str | None = None
    challenge: str | None = None
    event: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def team_ids(self) -> list[str]:
        return [each for each in (self.team_id, self.enterprise_id) if each]


class MetadataDeleted(msgspec.Struct, frozen=True, tag_field="type", tag="message_metadata_deleted"):
    """A message with metadata was deleted (https://docs.slack.dev/reference/events/message_metadata_deleted).

    `app_id` and `bot_id` are those of whoever wrote it; `message_ts` is its id. Who deleted it is not told.
    """

    channel_id: str
    message_ts: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,12}\.[0-9]{6}$")]
    previous_metadata: dict[str, Any]
    app_id: str | None = None
    bot_id: str | None = None


class Command(msgspec.Struct, frozen=True):
    """A slash command."""

    command: str
    team_id: str
    enterprise_id: str | None = None

    @property
    def team_ids(self) -> list[str]:
        return [each for each in (self.team_id, self.enterprise_id) if each]


class Nothing(msgspec.Struct, frozen=True):
    """A body that nobody reads."""

    team_ids: tuple[str, ...] = ()


Payload = TypeVar("Payload", Interaction, EventRequest, Command, MetadataDeleted)
make_ready(Interaction, EventRequest, Command, MetadataDeleted)


def read_interaction(raw: bytes) -> Told:
    """What the JSON in the form's one field `payload` tells.

    Raises:
        MalformedPayloadError: there is no such field, or it holds something else.
    """
    text = _read_form(raw).get("payload", "")
    return Told(_decode(text, Interaction), text)


def read_event(raw: bytes) -> EventRequest:
    """A body of JSON.

    Raises:
        MalformedPayloadError: it is no JSON, or no event.
    """
    return _decode(raw, EventRequest)


def read_deletion(request: EventRequest) -> MetadataDeleted | None:
    """The deletion that an event tells of; `None` for every other event, and for one that cannot be understood."""
    try:
        return _decode(bytes(request.event), MetadataDeleted)
    except MalformedPayloadError:
        return None


def read_command(raw: bytes) -> Command:
    """A form, of whose repeated fields the first counts.

    Raises:
        MalformedPayloadError: it is no form, or no command.
    """
    return _convert(_read_form(raw), Command)


def read_anything(_raw: bytes) -> Nothing:
    """Take whatever it is."""
    return Nothing()


def _read_form(raw: bytes) -> dict[str, str]:
    for escaped, sign in SIGNS:
        raw = raw.replace(escaped, sign)
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise MalformedPayloadError("no form") from error
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(name, value)
    return fields


def _decode(text: str | bytes, shape: type[Payload]) -> Payload:
    try:
        return msgspec.json.decode(text, type=shape)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise MalformedPayloadError(f"no {shape.__name__}") from error


def _convert(fields: dict[str, str], shape: type[Payload]) -> Payload:
    try:
        return msgspec.convert(fields, shape)
    except msgspec.ValidationError as error:
        raise MalformedPayloadError(f"no {shape.__name__}") from error
