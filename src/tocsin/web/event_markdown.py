"""An event in Markdown, as people paste it into a ticket or hand it to a language model."""

from collections.abc import Iterator
from datetime import datetime

from tocsin.issues.queries import IssueLine
from tocsin.web.event_view import EventView
from tocsin.web.value_view import Rows

CRUMBS_TOLD = 10
VARIABLES_TOLD = 20
LONGEST_VALUE = 300


def event_markdown(issue: IssueLine, view: EventView, *, happened_at: datetime, address: str) -> str:
    """What somebody needs who has only this text.

    Whatever came from outside stands in code, so that no ticket system reads a mention, an image or a link in it.
    """
    lines = [
        f"# {issue.short_id}: {code(issue.title)}",
        "",
        *([code(_cut(issue.value)), ""] if issue.value and issue.value != issue.title else []),
        f"<{address}>",
        "",
        f"- Happened: {happened_at:%Y-%m-%d %H:%M:%S} UTC",
        f"- Seen: {issue.event_count} times since {issue.first_seen:%Y-%m-%d %H:%M} UTC",
        *_list((*view.highlights, *((tag.name, tag.value) for tag in view.tags))),
        "",
        *_message(view),
        *_stacks(view),
        *_request(view),
        *_crumbs(view),
    ]
    return "\n".join(lines).rstrip() + "\n"


def code(text: str) -> str:
    """`text` as a code span of one line; whatever backticks are in it do not end it."""
    text = " ".join(text.split()) or " "
    ticks = "`" * (_longest_run(text) + 1)
    blank = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{blank}{text}{blank}{ticks}"


def block(text: str) -> list[str]:
    """`text` as a code block that no line of it can end."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return [fence, text, fence, ""]


def _message(view: EventView) -> Iterator[str]:
    if view.message:
        yield from ("## Message", "", *block(view.message))


def _stacks(view: EventView) -> Iterator[str]:
    for stack in view.stacks:
        heading = f"{stack.relation} {code(stack.type)}".strip() if stack.type else "Stack"
        yield from (f"## {heading}", "", *block(stack.raw or stack.value))
        shown = next((frame for frame in stack.frames if frame.is_first and frame.variables), None)
        if shown is not None:
            yield from (f"Variables in {code(shown.function)}:", "", *_list(shown.variables[:VARIABLES_TOLD]), "")


def _request(view: EventView) -> Iterator[str]:
    if view.request is not None:
        yield from ("## Request", "", code(f"{view.request.method or 'GET'} {view.request.url}"), "")


def _crumbs(view: EventView) -> Iterator[str]:
    if view.crumbs:
        yield from ("## Breadcrumbs, the last one first", "")
        for crumb in view.crumbs[:CRUMBS_TOLD]:
            words = " ".join(filter(None, (crumb.before or crumb.time, crumb.category, crumb.text)))
            yield f"- {code(_cut(words))}"


def _list(rows: Rows) -> list[str]:
    return [f"- {code(name)}: {code(_cut(said))}" for name, said in rows]


def _longest_run(text: str) -> int:
    """How many backticks stand in a row at most."""
    longest = run = 0
    for letter in text:
        run = run + 1 if letter == "`" else 0
        longest = max(longest, run)
    return longest


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
