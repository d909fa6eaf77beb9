"""The same request, delivered again and again: it has one effect, also where the effect is that it is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.slack.matrix import Situation, Somebody
from tests.slack.office import PEOPLE, Office
from tests.slack.test_forms import submission
from tests.slack.test_matrix import request
from tests.slack.test_presses import deactivate, leave_team
from tocsin.chat.models import LinkNonce
from tocsin.kernel.db import read
from tocsin.organizations.permit import Role

DELIVERIES = 5

Payload = dict[str, Any]


def by_nobody_known(office: Office) -> tuple[str, Payload]:
    return "U0LINUS", office.payload(office.card(), "issue.resolve", by="U0LINUS")


def without_a_place(office: Office) -> tuple[str, Payload]:
    office.link("ben", "U0LINUS")
    return "U0LINUS", office.payload(office.card("pay"), "issue.resolve", by="ben")


def by_a_guest(office: Office) -> tuple[str, Payload]:
    office.link("ben", "U0GUEST")
    return "U0GUEST", office.payload(office.card(), "issue.resolve", by="U0GUEST")


def without_the_role(office: Office) -> tuple[str, Payload]:
    return "U0ADA", office.payload(office.card(), "rule.mute")


def too_late(office: Office) -> tuple[str, Payload]:
    card = office.card()
    office.press(card, "issue.resolve", by="olga")
    return "U0ADA", office.payload(card, "issue.resolve")


def on_no_card(office: Office) -> tuple[str, Payload]:
    payload = office.payload(office.card(), "issue.resolve")
    payload["actions"][0]["value"] = "v1:" + "0" * 32
    return "U0ADA", payload


def on_an_unknown_button(office: Office) -> tuple[str, Payload]:
    return "U0ADA", office.payload(office.card(), "issue.explode")


def on_a_request_of_others(office: Office) -> tuple[str, Payload]:
    card = office.card()
    ada = Somebody(Role.MEMBER, Situation.OWN_ORGANIZATION, office.world.people["ada"], "U0ADA")
    payload = office.payload(card, "member.approve")
    payload["actions"][0] |= request(office, card, ada)
    return "U0ADA", payload


def on_a_request_by_the_deactivated(office: Office) -> tuple[str, Payload]:
    user, payload = on_a_request_of_others(office)
    office.change(lambda session: deactivate(session, office))
    return user, payload


def kept(office: Office) -> tuple[int, int]:
    """Refusals in the audit log, and links by which somebody could link or unlink themselves."""
    with read(office.database) as session:
        return len(office.audit("refused")), session.scalar(select(func.count()).select_from(LinkNonce)) or 0


@pytest.mark.parametrize(
    ("gesture", "refusals", "links"),
    [
        (by_nobody_known, 0, 1),
        (without_a_place, 1, 1),
        (by_a_guest, 1, 0),
        (without_the_role, 1, 0),
        (too_late, 0, 0),
        (on_no_card, 0, 0),
        (on_an_unknown_button, 0, 0),
        (on_a_request_of_others, 1, 0),
        (on_a_request_by_the_deactivated, 1, 1),
    ],
)
def test_a_refused_press_that_is_delivered_five_times_is_refused_once(
    office: Office, gesture: Callable[[Office], tuple[str, Payload]], refusals: int, links: int
):
    user, payload = gesture(office)
    office.slack.join("C0OPS", user)

    answers = [office.send(payload) for _ in range(DELIVERIES)]

    assert [answer.status_code for answer in answers] == [200] * DELIVERIES
    assert kept(office) == (refusals, links)
    assert len(heard_until_asked_again(office, user)) == 1


def heard_until_asked_again(office: Office, user: str) -> list[str]:
    """What this person alone was told before another gesture of theirs is answered."""
    last = office.payload(office.card(), "issue.last", by=user)
    last["actions"][0]["action_ts"] = "1700000009.000100"
    office.send(last)

    def heard() -> list[str]:
        told = [each.text for each in office.slack.ephemerals("C0OPS", PEOPLE.get(user, user))]
        return told if len(told) > 1 and told[-1].startswith("This version of Tocsin does not know") else []

    told = office.slack.wait_for(heard, timeout=10)
    return told[:-1]


def test_a_refused_form_that_is_delivered_five_times_is_refused_once_and_never_closes_as_if_it_worked(office: Office):
    card = office.card("pay")
    view = office.open_form(card, "issue.comment")
    office.change(lambda session: leave_team(session, office))

    answers = [office.send(submission(view, {"text": "Once."})).json() for _ in range(DELIVERIES)]

    said = [answer["view"]["blocks"][0]["text"]["text"] for answer in answers]
    assert "may not see it" in said[0]
    assert all(sentence.startswith("This form was refused when it was first sent") for sentence in said[1:])
    assert kept(office) == (1, 1)


def test_a_press_that_was_refused_is_not_done_when_it_is_replayed_after_the_right_was_given(office: Office):
    card = office.card()
    payload = office.payload(card, "issue.resolve", by="U0LINUS")
    office.send(payload)
    office.link("ben", "U0LINUS")

    office.send(payload)

    assert office.history(card) == []


def test_a_press_that_opens_a_form_opens_one_however_often_it_comes_and_says_nothing_beside_it(office: Office):
    card = office.card()
    office.slack.join("C0OPS", "U0ADA")
    office.slack.fail("delivery.block_actions", "duplicated")

    office.open_form(card, "issue.resolve_in")
    office.send(office.payload(card, "issue.last"))

    assert office.told("ada", card).startswith("This version of Tocsin does not know")
    assert len(office.slack.ephemerals("C0OPS", "U0ADA")) == len(office.slack.views("U0ADA")) == 1
