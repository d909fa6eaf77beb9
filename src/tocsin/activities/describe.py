"""The sentence for each type of activity, as parts without markup; each edge renders the parts its own way."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tocsin.activities.models import Activity, ActivityType
from tocsin.kernel.ids import UserId


@dataclass(frozen=True, slots=True)
class Text:
    """Words of ours or of others; escaped by whoever renders them."""

    text: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, by the name that history kept; `user_id` lets an edge use a fresher name. The system has none."""

    name: str
    user_id: UserId | None = None


@dataclass(frozen=True, slots=True)
class IssueName:
    """The issue that the sentence is about; each edge links it its own way."""


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere outside."""

    text: str
    url: str


Part = Text | Person | IssueName | Link
Sentence = list[Part]

ARCHIVED_UNTIL = {
    "until_escalating": "until it escalates",
    "forever": "forever",
}
"""How each way of archiving ends, said after "archived ISSUE"."""


def describe(activity: Activity) -> Sentence | None:
    """The sentence for `activity`; `None` for a type that is never told."""
    sentence = SENTENCES.get(activity.type)
    if sentence is None:
        return None
    return sentence(Person(activity.actor_label, activity.user_id), activity.data)


def _plain(words: str) -> Callable[[Person, dict[str, Any]], Sentence]:
    def sentence(actor: Person, _data: dict[str, Any]) -> Sentence:
        return [actor, Text(f" {words} "), IssueName()]

    return sentence


def _regressed(actor: Person, data: dict[str, Any]) -> Sentence:
    if actor.user_id is not None:
        return [actor, Text(" marked "), IssueName(), Text(" as a regression")]
    where = f" in {data['release']}" if data.get("release") else ""
    return [IssueName(), Text(f" came back{where} after it was resolved")]


def _archived(actor: Person, data: dict[str, Any]) -> Sentence:
    until = ARCHIVED_UNTIL[data["until"]]
    return [actor, Text(" archived "), IssueName(), Text(f" {until}")]


def _assigned(actor: Person, data: dict[str, Any]) -> Sentence:
    assignee = data["assignee"]
    if assignee["kind"] == "team":
        return [actor, Text(" assigned "), IssueName(), Text(f" to #{assignee['name']}")]
    if assignee["id"] == actor.user_id:
        return [actor, Text(" took "), IssueName()]
    return [actor, Text(" assigned "), IssueName(), Text(" to "), Person(assignee["name"], UserId(assignee["id"]))]


SENTENCES: dict[ActivityType, Callable[[Person, dict[str, Any]], Sentence]] = {
    ActivityType.RESOLVED: _plain("resolved"),
    ActivityType.REOPENED: _plain("reopened"),
    ActivityType.REGRESSED: _regressed,
    ActivityType.ARCHIVED: _archived,
    ActivityType.ASSIGNED: _assigned,
    ActivityType.UNASSIGNED: _plain("unassigned"),
}
"""Every activity that is told in threads. The first sight of an issue is told by its card."""


def plain_text(sentence: Sentence, *, issue: str) -> str:
    """The sentence without any markup, with `issue` for the issue's name."""
    words = {Text: lambda part: part.text, Person: lambda part: part.name, Link: lambda part: part.text}
    return "".join(issue if isinstance(part, IssueName) else words[type(part)](part) for part in sentence)
