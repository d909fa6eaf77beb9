"""The tags of an event: those it was sent with, and those that its other fields amount to."""

from collections.abc import Mapping

from tocsin.events.schema import MAX_TAG, Event, Value
from tocsin.events.stacktrace import is_handled
from tocsin.events.user_agents import MAX_USER_AGENT, Client, client_of

NAMED_CONTEXTS = ("browser", "os", "runtime", "device")
"""Contexts of which name and version say what people look for
(https://develop.sentry.dev/sdk/data-model/event-payloads/contexts/)."""


NOBODY = Client("", "")

OWN_TAGS = frozenset(
    {"environment", "release", "level", "transaction", "logger", "server_name", *NAMED_CONTEXTS, "handled"}
)
"""The names of the tags that an event has without anybody's sending them."""


def tags_of(event: Event) -> dict[str, str]:
    """All tags of `event` by name, the ones that every event can have first; a tag without a value is none.

    A field of the event goes before a tag that was sent under the same name, a tag before what a context amounts to.
    """
    fields = {
        "environment": event.environment,
        "release": event.release,
        "level": event.level,
        "transaction": event.transaction,
        "logger": event.logger,
        "server_name": event.server_name,
    }
    tags = {name: value[:MAX_TAG] for name, value in fields.items() if value}
    for name, value in event.tags.items():
        tags.setdefault(name, value)
    for name, value in _contexts(event).items():
        tags.setdefault(name, value)
    return tags


def _contexts(event: Event) -> Mapping[str, str]:
    found: dict[str, str] = {}
    contexts = event.contexts or {}
    client = client_of_request(event)
    otherwise = {"browser": client.browser, "os": client.system}
    for name in NAMED_CONTEXTS:
        words = _name_and_version(contexts.get(name)) or otherwise.get(name)
        if words:
            found[name] = words
    handled = is_handled(event)
    if handled is not None:
        found["handled"] = "yes" if handled else "no"
    return found


def client_of_request(event: Event) -> Client:
    """The browser that made the request of `event`, by what it called itself, and the system that it runs on.

    Of a server's event the system stays empty: it is its visitor's, and no place where anything went wrong.
    """
    headers = event.request.headers if event.request else None
    if not headers:
        return NOBODY
    said = next((said for name, said in headers.items() if name.lower() == "user-agent"), None)
    if not isinstance(said, str):
        return NOBODY
    client = client_of(said[:MAX_USER_AGENT])
    return client if event.platform == "javascript" else client._replace(system="")


def _name_and_version(context: Value) -> str:
    """`Chrome 120.0`, of a context that has a name."""
    if not isinstance(context, dict):
        return ""
    words = [word for word in (context.get("name"), context.get("version")) if isinstance(word, str) and word]
    return " ".join(words)[:MAX_TAG] if context.get("name") else ""
