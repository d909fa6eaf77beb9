"""What an organization chose not to hear is not told in threads, and is drawn on the card all the same."""

from tests.flows.company import Company
from tocsin.activities.models import ActivityType
from tocsin.activities.policy import Told, set_policy, switch_threads
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import write
from tocsin.organizations.models import Organization


def test_a_type_that_was_switched_off_is_passed_over(company: Company) -> None:
    company.alerts_go_to("ops")
    choose(company, assigned=Told(user=False))
    company.report("ValueError")
    card = company.card("ops")

    company.does("assign_me")
    company.does("resolve")

    company.wait_for_replies("ops", card.ts, 1)
    company.wait_until(company.is_quiet)
    assert company.replies("ops", card.ts) == ["Ada resolved WEB-1"]


def test_what_the_system_did_is_told_only_where_the_policy_says_so(company: Company) -> None:
    company.alerts_go_to("ops")
    choose(company, regressed=Told(user=True, system=False))
    company.report("ValueError")
    card = company.card("ops")
    company.does("resolve")

    company.report("ValueError")

    company.wait_until(lambda: len(company.slack.messages("ops")) == 2)
    company.wait_until(company.is_quiet)
    assert company.replies("ops", card.ts) == ["Ada resolved WEB-1"]


def test_with_the_switch_off_nothing_is_said_in_threads_and_cards_stay_true(company: Company) -> None:
    company.alerts_go_to("ops")
    with write(company.database) as session:
        organization = session.get_one(Organization, company.organization_id)
        switch_threads(session, organization, company.permit(), is_on=False, now=system_clock())
    company.report("ValueError")
    card = company.card("ops")

    company.does("resolve")

    company.wait_until(lambda: company.find_card("ops", "Resolved"))
    company.wait_until(company.is_quiet)
    assert company.replies("ops", card.ts) == []


def choose(company: Company, **told: Told) -> None:
    with write(company.database) as session:
        organization = session.get_one(Organization, company.organization_id)
        chosen = {ActivityType(name): each for name, each in told.items()}
        set_policy(session, organization, company.permit(), chosen, now=system_clock())
