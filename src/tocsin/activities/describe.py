"""The sentence for each type of activity, as parts without markup; each edge renders the parts its own way."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tocsin.activities.archive_words import until_words
from tocsin.activities.models import Activity, ActivityType
from tocsin.kernel.ids import IssueId, UserId


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


@dataclass(frozen=True, slots=True)
class Quote:
    """What somebody said, in their own words and lines; stands in a block of its own where there are blocks."""

    text: str


@dataclass(frozen=True, slots=True)
class OtherIssue:
    """Another issue of the same organization; each edge links it its own way."""

    id: IssueId
    short_id: str


Part = Text | Person | IssueName | Link | Quote | OtherIssue
Sentence = list[Part]

SHOWN_SHA = 7
"""Hex digits of a commit that people are shown, as git does."""


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


def _resolved_in_release(actor: Person, data: dict[str, Any]) -> Sentence:
    return [actor, Text(" resolved "), IssueName(), Text(f" in {data['release'] or 'the next release'}")]


def _resolved_in_commit(actor: Person, data: dict[str, Any]) -> Sentence:
    carried = f" of {data['release']}" if data["release"] else ""
    return [actor, Text(" resolved "), IssueName(), Text(f" in commit {data['commit'][:SHOWN_SHA]}{carried}")]


def _resolved_by_age(actor: Person, data: dict[str, Any]) -> Sentence:
    days = data["days"]
    unseen = f", which was not seen for {days} day{'s' if days != 1 else ''}"
    return [actor, Text(" resolved "), IssueName(), Text(unseen)]


def _deployed(_actor: Person, data: dict[str, Any]) -> Sentence:
    where = f" is in {data['environment']} with {data['release']}"
    return [Text("The fix of "), IssueName(), Text(where)]


def _regressed(actor: Person, data: dict[str, Any]) -> Sentence:
    if actor.user_id is not None:
        return [actor, Text(" marked "), IssueName(), Text(" as a regression")]
    if data.get("new_storm"):
        return [IssueName(), Text(" is back: again too many new issues in a minute, after a day or more without")]
    where = f" in {data['release']}" if data.get("release") else ""
    before = f" in {data['resolved_in']}" if data.get("resolved_in") else ""
    return [IssueName(), Text(f" came back{where} after it was resolved{before}")]


def _archived(actor: Person, data: dict[str, Any]) -> Sentence:
    return [actor, Text(" archived "), IssueName(), Text(f" {until_words(data['until'])}")]


def _reopened(actor: Person, data: dict[str, Any]) -> Sentence:
    if "expired" in data:
        return _back(data["expired"])
    return [actor, Text(" reopened "), IssueName()]


def _escalating(_actor: Person, data: dict[str, Any]) -> Sentence:
    if "expired" in data:
        return _back(data["expired"])
    came = f"{data['count']:,} events in an hour, where at most {data['forecast']:,} were to be expected"
    return [IssueName(), Text(f" escalates: {came}")]


def _back(expired: dict[str, Any]) -> Sentence:
    return [IssueName(), Text(f" is back: it was archived {until_words(expired)}")]


def _seen_again(_actor: Person, data: dict[str, Any]) -> Sentence:
    seen = f"hit {data['count']:,} users" if data["of"] == "users" else f"was seen {data['count']:,} times"
    return [IssueName(), Text(f" {seen} in {data['within']}")]


def _priority_set(actor: Person, data: dict[str, Any]) -> Sentence:
    return [actor, Text(" changed the priority of "), IssueName(), Text(f": {data['from']} → {data['to']}")]


def _assigned(actor: Person, data: dict[str, Any]) -> Sentence:
    assignee = data["assignee"]
    how = "" if actor.user_id is not None else " automatically"
    if assignee["kind"] == "team":
        return [actor, Text(" assigned "), IssueName(), Text(f" to #{assignee['name']}{how}")]
    if assignee["id"] == actor.user_id:
        return [actor, Text(" took "), IssueName()]
    to = Person(assignee["name"], UserId(assignee["id"]))
    return [actor, Text(" assigned "), IssueName(), Text(" to "), to, *([Text(how)] if how else [])]


def _unassigned(actor: Person, data: dict[str, Any]) -> Sentence:
    unassigned: Sentence = [actor, Text(" unassigned "), IssueName()]
    if data.get("team") is not None:
        return [*unassigned, Text(f", since the team #{data['team']} was deleted")]
    if data.get("stranger") is not None:
        return [*unassigned, Text(f", since {data['stranger']} sees the project no longer")]
    if data.get("left") is None:
        return unassigned
    return [*unassigned, Text(", since "), Person(data["left"]), Text(" left")]


def _commented(actor: Person, data: dict[str, Any]) -> Sentence:
    if data.get("removed"):
        return [actor, Text(" removed a comment on "), IssueName()]
    how = "commented on" if not data.get("edited") else "commented (edited) on"
    return [actor, Text(f" {how} "), IssueName(), Text(": "), Quote(data["text"])]


def _other(data: dict[str, Any]) -> OtherIssue:
    return OtherIssue(IssueId(data["other"]["id"]), data["other"]["short_id"])


def _merged(actor: Person, data: dict[str, Any]) -> Sentence:
    return [actor, Text(" merged "), IssueName(), Text(" into "), _other(data), Text(", where it goes on")]


def _absorbed(actor: Person, data: dict[str, Any]) -> Sentence:
    return [actor, Text(" merged "), _other(data), Text(" into "), IssueName()]


def _unmerged(actor: Person, data: dict[str, Any]) -> Sentence:
    return [actor, Text(" took "), IssueName(), Text(" out of "), _other(data)]


def _split(actor: Person, data: dict[str, Any]) -> Sentence:
    return [actor, Text(" took "), _other(data), Text(" out of "), IssueName()]


def _linked(verb: str, joint: str) -> Callable[[Person, dict[str, Any]], Sentence]:
    def sentence(actor: Person, data: dict[str, Any]) -> Sentence:
        there = Link(f"{data['provider']} issue {data['label']}", data["url"])
        return [actor, Text(f" {verb} "), IssueName(), Text(f" {joint} the "), there]

    return sentence


def _undone(actor: Person, data: dict[str, Any]) -> Sentence:
    return [actor, Text(f" undid {UNDONE[data['of']]} "), IssueName()]


def _deleted(actor: Person, data: dict[str, Any]) -> Sentence:
    whole = "the whole project" if data.get("with_project") else "all its events"
    return [actor, Text(" deleted "), IssueName(), Text(f" with {whole}")]


UNDONE: dict[str, str] = {
    ActivityType.RESOLVED: "resolving",
    ActivityType.RESOLVED_IN_RELEASE: "resolving",
    ActivityType.RESOLVED_IN_COMMIT: "resolving",
    ActivityType.REOPENED: "reopening",
    ActivityType.ARCHIVED: "archiving",
    ActivityType.PRIORITY_SET: "the new priority of",
    ActivityType.ASSIGNED: "assigning",
    ActivityType.UNASSIGNED: "unassigning",
}
"""What can be undone, and how that is called."""

SENTENCES: dict[ActivityType, Callable[[Person, dict[str, Any]], Sentence]] = {
    ActivityType.RESOLVED: _plain("resolved"),
    ActivityType.RESOLVED_IN_RELEASE: _resolved_in_release,
    ActivityType.RESOLVED_IN_COMMIT: _resolved_in_commit,
    ActivityType.RESOLVED_BY_AGE: _resolved_by_age,
    ActivityType.DEPLOYED: _deployed,
    ActivityType.REOPENED: _reopened,
    ActivityType.REGRESSED: _regressed,
    ActivityType.ARCHIVED: _archived,
    ActivityType.ESCALATING: _escalating,
    ActivityType.SEEN_AGAIN: _seen_again,
    ActivityType.PRIORITY_SET: _priority_set,
    ActivityType.ASSIGNED: _assigned,
    ActivityType.UNASSIGNED: _unassigned,
    ActivityType.COMMENTED: _commented,
    ActivityType.MERGED: _merged,
    ActivityType.ABSORBED: _absorbed,
    ActivityType.UNMERGED: _unmerged,
    ActivityType.SPLIT: _split,
    ActivityType.LINKED: _linked("linked", "to"),
    ActivityType.UNLINKED: _linked("unlinked", "from"),
    ActivityType.UNDONE: _undone,
    ActivityType.DELETED: _deleted,
}
"""Every activity that is told in threads. The first sight of an issue is told by its card."""


def plain_text(sentence: Sentence, *, issue: str) -> str:
    """The sentence without any markup, with `issue` for the issue's name."""
    return "".join(_plain_part(part, issue) for part in sentence)


def _plain_part(part: Part, issue: str) -> str:
    match part:
        case Text(text) | Link(text, _):
            return text
        case Person(name, _):
            return name
        case Quote(text):
            return f"“{text}”"
        case OtherIssue(_, short_id):
            return short_id
        case IssueName():
            return issue
