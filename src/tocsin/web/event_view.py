"""One event as a page shows it: everything that the SDK sent, sorted into what people look for. Pure."""

from dataclasses import dataclass
from datetime import datetime

from tocsin.events.schema import Event, Value
from tocsin.events.tags import client_of_request, tags_of
from tocsin.events.title import message_of
from tocsin.http.visible import visible
from tocsin.web.crumb_view import Crumb, crumbs_of
from tocsin.web.request_view import ShownRequest, view_request
from tocsin.web.stack_view import ShownThread, Stack, stacks_of, threads_of
from tocsin.web.tag_search import search_for_tag
from tocsin.web.value_view import Rows, Section, readable, rows_of

CONTEXT_TITLES = {
    "os": "Operating system",
    "device": "Device",
    "runtime": "Runtime",
    "browser": "Browser",
    "trace": "Trace",
    "app": "Application",
    "gpu": "Graphics",
    "culture": "Culture",
    "cloud_resource": "Cloud",
    "response": "Response",
    "otel": "OpenTelemetry",
}
"""Contexts that SDKs agree on (https://develop.sentry.dev/sdk/data-model/event-payloads/contexts/)."""
TOLD_FIRST = ("email", "username", "name", "id", "ip_address")
"""Fields of a user, the one that says most about who it is first."""
HIGHLIGHTED = frozenset({"browser", "runtime", "os", "device"})
"""Tags that say again what the highlights say."""


@dataclass(frozen=True, slots=True)
class ShownTag:
    """A tag of the event, and the `search` that finds issues which had it too."""

    name: str
    value: str
    search: str


@dataclass(frozen=True, slots=True)
class EventView:
    """What the page of an event shows, all of it text that the template escapes."""

    platform: str
    message: str
    """What was logged; empty beside an exception that says the same."""
    template: str
    """The message before its parameters were put in; empty where it has none."""
    parameters: Rows
    stacks: tuple[Stack, ...]
    threads: tuple[ShownThread, ...]
    crumbs: tuple[Crumb, ...]
    """The last one first."""
    highlights: Rows
    """What is looked for first: who, with what, where."""
    tags: tuple[ShownTag, ...]
    request: ShownRequest | None
    sections: tuple[Section, ...]
    """User, contexts, what the application added, SDK: those that have anything in them."""
    modules: Rows
    notes: tuple[str, ...]

    @property
    def has_libraries(self) -> bool:
        """Whether any frame is not the application's own."""
        return any(frame.run for stack in self.stacks for frame in stack.frames)

    @property
    def is_only_libraries(self) -> bool:
        """Whether no frame at all is the application's own."""
        return not any(frame.in_app for stack in self.stacks for frame in stack.frames)


def view_event(event: Event, *, happened_at: datetime | None = None) -> EventView:
    """Sort `event` for its page; breadcrumbs count from `happened_at`, which is the event's own time if it has one."""
    template, parameters = _template(event)
    return EventView(
        platform=visible(event.platform or ""),
        message=visible(_message(event)),
        template=visible(template),
        parameters=parameters,
        stacks=stacks_of(event),
        threads=threads_of(event),
        crumbs=crumbs_of(event, event.timestamp or happened_at),
        highlights=_highlights(event),
        tags=_tags(event),
        request=view_request(event.request),
        sections=tuple(section for section in _sections(event) if section.rows),
        modules=rows_of(dict(sorted((event.modules or {}).items()))),
        notes=tuple(visible(note) for note in event.notes),
    )


def _tags(event: Event) -> tuple[ShownTag, ...]:
    return tuple(
        ShownTag(visible(name), visible(said), search_for_tag(name, said))
        for name, said in tags_of(event).items()
        if name not in HIGHLIGHTED
    )


def who_of(event: Event) -> str:
    """Whom the event hit, by what says most about them; may be empty."""
    return next((readable(said) for said in map((event.user or {}).get, TOLD_FIRST) if said), "")


def _message(event: Event) -> str:
    """The message, unless an exception says the very same."""
    message = message_of(event)
    return "" if any(message == exception.value for exception in event.exception) else message


def _template(event: Event) -> tuple[str, Rows]:
    """A message's text with its placeholders, and what was put into them."""
    entry = event.logentry
    if entry is None or not entry.params:
        return "", ()
    params = entry.params
    if isinstance(params, dict):
        parameters = rows_of(params)
    else:
        each = params if isinstance(params, list) else [params]
        parameters = tuple((str(place), readable(value)) for place, value in enumerate(each, 1))
    return (entry.message or "") if entry.message != entry.formatted else "", parameters


def _highlights(event: Event) -> Rows:
    contexts = event.contexts or {}
    trace = contexts.get("trace")
    client = client_of_request(event)
    found = {
        "User": who_of(event),
        "Browser": _name_and_version(contexts.get("browser")) or visible(client.browser),
        "Runtime": _name_and_version(contexts.get("runtime")),
        "OS": _name_and_version(contexts.get("os")) or visible(client.system),
        "Device": _first_of(contexts.get("device"), ("model", "name", "family")),
        "Trace": _first_of(trace, ("trace_id",)),
    }
    return tuple((name, said) for name, said in found.items() if said)


def _sections(event: Event) -> list[Section]:
    sections = [Section("User", rows_of(event.user))]
    for name, context in (event.contexts or {}).items():
        fields = context if isinstance(context, dict) else {"value": context}
        # A context repeats its own name as its type where an SDK cannot use the names that all agree on.
        told = {key: value for key, value in fields.items() if (key, value) != ("type", name)}
        title = CONTEXT_TITLES.get(name) or visible(name)
        sections.append(Section(title, rows_of(told), _name_and_version(context)))
    sections.append(Section("Extra", rows_of(event.extra)))
    if event.sdk is not None:
        sections.append(Section("SDK", rows_of({"name": event.sdk.name, "version": event.sdk.version})))
    told = {"platform": event.platform, "logger": event.logger, "dist": event.dist, "type": event.type}
    sections.append(Section("Event", rows_of({"id": event.event_id, **told})))
    return sections


def _name_and_version(context: Value) -> str:
    """`CPython 3.11.9`, of a context that has a name."""
    if not isinstance(context, dict) or not isinstance(context.get("name"), str):
        return ""
    version = context.get("version")
    return visible(f"{context['name']} {version}" if isinstance(version, str) else f"{context['name']}")


def _first_of(context: Value, names: tuple[str, ...]) -> str:
    fields = context if isinstance(context, dict) else {}
    return next((readable(said) for said in map(fields.get, names) if said), "")
