"""A channel that takes nothing is left alone, its people are told once, and what waits goes on when it is mended."""

import pytest

from tests.flows.company import Company
from tocsin.chat.identities import link_identity
from tocsin.deliveries.models import BrokenPlace
from tocsin.kernel.db import read, write
from tocsin.kernel.ids import UserId
from tocsin.members.authorize import authorize
from tocsin.members.models import Member, User
from tocsin.notifications.thread_life import THREADS_PER_CHANNEL
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Role, Scope, Source, Verb, Via
from tocsin.rules.edit import add_rule


def link(company: Company, user_id: UserId, chat_user: str) -> None:
    with write(company.database) as session:
        link_identity(session, company.permit(), company.integration_id, chat_user, user_id, now=company.clock())


def add_person(company: Company, name: str, role: Role) -> UserId:
    now = company.clock()
    with write(company.database) as session:
        user = User(email=f"{name.lower()}@example.com", name=name, created_at=now)
        session.add(user)
        session.flush()
        session.add(Member(organization_id=company.organization_id, user_id=user.id, role=role, created_at=now))
        return user.id


def make_rule(company: Company, maker: UserId, channel: str) -> None:
    """`maker` makes a rule that posts in `channel`, on the page."""
    with write(company.database) as session:
        scope = Scope(company.organization_id, company.project_id)
        permit = authorize(session, maker, Verb.EDIT_RULES, scope, source=Source(Via.PAGE))
        add_rule(
            session,
            session.get_one(Project, company.project_id),
            permit,
            when=("first_seen",),
            integration_id=company.integration_id,
            channel=f"C0{channel.upper()}",
            channel_name=channel,
            now=company.clock(),
        )


def told(company: Company, chat_user: str) -> list[str]:
    """What a person was told in a direct message that a channel takes nothing."""
    return [each.text for each in company.slack.direct_messages(chat_user) if "can no longer post" in each.text]


def posts_in(company: Company, channel: str) -> int:
    """How often Slack was asked to post there."""
    return sum(call.arguments.get("channel") == channel for call in company.slack.calls("chat.postMessage"))


def states_of_cards(company: Company) -> list[str]:
    return [str(delivery.state) for delivery in company.deliveries() if delivery.kind == "card"]


def broken(company: Company) -> list[str]:
    with read(company.database) as session:
        return [place.channel for place in session.query(BrokenPlace)]


@pytest.fixture
def archived(company: Company) -> Company:
    """Ada, an owner, is linked; cards of errors go to #ops, which was archived, and one waits there."""
    link(company, company.ada, "U0ADA")
    company.alerts_go_to("ops")
    company.slack.archive("ops")
    company.report("ValueError")
    company.wait_until(lambda: told(company, "U0ADA"))
    return company


def test_an_owner_is_told_in_words_that_a_channel_takes_nothing(archived: Company) -> None:
    (sentence,) = told(archived, "U0ADA")

    assert "<#C0OPS>" in sentence
    assert "is_archived: unarchive the channel and invite the app again" in sentence


def test_a_broken_channel_is_called_no_more_and_nobody_is_told_twice(archived: Company) -> None:
    archived.report("KeyError")
    archived.report("TypeError")

    archived.wait_until(lambda: archived.states().count("parked") == 3)
    assert posts_in(archived, "C0OPS") == 1
    assert len(told(archived, "U0ADA")) == 1


def test_whoever_made_the_rule_is_told_instead_of_the_owner(company: Company) -> None:
    grace = add_person(company, "Grace", Role.ADMIN)
    link(company, company.ada, "U0ADA")
    link(company, grace, "U0GRACE")
    make_rule(company, grace, "ops")
    company.slack.archive("ops")

    company.report("ValueError")

    company.wait_until(lambda: told(company, "U0GRACE"))
    company.wait_until(company.is_quiet)
    assert told(company, "U0ADA") == []


def test_when_whoever_made_the_rule_has_left_an_owner_is_told(company: Company) -> None:
    grace = add_person(company, "Grace", Role.ADMIN)
    link(company, company.ada, "U0ADA")
    link(company, grace, "U0GRACE")
    make_rule(company, grace, "ops")
    with write(company.database) as session:
        session.get_one(User, grace).is_active = False
    company.slack.archive("ops")

    company.report("ValueError")

    company.wait_until(lambda: told(company, "U0ADA"))
    assert told(company, "U0GRACE") == []


def test_a_mended_channel_gets_what_waits_within_five_minutes_and_once(archived: Company) -> None:
    archived.report("KeyError")
    archived.wait_until(lambda: archived.states().count("parked") == 2)
    archived.slack.unarchive("ops")
    archived.slack.join("ops", "U0BOT")

    archived.passes(minutes=5)

    archived.wait_until(lambda: "parked" not in archived.states() and archived.is_quiet())
    assert [message.text.count("happened") for message in archived.slack.messages("ops")] == [1, 1]
    assert broken(archived) == []


def test_a_probe_in_vain_is_one_call_and_tells_nobody_again(archived: Company) -> None:
    archived.report("KeyError")
    archived.wait_until(lambda: archived.states().count("parked") == 2)

    archived.passes(minutes=5)

    archived.wait_until(lambda: posts_in(archived, "C0OPS") == 2)
    archived.wait_until(lambda: archived.states().count("parked") == 2)
    assert len(told(archived, "U0ADA")) == 1


def test_cards_that_were_given_up_while_the_channel_was_broken_take_no_thread_its_answers(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    card = company.card("ops")
    company.wait_until(company.is_quiet)
    company.slack.archive("ops")
    for times in range(1, THREADS_PER_CHANNEL + 1):
        company.does("resolve")
        company.report("ValueError")
        company.wait_until(lambda times=times: states_of_cards(company)[1:] == ["dead"] * (times - 1) + ["parked"])
        company.passes(minutes=61)
        company.wait_until(lambda times=times: states_of_cards(company)[1:] == ["dead"] * times)
    company.slack.unarchive("ops")
    company.passes(minutes=6)

    company.does("assign_me")

    company.wait_until(lambda: "Ada took WEB-1" in "".join(company.replies("ops", card.ts)))


def test_what_grew_too_old_while_its_channel_was_broken_is_not_said_after_the_mend(archived: Company) -> None:
    archived.slack.unarchive("ops")
    archived.slack.join("ops", "U0BOT")

    archived.passes(hours=2)
    archived.report("KeyError")

    archived.wait_until(lambda: states_of_cards(archived) == ["dead", "sent"])
    assert len(archived.slack.messages("ops")) == 1


def test_a_channel_that_breaks_anew_is_told_of_anew(archived: Company) -> None:
    archived.slack.unarchive("ops")
    archived.slack.join("ops", "U0BOT")
    archived.passes(minutes=5)
    archived.card("ops")
    archived.slack.archive("ops")

    archived.report("KeyError")

    archived.wait_until(lambda: len(told(archived, "U0ADA")) == 2)


def test_a_card_in_an_archived_channel_is_drawn_once_in_vain_and_again_after_the_mend(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    company.card("ops")
    company.wait_until(company.is_quiet)
    company.slack.archive("ops")
    company.does("resolve")
    company.wait_until(lambda: company.states() == ["sent", "parked"])
    company.slack.unarchive("ops")
    company.slack.join("ops", "U0BOT")

    company.passes(minutes=5)

    company.wait_until(lambda: company.states() == ["sent", "sent"])
    company.slack.wait_for(lambda: "Resolved" in str(company.card("ops").blocks), timeout=20)
    assert sum(call.answer.get("ok") is False for call in company.slack.calls("chat.update")) <= 1


def test_a_channel_that_is_archived_in_the_middle_hears_the_rest_once_and_in_order_after_the_mend(
    company: Company,
) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    card = company.card("ops")
    company.does("resolve")
    company.wait_for_replies("ops", card.ts, 1)
    company.wait_until(company.is_quiet)
    company.slack.archive("ops")
    company.does("reopen")
    company.wait_until(lambda: company.states() == ["sent", "sent", "parked"])
    company.does("resolve")
    company.wait_until(lambda: company.states() == ["sent", "sent", "parked", "parked"])

    company.slack.unarchive("ops")
    company.slack.join("ops", "U0BOT")
    company.passes(minutes=6)

    said = company.wait_for_replies("ops", card.ts, 3)
    company.wait_until(company.is_quiet)
    assert [sentence.split()[1] for sentence in said] == ["resolved", "reopened", "resolved"]
    assert sorted(company.slack.ledger.live_by_delivery().values()) == [1] * 4


def test_a_closed_thread_parks_its_reply_and_breaks_no_channel(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    card = company.card("ops")
    company.slack.lock_thread("ops", card.ts)

    company.does("resolve")

    company.wait_until(lambda: company.states() == ["sent", "parked"])
    assert broken(company) == []
