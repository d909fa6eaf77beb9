"""The message that asks for a decision: what it shows in each state, and that nobody writes markup into it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.slack.messages.reading import buttons, json_length, live_tokens, words_of
from tocsin.members.models import InviteStatus
from tocsin.notifications.approvals import ApprovalFacts
from tocsin.slack.messages.approval import OUTCOMES, draw_approval
from tocsin.slack.messages.limits import MESSAGE_JSON

TEXT = st.text(max_size=300)


def facts(**changes: object) -> ApprovalFacts:
    known = {
        "version": 1,
        "message_key": "ab" * 16,
        "request": "Invite request",
        "status": InviteStatus.REQUESTED_TO_BE_INVITED,
        "email": "hedy@example.com",
        "name": "",
        "role": "member",
        "teams": (),
        "organization": "Acme",
        "asked_by": "Ada",
        "decided_by": "",
        "members_url": "https://tocsin.example/acme/members/",
    }
    return ApprovalFacts(**{**known, **changes})  # pyrefly: ignore[bad-argument-type] -- the fields are named above


def test_a_question_names_who_asks_for_whom_and_offers_the_decision():
    drawn = draw_approval(facts())

    assert "*Ada* asks to invite *hedy@example.com* to Acme as member." in words_of(drawn.blocks)
    assert list(buttons(drawn.blocks)) == ["Approve", "Reject", "See members"]


def test_a_question_names_the_teams_that_come_with_a_yes():
    drawn = draw_approval(facts(teams=("payments", "web")))

    assert "to Acme as member, in #payments, #web." in words_of(drawn.blocks)
    assert drawn.text.endswith("to Acme as member, in #payments, #web.")


def test_somebody_who_asks_for_themselves_is_named_as_they_call_themselves():
    drawn = draw_approval(facts(asked_by="", name="Hedy Lamarr"))

    assert "*hedy@example.com* (Hedy Lamarr) asks to join Acme as member." in words_of(drawn.blocks)


@pytest.mark.parametrize("status", [one for one in InviteStatus if one in OUTCOMES])
def test_what_is_decided_offers_no_decision(status: InviteStatus):
    drawn = draw_approval(facts(status=status, decided_by="Olga"))

    assert "by Olga." in words_of(drawn.blocks)
    assert list(buttons(drawn.blocks)) == ["See members"]


def test_every_state_is_a_question_or_an_outcome():
    questions = {InviteStatus.REQUESTED_TO_BE_INVITED, InviteStatus.REQUESTED_TO_JOIN}

    assert set(InviteStatus) - set(OUTCOMES) == questions


@given(name=TEXT, email=TEXT, asked_by=TEXT, organization=TEXT, decided_by=TEXT, status=st.sampled_from(InviteStatus))
def test_nobody_pings_or_breaks_the_message_by_what_they_call_themselves(
    name: str, email: str, asked_by: str, organization: str, decided_by: str, status: InviteStatus
):
    drawn = draw_approval(
        facts(
            name=f"<!channel>{name}",
            email=f"<@U0ADA>{email}",
            asked_by=asked_by,
            organization=f"<https://evil.example|Acme>{organization}",
            decided_by=decided_by,
            status=status,
        )
    )

    assert live_tokens(drawn.text, drawn.blocks) == []
    assert "<https://evil.example" not in str(drawn.blocks)
    assert json_length(drawn.blocks) <= MESSAGE_JSON
