"""Which secrets prove a request of Slack's while one takes the place of another."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from structlog.testing import capture_logs

from tests.slack.office import BOT_TOKEN, SECRET, Office
from tocsin.chat.models import Integration
from tocsin.chat.platform import WorkspaceFacts
from tocsin.chat.signing_secrets import end_old_secrets
from tocsin.chat.workspaces import connect_workspace
from tocsin.kernel.secrets import SecretBox
from tocsin.organizations.permit import Permit, Scope, Via
from tocsin.slack.validate import validate
from tocsin.slack.workspaces import Workspace

SECOND, THIRD = "the second secret", "the third secret"
DAY = timedelta(hours=24)


def give(office: Office, secret: str, *, app: str = "A0APP", team_id: str = "T0ACME") -> Callable[[Session], object]:
    """Connecting Acme's workspace again, or another of theirs, with this secret."""
    facts = WorkspaceFacts(team_id, "Acme", "https://acme.slack.com/", app, "B0BOT", "U0BOT", ())
    permit = Permit.system("tests", Scope(office.world.organizations["acme"]), Via.CLI)
    return lambda session: connect_workspace(
        session,
        permit,
        facts,
        bot_token=BOT_TOKEN,
        signing_secret=secret,
        secret_box=office.world.deps.secrets,
        now=office.world.clock(),
    )


def end_old(office: Office) -> Callable[[Session], object]:
    permit = Permit.system("tests", Scope(office.world.organizations["acme"]), Via.CLI)
    integration = select(Integration).where(Integration.id == office.integration_id)
    return lambda session: end_old_secrets(
        session, permit, session.scalars(integration).one(), now=office.world.clock()
    )


def accepted(office: Office, *secrets: str) -> list[bool]:
    """Whether a request that was signed with each of these is taken now."""
    gesture = {"type": "something_new", "team": {"id": "T0ACME"}}
    return [office.send(gesture, secret=each).status_code == 200 for each in secrets]


@pytest.mark.parametrize("passed", [timedelta(0), DAY - timedelta(seconds=2)])
def test_the_secret_before_proves_a_request_for_a_day_beside_the_new_one(sqlite_office: Office, passed: timedelta):
    sqlite_office.change(give(sqlite_office, SECOND))

    sqlite_office.world.clock.now += passed

    assert accepted(sqlite_office, SECRET, SECOND) == [True, True]


def test_after_a_day_the_new_secret_alone_proves_a_request(sqlite_office: Office):
    sqlite_office.change(give(sqlite_office, SECOND))

    sqlite_office.world.clock.now += DAY

    assert accepted(sqlite_office, SECRET, SECOND) == [False, True]


def test_a_press_that_was_signed_with_the_secret_before_is_done(office: Office):
    card = office.card()
    office.change(give(office, SECOND))

    office.send(office.payload(card, "issue.resolve"), secret=SECRET)

    assert office.history(card) == [("resolved", "Ada")]


def test_a_secret_that_was_leaked_proves_nothing_from_then_on(sqlite_office: Office):
    sqlite_office.change(give(sqlite_office, SECOND))

    sqlite_office.change(end_old(sqlite_office))

    assert accepted(sqlite_office, SECRET, SECOND) == [False, True]


def test_a_secret_that_was_mistyped_does_not_push_out_the_one_before(sqlite_office: Office):
    sqlite_office.change(give(sqlite_office, "mistyped"))

    sqlite_office.change(give(sqlite_office, SECOND))

    assert accepted(sqlite_office, SECRET, SECOND) == [True, True]


def test_giving_the_same_secret_again_does_not_lengthen_the_life_of_the_one_before(sqlite_office: Office):
    sqlite_office.change(give(sqlite_office, SECOND))
    sqlite_office.world.clock.now += DAY / 2
    sqlite_office.change(give(sqlite_office, SECOND))

    within = accepted(sqlite_office, SECRET, SECOND)
    sqlite_office.world.clock.now += DAY / 2

    assert (within, accepted(sqlite_office, SECRET, SECOND)) == ([True, True], [False, True])


def test_a_secret_that_is_given_back_is_the_present_one_and_runs_out_no_more(sqlite_office: Office):
    sqlite_office.change(give(sqlite_office, SECOND))
    sqlite_office.change(give(sqlite_office, SECRET))

    sqlite_office.world.clock.now += DAY

    assert accepted(sqlite_office, SECRET, SECOND) == [True, False]


def test_the_secret_of_another_app_is_not_kept(sqlite_office: Office):
    sqlite_office.change(give(sqlite_office, SECOND))

    sqlite_office.change(give(sqlite_office, THIRD, app="A0NEW"))

    assert accepted(sqlite_office, SECRET, SECOND, THIRD) == [False, False, True]


def damage(team_id: str) -> Callable[[Session], object]:
    """The workspace's present secret, sealed with a key that nobody has any more."""
    of_workspace = update(Integration).where(Integration.external_id == team_id)
    box = SecretBox([Fernet.generate_key().decode()])
    lost = box.seal(SECRET, context="integration:1:signing_secret")
    return lambda session: session.execute(of_workspace.values(sealed_signing_secret=lost))


def test_a_secret_that_cannot_be_read_stops_the_requests_of_its_own_workspace_only(office: Office):
    card = office.card()
    office.change(give(office, THIRD, team_id="T0OTHER"))
    office.change(damage("T0OTHER"))

    office.press(card, "issue.resolve")

    assert office.history(card) == [("resolved", "Ada")]
    theirs = {"type": "something_new", "team": {"id": "T0OTHER"}}
    assert office.send(theirs, secret=THIRD).status_code == 401


def test_where_no_secret_can_be_read_slack_hears_that_it_is_our_fault(sqlite_office: Office):
    sqlite_office.change(damage("T0ACME"))

    answer = sqlite_office.send({"type": "something_new", "team": {"id": "T0ACME"}})

    assert answer.status_code == 503


def test_the_secret_before_proves_a_request_also_while_the_present_one_cannot_be_read(sqlite_office: Office):
    sqlite_office.change(give(sqlite_office, SECOND))

    sqlite_office.change(damage("T0ACME"))

    assert accepted(sqlite_office, SECRET, SECOND) == [True, False]


def test_a_secret_that_cannot_be_read_is_logged_once_and_without_it(sqlite_office: Office):
    sqlite_office.change(damage("T0ACME"))

    with capture_logs() as lines:
        for _ in range(3):
            accepted(sqlite_office, SECRET)
            sqlite_office.world.clock.now += timedelta(seconds=1)

    told = [each for each in lines if each["event"] == "slack.signing_secret.unreadable"]
    assert [(each["team_id"], each["unreadable"], each["readable"]) for each in told] == [("T0ACME", 1, 0)]
    assert SECRET not in str(lines)


SECRETS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1).filter(str.strip)
"""None is blank; and to HMAC a key and the same key with zeros behind it are one."""


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(secrets=st.lists(SECRETS, min_size=3, max_size=3, unique=True), raw=st.text())
def test_of_all_secrets_those_that_live_prove_a_request_and_no_other_does(
    sqlite_office: Office, secrets: list[str], raw: str
):
    present, before, unknown = secrets
    workspace = Workspace(sqlite_office.integration_id, "T0ACME", "B0BOT", "U0BOT", (), (present, before))

    def is_taken(secret: str) -> bool:
        headers = Headers(sqlite_office.signature(raw.encode(), secret=secret))
        try:
            return validate(sqlite_office.world.deps, [workspace], headers, raw.encode()) == [workspace]
        except HTTPException:
            return False

    assert [is_taken(each) for each in (present, before, unknown)] == [True, True, False]


def test_no_secret_stands_in_the_log(sqlite_office: Office):
    with capture_logs() as lines:
        sqlite_office.change(give(sqlite_office, SECOND))
        accepted(sqlite_office, SECRET, SECOND, THIRD)

    assert [each for each in (SECRET, SECOND, THIRD) if each in str(lines)] == []
