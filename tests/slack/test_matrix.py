"""Everything that can be used in Slack x every role x where somebody stands: each cell is played, none is missing."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.slack.matrix import Situation, Somebody, ask, change, populate, reset, send, trace
from tests.slack.office import Card, Office
from tests.slack.requests import ask_to_join
from tocsin.activities.models import Activity
from tocsin.issues.models import Issue, IssueUndo
from tocsin.issues.undo import look
from tocsin.kernel.ids import random_key
from tocsin.members.authorize import LEAST_ROLE
from tocsin.organizations.permit import Verb, Via
from tocsin.slack.actions.table import ACTIONS
from tocsin.slack.messages.keys import block_key, card_key
from tocsin.slack.options import OPTIONS
from tocsin.slack.press import Press
from tocsin.slack.views.seal import seal_card
from tocsin.slack.views.table import VIEWS
from tocsin.slack.workspaces import Workspace

Prepare = Callable[[Office, Card, Somebody], dict[str, Any]]
"""Makes the thing possible, and gives what the gesture's payload has beside the usual."""


@dataclass(frozen=True)
class Play:
    """How a button is used: what the issue is before, and what the element says beside its id."""

    columns: dict[str, Any] = field(default_factory=dict)
    prepare: Prepare = lambda _office, _card, _who: {}
    opens: str = ""
    """The title of the form that it opens."""
    is_idle: bool = False
    """It only leads somewhere."""


def offer(office: Office, card: Card, who: Somebody) -> dict[str, Any]:
    """This person resolved the issue a moment ago."""
    key, now = random_key(), office.world.clock()

    def note(session: Any) -> None:
        issue = session.get_one(Issue, card.issue_id)
        done = Activity(
            project_id=issue.project_id, issue_id=issue.id, type="resolved", user_id=who.user_id, actor_label="x",
            data={}, via=Via.SLACK, at=now,
        )  # fmt: skip
        session.add(done)
        session.flush()
        before = look(issue)
        issue.status, issue.resolved_at = "resolved", now
        session.add(
            IssueUndo(
                key=key, issue_id=issue.id, activity_id=done.id, user_id=who.user_id, before=before, at=now
            )
        )  # fmt: skip

    change(office, note)
    return {"value": card_key(card.message_key, key)}


def choose_me(_office: Office, card: Card, _who: Somebody) -> dict[str, Any]:
    """`Me` is chosen in the menu of assignees."""
    chosen = {"value": None, "type": "external_select", "selected_option": {"value": "me"}}
    return chosen | {"block_id": block_key("actions", card.message_key, 1)}


def request(office: Office, _card: Card, who: Somebody) -> dict[str, Any]:
    """Somebody asks to join Acme, and the message that asks for a decision is used."""
    asked = ask_to_join(office, f"new-{who.slack_user_id.lower()}-{random_key(6)}@example.com")
    return {"value": card_key(next(iter(asked.keys.values())))}


RESOLVED = {"status": "resolved", "substatus": None}

BUTTONS: dict[str, Play] = {
    "issue.resolve": Play(),
    "issue.reopen": Play(RESOLVED),
    "issue.archive_until_escalating": Play(),
    "issue.assign_me": Play(),
    "issue.assign": Play(prepare=choose_me),
    "issue.unassign": Play({"assignee_user_id": 1}),
    "issue.resolve_in": Play(opens="Resolve"),
    "issue.archive": Play(opens="Archive"),
    "issue.comment": Play(opens="Comment"),
    "issue.set_priority": Play(opens="Priority"),
    "rule.mute": Play(opens="Mute this rule"),
    "issue.undo": Play(prepare=offer),
    "link.open": Play(is_idle=True),
    "member.approve": Play(prepare=request),
    "member.reject": Play(prepare=request),
    "member.see": Play(is_idle=True),
}
FORMS: dict[str, dict[str, str]] = {
    "issue.resolve_in": {"how": "resolve"},
    "issue.archive": {"until": "forever"},
    "issue.comment": {"text": "Words."},
    "issue.set_priority": {"priority": "low"},
    "rule.mute": {"muted": "hour"},
}
MENUS = {"issue.assign", "issue.release"}

SAID = {
    Situation.OTHER_ORGANIZATION: ("is outside the organization", "has no place in the organization"),
    Situation.UNLINKED: ("does not know who you are",),
    Situation.DEACTIVATED: ("may not see it", "is deactivated or its place in the organization"),
    Situation.GUEST: ("Guests of this workspace",),
    Situation.OUTSIDER: ("another company",),
}
"""What somebody is told who may not; the other workspace's people have no Slack here in which they could be told."""
LACKING = ("you need the role",)


def may(who: Somebody, verb: Verb) -> bool:
    return who.situation == Situation.OWN_ORGANIZATION and who.role.rank >= LEAST_ROLE[verb].rank


def refusals(who: Somebody) -> tuple[str, ...]:
    return LACKING if who.situation == Situation.OWN_ORGANIZATION else SAID.get(who.situation, ())


def told(office: Office, who: Somebody) -> list[str]:
    return [each.text for each in office.slack.ephemerals("C0OPS", who.slack_user_id)]


def hears(office: Office, who: Somebody, words: tuple[str, ...]) -> None:
    """Wait until this person alone is told one of these."""
    assert not words or office.slack.wait_for(
        lambda: any(word in text for text in told(office, who)[-1:] for word in words), timeout=10
    )


def press_payload(office: Office, card: Card, action_id: str, number: int, extra: dict[str, Any]) -> dict[str, Any]:
    payload = office.payload(card, action_id)
    payload["actions"][0] |= {"action_ts": f"{number}.1", **extra}
    return payload


def opened(office: Office) -> list[str]:
    """The titles of the forms that Slack was asked to open: a forged trigger opens none, but it was authorised."""
    calls = [call.arguments["view"] for call in office.slack.calls("views.open")]
    return [view["title"]["text"] for view in calls if isinstance(view, dict)]


@pytest.fixture
def office(sqlite_office: Office) -> Office:
    return sqlite_office


def test_every_button_form_and_menu_has_its_cells():
    assert (set(BUTTONS), set(FORMS), MENUS) == (set(ACTIONS), set(VIEWS), set(OPTIONS))


@pytest.mark.parametrize("action_id", BUTTONS)
def test_a_button_works_for_those_alone_who_may(office: Office, action_id):
    card, play, row, numbers = office.card(), BUTTONS[action_id], ACTIONS[action_id], itertools.count(1)
    people = populate(office)
    wrong = []

    for who in people:
        reset(office, card, **play.columns)
        extra = play.prepare(office, card, who)
        before, forms = trace(office, card), len(opened(office))
        send(office, press_payload(office, card, action_id, next(numbers), extra), who)
        did_something = trace(office, card) != before or play.opens in opened(office)[forms:]
        expected = may(who, row.verb) and not play.is_idle
        if did_something != expected:
            wrong.append((who.role, who.situation, did_something))
        if not expected and not play.is_idle:
            hears(office, who, refusals(who))

    assert wrong == []


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_taken_from_those_alone_who_may(office: Office, form):
    card, row, numbers = office.card(), VIEWS[form], itertools.count(1)
    people = populate(office)
    wrong = []

    for who in people:
        reset(office, card)
        before = trace(office, card)
        answer = send(office, form_payload(office, card, form, who, next(numbers)), who)
        did_something = trace(office, card) != before
        sentence = "" if answer is None else answer["view"]["blocks"][0]["text"]["text"]
        is_told = any(word in sentence for word in refusals(who)) or who.situation == Situation.OTHER_WORKSPACE
        if did_something != may(who, row.verb) or (not did_something and not is_told):
            wrong.append((who.role, who.situation, did_something, sentence))

    assert wrong == []


@pytest.mark.parametrize("menu", sorted(MENUS))
def test_a_menu_offers_names_to_those_alone_who_may(office: Office, menu):
    card, row = office.card(), OPTIONS[menu]
    report_release(office)
    people = populate(office)
    wrong = []

    for who in people:
        payload = office.payload(card, menu) | {
            "type": "block_suggestion",
            "action_id": menu,
            "block_id": block_key("actions", card.message_key, 1),
            "value": "",
        }
        answer = ask(office, payload, who)
        values = [option["value"] for group in answer.get("option_groups", []) for option in group["options"]]
        expected_hint = ["link"] if who.situation == Situation.UNLINKED else []
        if (len(values) > 0 and values != ["link"]) != may(who, row.verb):
            wrong.append((who.role, who.situation, values))
        if not may(who, row.verb) and values != expected_hint:
            wrong.append((who.role, who.situation, values))

    assert wrong == []


def report_release(office: Office) -> None:
    office.world.report("web", {"exception": {"values": [{"type": "KeyError", "value": "x"}]}, "release": "web@1"})


def form_payload(office: Office, card: Card, form: str, who: Somebody, number: int) -> dict[str, Any]:
    """A form that was opened for this very person, in this very workspace: what is asked is whether they still may."""
    integration_id = office.integration_id
    workspace = Workspace(integration_id, "T0ACME", "", "", (), ())
    known = Press(
        workspace, who.slack_user_id, "", False, card.channel, card.ts, None, form, "", card.message_key, None, 0
    )
    state = {name: {name: {"type": "plain_text_input", "value": value}} for name, value in FORMS[form].items()}
    return {
        "type": "view_submission",
        "api_app_id": "A0APP",
        "view": {
            "type": "modal",
            "id": f"V{number}",
            "callback_id": form,
            "private_metadata": seal_card(office.world.deps.secrets, known),
            "state": {"values": state},
        },
    }
