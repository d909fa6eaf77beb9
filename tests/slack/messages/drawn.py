"""Every sentence and every state of a card, and how each was drawn when somebody last read it with care.

python -m tests.slack.messages.drawn

writes them anew. Read what changed before it is committed: it is what people will see.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.slack.messages.facts import BASE, card_facts
from tocsin.activities.describe import SENTENCES, IssueName, Link, Person, Text
from tocsin.activities.models import ActivityType
from tocsin.issues.models import IssuePriority, IssueStatus, Substatus
from tocsin.kernel.ids import UserId
from tocsin.notifications.facts import AssigneeFacts
from tocsin.slack.messages.card import draw_card
from tocsin.slack.messages.fold import fold_replies
from tocsin.slack.messages.reply import draw_sentence

FOLDER = Path(__file__).parent / "drawn"

ADA, GRACE = UserId(1), UserId(2)
BY_ADA, BY_TOCSIN = Person("Ada", ADA), Person("Tocsin")
OTHER = {"other": {"id": 3, "short_id": "WEB-3"}}
GITHUB = {"provider": "GitHub", "label": "acme/shop#12", "url": "https://github.com/acme/shop/issues/12"}
FIRST_OF_MAY = "2026-05-01T09:30:00+00:00"


@dataclass(frozen=True, slots=True)
class Said:
    """One way in which an activity of `type` is told: who did it, and what history keeps of it."""

    type: ActivityType
    data: dict[str, Any]
    actor: Person = BY_ADA


def _until(kind: str, **condition: Any) -> dict[str, Any]:
    return {"until": {"kind": kind, **condition}}


def _assigned(kind: str, number: int, name: str) -> dict[str, Any]:
    return {"assignee": {"kind": kind, "id": number, "name": name}}


REPLIES: dict[str, Said] = {
    "assigned to a person": Said(ActivityType.ASSIGNED, _assigned("user", GRACE, "Grace")),
    "assigned to a team": Said(ActivityType.ASSIGNED, _assigned("team", 7, "backend")),
    "assigned to oneself": Said(ActivityType.ASSIGNED, _assigned("user", ADA, "Ada")),
    "assigned by the system to a person": Said(ActivityType.ASSIGNED, _assigned("user", GRACE, "Grace"), BY_TOCSIN),
    "assigned by the system to a team": Said(ActivityType.ASSIGNED, _assigned("team", 7, "backend"), BY_TOCSIN),
    "unassigned": Said(ActivityType.UNASSIGNED, {}),
    "unassigned, since somebody left": Said(ActivityType.UNASSIGNED, {"left": "Grace"}, BY_TOCSIN),
    "resolved": Said(ActivityType.RESOLVED, {}),
    "resolved in a release": Said(ActivityType.RESOLVED_IN_RELEASE, {"release": "shop@2.4.1"}),
    "resolved in the next release": Said(ActivityType.RESOLVED_IN_RELEASE, {"release": None}),
    "resolved in a commit": Said(ActivityType.RESOLVED_IN_COMMIT, {"commit": "8f3a2c1d00", "release": None}),
    "resolved in a commit of a release": Said(
        ActivityType.RESOLVED_IN_COMMIT, {"commit": "8f3a2c1d00", "release": "shop@2.4.1"}
    ),
    "resolved by age": Said(ActivityType.RESOLVED_BY_AGE, {"days": 30}, BY_TOCSIN),
    "resolved by the age of a day": Said(ActivityType.RESOLVED_BY_AGE, {"days": 1}, BY_TOCSIN),
    "deployed": Said(ActivityType.DEPLOYED, {"environment": "production", "release": "shop@2.4.1"}, BY_TOCSIN),
    "reopened": Said(ActivityType.REOPENED, {}),
    "back from the archive at its moment": Said(
        ActivityType.REOPENED, {"expired": {"kind": "until_moment", "moment": FIRST_OF_MAY}}, BY_TOCSIN
    ),
    "marked as a regression": Said(ActivityType.REGRESSED, {}),
    "came back": Said(ActivityType.REGRESSED, {}, BY_TOCSIN),
    "came back in a release": Said(ActivityType.REGRESSED, {"release": "shop@2.5.0"}, BY_TOCSIN),
    "came back in a release after one": Said(
        ActivityType.REGRESSED, {"release": "shop@2.5.0", "resolved_in": "shop@2.4.1"}, BY_TOCSIN
    ),
    "back as a new storm": Said(ActivityType.REGRESSED, {"new_storm": True}, BY_TOCSIN),
    "archived until it escalates": Said(ActivityType.ARCHIVED, _until("until_escalating")),
    "archived forever": Said(ActivityType.ARCHIVED, _until("forever")),
    "archived until a moment": Said(ActivityType.ARCHIVED, _until("until_moment", moment=FIRST_OF_MAY)),
    "archived until an event": Said(ActivityType.ARCHIVED, _until("until_events", count=1, minutes=None)),
    "archived until many events": Said(ActivityType.ARCHIVED, _until("until_events", count=1000, minutes=None)),
    "archived until events in a window": Said(ActivityType.ARCHIVED, _until("until_events", count=100, minutes=60)),
    "archived until users": Said(ActivityType.ARCHIVED, _until("until_users", count=10, minutes=None)),
    "archived until a user in a window": Said(ActivityType.ARCHIVED, _until("until_users", count=1, minutes=1)),
    "escalates over its forecast": Said(ActivityType.ESCALATING, {"count": 1200, "forecast": 40}, BY_TOCSIN),
    "escalates out of the archive": Said(
        ActivityType.ESCALATING, {"expired": {"kind": "until_events", "count": 100, "minutes": None}}, BY_TOCSIN
    ),
    "seen many times": Said(ActivityType.SEEN_AGAIN, {"of": "events", "count": 1200, "within": "an hour"}, BY_TOCSIN),
    "hit many users": Said(ActivityType.SEEN_AGAIN, {"of": "users", "count": 50, "within": "10 minutes"}, BY_TOCSIN),
    "another priority": Said(ActivityType.PRIORITY_SET, {"from": "high", "to": "low"}),
    "a comment": Said(ActivityType.COMMENTED, {"text": "It is the cache.\nI clear it."}),
    "an edited comment": Said(ActivityType.COMMENTED, {"text": "It was the cache.", "edited": True}),
    "a removed comment": Said(ActivityType.COMMENTED, {"text": "", "removed": True}),
    "merged": Said(ActivityType.MERGED, OTHER),
    "took in another": Said(ActivityType.ABSORBED, OTHER),
    "unmerged": Said(ActivityType.UNMERGED, OTHER),
    "gave another back": Said(ActivityType.SPLIT, OTHER),
    "linked to a tracker": Said(ActivityType.LINKED, GITHUB),
    "unlinked from a tracker": Said(ActivityType.UNLINKED, GITHUB),
    "undone": Said(ActivityType.UNDONE, {"of": ActivityType.ARCHIVED}),
    "deleted": Said(ActivityType.DELETED, {}),
    "deleted with its project": Said(ActivityType.DELETED, {"with_project": True}),
}

RESOLVED = {"status": IssueStatus.RESOLVED, "substatus": None}
ARCHIVED = {"status": IssueStatus.ARCHIVED, "substatus": Substatus.ARCHIVED_UNTIL_CONDITION}
CARDS: dict[str, dict[str, Any]] = {
    "new": {},
    "ongoing, with users": {"substatus": Substatus.ONGOING, "event_count": 1234, "user_count": 56},
    "regressed": {"substatus": Substatus.REGRESSED, "event_count": 3},
    "escalating": {"substatus": Substatus.ESCALATING, "event_count": 90_000, "user_count": 4_000},
    "resolved": RESOLVED | {"last_change": [BY_ADA, Text(" resolved "), IssueName()]},
    "resolved in a release": RESOLVED | {"resolved_where": "in shop@2.4.1"},
    "archived until more events": ARCHIVED | {"archived_until": "until 100 more events"},
    "archived forever": ARCHIVED | {"substatus": Substatus.ARCHIVED_FOREVER, "archived_until": "forever"},
    "archived until it escalates": ARCHIVED
    | {"substatus": Substatus.ARCHIVED_UNTIL_ESCALATING, "archived_until": "until it escalates"},
    "assigned to somebody in this workspace": {"assignee": AssigneeFacts("user", "Grace", "U0GRACE")},
    "assigned to somebody elsewhere": {"assignee": AssigneeFacts("user", "Grace")},
    "assigned to a team": {"assignee": AssigneeFacts("team", "backend")},
    "of another level: fatal": {"level": "fatal"},
    "of another level: warning": {"level": "warning"},
    "of another level: info": {"level": "info"},
    "of another level: debug": {"level": "debug"},
    "of low priority": {"priority": IssuePriority.LOW},
    "of two rules": {"more_rules": 1},
    "merged into another": {"merged_from": "WEB-3"},
    "reopened in a newer card": {"next_card_url": "https://acme.slack.com/archives/C0OPS/p1"},
    "deleted": RESOLVED
    | {"is_deleted": True, "last_change": [BY_ADA, Text(" deleted "), IssueName(), Text(" with all its events")]},
    "of a message without a stack": {"excerpt": (), "tags": (), "culprit": "", "value": ""},
}


def drawn_replies() -> dict[str, dict[str, Any]]:
    """Each sentence as a reply: `{"text": ..., "blocks": [...]}` under its name; the last are several in one."""
    link = Link("WEB-12", f"{BASE}/issues/12/")
    bodies = {}
    for name, said in REPLIES.items():
        text, blocks = draw_sentence(SENTENCES[said.type](said.actor, said.data), issue_link=link, names={})
        bodies[name] = {"text": text, "blocks": blocks}
    few = [bodies["assigned to oneself"], bodies["archived forever"], bodies["reopened"]]
    return bodies | {"three in one": fold_replies(few), "more than fit in one": fold_replies(few * 60)}


def drawn_cards() -> dict[str, dict[str, Any]]:
    """The card in each state: `{"text": ..., "blocks": [...]}` under its name."""
    cards = {name: draw_card(card_facts(**changes)) for name, changes in CARDS.items()}
    return {name: {"text": card.text, "blocks": card.blocks} for name, card in cards.items()}


DRAWN = {"replies": drawn_replies, "cards": drawn_cards}


def kept(kind: str) -> dict[str, dict[str, Any]]:
    """How the messages of `kind` were drawn when they were last read."""
    return json.loads((FOLDER / f"{kind}.json").read_text())


def main() -> None:
    """Write every message as it is drawn now."""
    for kind, draw in DRAWN.items():
        messages = ",\n".join(_written(name, body) for name, body in draw().items())
        (FOLDER / f"{kind}.json").write_text(f"{{\n{messages}\n}}\n")


def _written(name: str, body: dict[str, Any]) -> str:
    """A line for each block, so that a change is read at a glance."""
    text, *blocks = (json.dumps(part, ensure_ascii=False) for part in (body["text"], *body["blocks"]))
    lines = ",\n  ".join(blocks)
    return f'{json.dumps(name)}: {{\n "text": {text},\n "blocks": [\n  {lines}\n ]\n}}'


if __name__ == "__main__":
    main()
