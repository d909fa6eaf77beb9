"""What is done where a rule fires for an issue whose card stands in its channel already."""

from typing import Any

import pytest
from sqlalchemy import select

from tests.flows.company import Company
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import write
from tocsin.rules.edit import RuleChanges, edit_rule, remove_rule
from tocsin.rules.models import Rule
from tocsin.rules.repeat import Repeat

CAME_BACK = "WEB-1 came back after it was resolved"


def test_by_default_a_regression_opens_a_new_card_and_each_links_to_the_other_way_on(company: Company) -> None:
    old = a_card(company)

    come_back(company)

    new = company.wait_until(lambda: newest_card(company, besides=old.ts))
    address = f"https://acme.slack.com/archives/C0OPS/p{new.ts.replace('.', '')}"
    assert company.wait_for_replies("ops", old.ts, 2)[1] == f"{CAME_BACK} · <{address}|new card>"
    company.wait_until(lambda: address in blocks_of(company, old.ts))
    assert address not in blocks_of(company, new.ts)


def test_one_card_for_good_is_answered_and_shown_in_the_channel_when_it_comes_back(company: Company) -> None:
    card = a_card(company, new_card_after="never")

    come_back(company)

    assert company.wait_for_replies("ops", card.ts, 2)[1] == f"{CAME_BACK} (rule first seen or regressed → #ops)"
    assert [message.subtype for message in company.slack.replies("ops", card.ts)] == [None, "thread_broadcast"]


def test_a_quiet_rule_only_redraws_the_card(company: Company) -> None:
    card = a_card(company, new_card_after="never", repeat=Repeat.UPDATE_ONLY)

    come_back(company)

    company.wait_until(lambda: "Regressed" in blocks_of(company, card.ts))
    company.wait_until(company.is_quiet)
    assert company.replies("ops", card.ts) == ["Ada resolved WEB-1"]


def test_of_two_rules_for_one_channel_the_loudest_is_heard_once(company: Company) -> None:
    company.alerts_go_to("ops", when=("regressed",))
    card = a_card(company, new_card_after="never", repeat=Repeat.UPDATE_ONLY)
    change_rules(company, repeat=Repeat.THREAD, only_first=True)

    come_back(company)

    company.wait_for_replies("ops", card.ts, 2)
    company.wait_until(company.is_quiet)
    assert len(company.replies("ops", card.ts)) == 2


@pytest.mark.parametrize("is_removed", [False, True])
def test_a_rule_that_moved_or_is_gone_leaves_its_threads_answered_where_they_stand(
    company: Company, is_removed: bool
) -> None:
    card = a_card(company)
    with write(company.database) as session:
        rule = session.scalars(select(Rule)).one()
        if is_removed:
            remove_rule(session, rule, company.permit(), now=system_clock())
        else:
            place = (company.integration_id, "C0GENERAL", "general")
            edit_rule(session, rule, company.permit(), RuleChanges(place=place), now=system_clock())

    company.does("resolve")

    assert company.wait_for_replies("ops", card.ts, 1) == ["Ada resolved WEB-1"]
    assert len(company.slack.messages("general")) == 0


def a_card(company: Company, **choices: Any) -> Any:
    """The card of a new issue, by a rule with these choices."""
    company.alerts_go_to("ops")
    if choices:
        change_rules(company, **choices)
    company.report("ValueError")
    return company.card("ops")


def change_rules(company: Company, *, only_first: bool = False, **choices: Any) -> None:
    with write(company.database) as session:
        for rule in session.scalars(select(Rule).order_by(Rule.id)).all()[: 1 if only_first else None]:
            edit_rule(session, rule, company.permit(), RuleChanges(**choices), now=system_clock())


def come_back(company: Company) -> None:
    company.does("resolve")
    company.report("ValueError")


def newest_card(company: Company, *, besides: str) -> Any:
    return next((each for each in company.slack.messages("ops") if each.ts != besides), None)


def blocks_of(company: Company, ts: str) -> str:
    return next(str(each.blocks) for each in company.slack.messages("ops") if each.ts == ts)
