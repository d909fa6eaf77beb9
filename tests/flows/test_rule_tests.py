"""Trying a rule: its message goes where its cards go, says that it is a test, and leaves no card behind."""

from sqlalchemy import func, select, update

from tests.flows.company import Company
from tocsin.deliveries.models import Delivery
from tocsin.kernel.db import read, write
from tocsin.notifications.models import ParentNotification
from tocsin.notifications.rule_test import find_last_tests, send_test
from tocsin.rules.models import Rule


def test_a_test_stands_in_the_channel_of_the_rule_and_opens_no_card(company: Company) -> None:
    company.alerts_go_to("ops")

    try_rule(company)

    company.wait_until(lambda: company.slack.messages("ops"))
    [message] = company.slack.messages("ops")
    assert "This is a test: the rule “first seen or regressed → #ops” posts its cards of web here." in str(
        message.blocks
    )
    with read(company.database) as session:
        assert session.scalar(select(func.count(ParentNotification.id))) == 0


def test_a_rule_of_a_hostile_name_pings_nobody(company: Company) -> None:
    company.alerts_go_to("ops")
    with write(company.database) as session:
        session.execute(update(Rule).values(name="<!channel> *now*"))

    try_rule(company)

    company.wait_until(lambda: company.slack.messages("ops"))
    [message] = company.slack.messages("ops")
    assert "<!channel>" not in message.text + str(message.blocks)


def test_a_test_that_its_channel_does_not_take_tells_why(company: Company) -> None:
    company.alerts_go_to("ops")
    company.slack.archive("ops")

    try_rule(company)

    company.wait_until(lambda: last_state(company) == "parked")
    with read(company.database) as session:
        reason = session.scalars(select(Delivery.reason).where(Delivery.kind == "test")).one()
    assert "is_archived" in str(reason)


def try_rule(company: Company) -> None:
    with write(company.database) as session:
        send_test(session, session.scalars(select(Rule)).one(), company.permit(), now=company.clock())


def last_state(company: Company) -> str:
    with read(company.database) as session:
        [[test]] = find_last_tests(session, session.scalars(select(Rule)).all()).values()
        return test.state
