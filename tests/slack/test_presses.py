import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, update
from structlog.testing import capture_logs

from slack_simulator.running import running_simulator
from tests.slack.office import BOT_TOKEN, PEOPLE, SECRET, Card, Office
from tocsin.chat.models import InboundDelivery, OrganizationIntegration
from tocsin.issues.change import get_issue_for_update
from tocsin.issues.models import Issue
from tocsin.kernel.db import write
from tocsin.members.models import Member, TeamMembership, User
from tocsin.notifications.models import ParentNotification
from tocsin.organizations.permit import Via
from tocsin.settings import SLACK_API_URL
from tocsin.slack.actions.repeats import is_first_delivery
from tocsin.slack.press import Press
from tocsin.slack.respond import is_slack_address
from tocsin.slack.workspaces import Workspace


@pytest.mark.parametrize(
    ("action_id", "status", "activity"),
    [
        ("issue.resolve", "resolved", "resolved"),
        ("issue.archive_until_escalating", "archived", "archived"),
        ("issue.assign_me", "unresolved", "assigned"),
    ],
)
def test_a_button_does_what_it_says_as_the_person_who_presses(office: Office, action_id, status, activity):
    card = office.card()

    pressed = office.press(card, action_id)

    assert pressed.ok
    assert office.issue(card).status == status
    assert office.history(card) == [(activity, "Ada")]


@pytest.mark.parametrize(("done", "undone"), [("issue.resolve", "issue.reopen"), ("issue.assign_me", "issue.unassign")])
def test_what_was_done_by_a_button_can_be_undone_by_one(office: Office, done, undone):
    card = office.card()

    office.send(office.payload(card, done))
    office.send(office.payload(card, undone))

    issue = office.issue(card)
    assert (issue.status, issue.assignee_user_id) == ("unresolved", None)


def test_history_remembers_that_it_was_done_in_slack_by_whom_and_where(office: Office):
    card = office.card()

    office.press(card, "issue.resolve")

    done = office.activities(card)[-1]
    assert (done.via, done.integration_id, done.slack_user_id) == (Via.SLACK, office.integration_id, "U0ADA")
    audited = office.audit("issue.triage")[-1]
    assert (audited.channel, audited.ts, audited.slack_user_id) == (card.channel, card.ts, "U0ADA")


def test_the_pressed_card_is_redrawn_before_all_others(office: Office):
    card = office.card()

    office.press(card, "issue.resolve")

    assert office.parent(card).pressed_at == office.world.clock()


def test_pressing_twice_is_told_to_be_done_already_and_by_whom(office: Office):
    card = office.card()
    office.press(card, "issue.resolve", by="olga")

    office.press(card, "issue.resolve", by="ada")

    assert office.told("ada", card) == "WEB-1 is already resolved, by <@U0GRACE>."
    assert office.history(card) == [("resolved", "Olga")]


def test_of_two_who_press_at_once_one_acts_and_the_other_hears_of_it(office: Office):
    card = office.card()
    press = {"channel": card.channel, "ts": card.ts, "action_id": "issue.resolve"}

    results = office.slack.press_together([press | {"user": PEOPLE["ada"]}, press | {"user": PEOPLE["olga"]}])

    assert [result.ok for result in results] == [True, True]
    assert len(office.history(card)) == 1
    winner = office.history(card)[0][1]
    loser = {"Ada": "olga", "Olga": "ada"}[winner]
    assert office.told(loser, card) == f"WEB-1 is already resolved, by <@{PEOPLE[winner.lower()]}>."


def test_a_press_that_slack_delivers_twice_is_done_once(office: Office):
    card = office.card()
    office.slack.fail("delivery.block_actions", "duplicated")

    office.press(card, "issue.resolve")

    assert office.history(card) == [("resolved", "Ada")]


def test_a_press_that_is_replayed_within_its_five_minutes_undoes_nothing(office: Office):
    card = office.card()
    resolving = office.payload(card, "issue.resolve")
    office.send(resolving)
    office.press(card, "issue.archive_until_escalating", by="olga")

    replayed = office.send(resolving)

    assert replayed.status_code == 200
    assert office.issue(card).status == "archived"


def test_somebody_whom_tocsin_does_not_know_is_invited_and_changes_nothing(office: Office):
    card = office.card(title="SecretPlanError")

    pressed = office.press(card, "issue.resolve", by="U0LINUS")

    told = office.told("U0LINUS", card)
    assert pressed.ok
    assert told.startswith("Tocsin does not know who you are there yet, so nothing was done.")
    assert f"<{office.address}/link/" in told
    assert "SecretPlanError" not in told
    assert office.issue(card).status == "unresolved"


def test_whoever_may_not_see_the_project_is_told_what_somebody_would_hear_of_no_issue_at_all(office: Office):
    card = office.card("pay")
    office.link("ben", "U0LINUS")

    office.press(card, "issue.resolve", by="ben")

    told = office.told("ben", card)
    assert told.startswith("There is no such issue any more, or the account that you are linked to, ben@example.com,")
    assert f"<{office.address}/link/" in told
    assert office.issue(card).status == "unresolved"
    assert [entry.target for entry in office.audit("refused")] == [f"issue:{card.issue_id}"]


def leave_team(session, _office):
    session.query(TeamMembership).delete()


def deactivate(session, office):
    session.execute(update(User).where(User.id == office.world.people["ada"]).values(is_active=False))


def lose_approval(session, office):
    session.execute(update(Member).where(Member.user_id == office.world.people["ada"]).values(is_active=False))


@pytest.mark.parametrize("change", [leave_team, deactivate, lose_approval])
def test_rights_that_were_lost_after_linking_are_lost_at_the_next_press(office: Office, change):
    card = office.card("pay")
    office.change(lambda session: change(session, office))

    office.press(card, "issue.resolve")

    assert "may not see it" in office.told("ada", card)
    assert office.history(card) == []


def test_a_card_of_another_organization_in_the_same_workspace_tells_nothing(office: Office):
    office.share_workspace_with_rival()
    card = office.card("spy", title="SecretPlanError")

    office.press(card, "issue.resolve")

    told = office.told("ada", card)
    assert told.startswith("The account that you are linked to, ada@example.com, is outside the organization")
    assert f"<{office.address}/link/" in told
    assert "SecretPlanError" not in told
    assert office.issue(card).status == "unresolved"
    assert [entry.organization_id for entry in office.audit("refused")] == [office.world.organizations["rival"]]


def test_a_card_whose_organization_has_left_the_workspace_does_nothing(office: Office):
    card = office.card()
    office.change(lambda session: session.query(OrganizationIntegration).delete())

    office.press(card, "issue.resolve")

    assert "or its organization no longer uses this workspace." in office.told("ada", card)
    assert office.issue(card).status == "unresolved"


def test_the_card_of_an_issue_that_was_deleted_says_so(office: Office):
    card = office.card()
    office.change(lambda session: session.delete(session.get_one(Issue, card.issue_id)))

    office.press(card, "issue.resolve")

    assert office.told("ada", card).startswith(
        "Tocsin does not know this card, or not any more: perhaps its issue was deleted or merged into another,"
    )


@pytest.mark.parametrize("value", ["v1:" + "0" * 32, "v0:whatever", None])
def test_a_button_of_another_version_or_of_somebodys_invention_is_explained(office: Office, value):
    card = office.card()
    payload = office.payload(card, "issue.resolve")
    payload["actions"][0]["value"] = value

    answer = office.send(payload)

    assert answer.status_code == 200
    assert office.told("ada", card).startswith("Tocsin does not know this card, or not any more")
    assert office.history(card) == []


@pytest.mark.parametrize("action_id", ["issue.resolve", "issue.resolve_in", "issue.archive_forever", "gone.family"])
def test_a_card_that_an_older_version_drew_says_so_and_is_drawn_anew(office: Office, action_id):
    card = office.card()
    draw(office, card)
    payload = office.payload(card, action_id)
    payload["actions"][0]["value"] = f"v0:{card.message_key}"

    answer = office.send(payload)

    assert answer.status_code == 200
    assert office.told("ada", card).startswith("This card is from an older version of Tocsin, so nothing was done.")
    assert office.parent(card).drawn_version == 0
    assert office.history(card) == []


def draw(office: Office, card: Card) -> None:
    """The card shows its issue as it is."""
    shown = {"drawn_version": office.issue(card).version}
    where = ParentNotification.message_key == card.message_key
    office.change(lambda session: session.execute(update(ParentNotification).where(where).values(**shown)))


def test_strangers_do_not_have_an_older_card_drawn_anew(office: Office):
    card = office.card()
    draw(office, card)
    payload = office.payload(card, "issue.archive_forever", by="U0GUEST")
    payload["actions"][0]["value"] = f"v0:{card.message_key}"

    office.slack.join(card.channel, "U0GUEST")
    office.send(payload)

    assert office.told("U0GUEST", card).startswith("Guests of this workspace")
    assert office.parent(card).drawn_version > 0


def test_a_button_that_only_leads_somewhere_is_acknowledged_without_a_word(office: Office):
    card = office.card()

    pressed = office.press(card, "issue.more", chosen="link.open", by="U0LINUS")
    office.press(card, "issue.resolve")

    assert (pressed.ok, pressed.body) == (True, "")
    assert office.told("ada", card)
    assert office.slack.ephemerals(card.channel, "U0LINUS") == []


@pytest.mark.parametrize("action_id", ["issue.explode", "\n"])
def test_a_button_that_this_version_does_not_know_is_explained(office: Office, action_id):
    card = office.card()

    answer = office.send(office.payload(card, action_id))

    assert answer.status_code == 200
    assert office.told("ada", card).startswith("This version of Tocsin does not know that button")


def test_a_menu_that_was_cleared_does_nothing(office: Office):
    card = office.card()
    payload = office.payload(card, "issue.assign")
    payload["actions"] = [
        {"type": "external_select", "action_id": "issue.assign", "action_ts": "1.2", "selected_option": None}
    ]

    answer = office.send(payload)

    assert answer.status_code == 200
    assert office.history(card) == []


def test_while_the_database_is_busy_nothing_is_done_and_the_person_is_told_to_press_again(hurried_office: Office):
    office = hurried_office
    card = office.card()

    with write(office.database) as session:
        get_issue_for_update(session, card.issue_id)
        pressed = office.press(card, "issue.resolve")

    assert pressed.ok
    assert pressed.milliseconds < 2500
    assert office.told("ada", card) == "The database was busy, so nothing was done. Please press again."
    assert office.history(card) == []


def test_a_press_that_found_the_database_busy_can_be_pressed_again(office: Office):
    card = office.card()
    payload = office.payload(card, "issue.resolve")
    with write(office.database) as session:
        get_issue_for_update(session, card.issue_id)
        office.send(payload)

    office.send(payload)

    assert office.history(card) == [("resolved", "Ada")]


def test_what_has_begun_when_slack_needs_its_answer_is_finished_and_said_to_be_under_way(hurried_office: Office):
    office = hurried_office
    card = office.card()
    known = office.card(title="KeyError")
    office.press(known, "issue.resolve", by="olga")
    office.press(known, "issue.resolve")
    heard = len(office.slack.wait_for(lambda: ada_heard(office, until="already resolved"), timeout=10))
    may_commit = threading.Event()

    @event.listens_for(office.database.writer, "commit")
    def wait(_connection):
        may_commit.wait(10)

    pressed = office.press(card, "issue.resolve")
    told = office.slack.wait_for(lambda: ada_heard(office)[heard:], timeout=10)[0]
    may_commit.set()

    assert pressed.ok
    assert 2000 < pressed.milliseconds < 3000
    assert told == "Tocsin is still working on it; the card will show what came of it."
    assert office.slack.wait_for(lambda: office.history(card) or None) == [("resolved", "Ada")]


def ada_heard(office: Office, *, until: str = "") -> list[str]:
    """What Ada alone was told in the channel, once `until` is part of it: a slow press is answered twice."""
    heard = [each.text for each in office.slack.ephemerals("C0OPS", PEOPLE["ada"])]
    return heard if any(until in text for text in heard) else []


def test_many_presses_behind_a_busy_writer_are_all_answered_in_time(hurried_office: Office):
    office = hurried_office
    cards = [office.card(title=f"Error{number}") for number in range(12)]

    with write(office.database) as session:
        for card in cards:
            get_issue_for_update(session, card.issue_id)
        with ThreadPoolExecutor(len(cards)) as people:
            pressed = list(people.map(lambda card: office.press(card, "issue.resolve"), cards))

    assert all(each.ok and each.milliseconds < 3000 for each in pressed)
    assert [office.history(card) for card in cards] == [[]] * len(cards)


def test_an_answer_reaches_the_person_when_the_gestures_own_address_is_used_up(office: Office):
    card = office.card()
    office.press(card, "issue.resolve", by="olga")
    office.told("olga", card)
    office.slack.fail("response_url", "http_500")

    office.press(card, "issue.resolve")

    assert office.told("ada", card) == "WEB-1 is already resolved, by <@U0GRACE>."
    assert [call.status for call in office.slack.calls("chat.postEphemeral")] == [200]


def test_an_address_that_is_not_slacks_is_never_called(office: Office):
    card = office.card()
    office.press(card, "issue.resolve", by="olga")
    with running_simulator() as other:
        payload = office.payload(card, "issue.resolve", response_url=f"{other.root}/response/1")

        office.send(payload)

        assert office.told("ada", card) == "WEB-1 is already resolved, by <@U0GRACE>."
        assert other.wire_log == []


@pytest.mark.parametrize(
    ("url", "is_slacks"),
    [
        ("https://hooks.slack.com/actions/T0/1/2", True),
        ("https://hooks.slack-gov.com/actions/T0/1/2", True),
        ("http://hooks.slack.com/actions/T0/1/2", False),
        ("https://hooks.slack.com.evil.example/x", False),
        ("https://hooks.slack.com@evil.example/x", False),
        ("https://user@hooks.slack.com/x", False),
        ("https://hooks.slack.com:8443/x", False),
        ("https://evil.example/hooks.slack.com", False),
        ("http://169.254.169.254/", False),
        ("file:///etc/passwd", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_only_slacks_own_addresses_are_answered_at(url, is_slacks):
    assert is_slack_address(url, SLACK_API_URL) == is_slacks


@pytest.mark.parametrize(
    ("url", "is_slacks"),
    [
        ("http://127.0.0.1:8070/response/1", True),
        ("http://127.0.0.1:8071/response/1", False),
        ("https://hooks.slack.com/actions/T0/1/2", False),
    ],
)
def test_beside_a_simulator_only_its_own_address_is_slacks(url, is_slacks):
    assert is_slack_address(url, "http://127.0.0.1:8070/api/") == is_slacks


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("U0GUEST", "Guests of this workspace cannot use Tocsin's buttons. Please ask one of its members."),
        ("U0SINGLE", "Guests of this workspace cannot use Tocsin's buttons. Please ask one of its members."),
        ("U0GONE", "This Slack account is deactivated, so nothing was done."),
    ],
)
def test_guests_and_the_deactivated_may_do_nothing_even_when_linked(office: Office, who, said):
    office.link("ben", who)
    office.slack.join("C0OPS", who)
    card = office.card()

    office.send(office.payload(card, "issue.resolve", by=who))

    assert office.told(who, card) == said
    assert office.history(card) == []
    assert [entry.slack_user_id for entry in office.audit("refused")] == [who]


def test_an_outsider_of_a_shared_channel_may_do_nothing_even_when_linked(office: Office):
    office.link("ben", "U0OUTSIDE")
    card = office.card(channel="C0SHARED")

    office.press(card, "issue.resolve", by="U0OUTSIDE")

    assert office.told("U0OUTSIDE", card).startswith("This card belongs to another company's Tocsin")
    assert office.history(card) == []


@pytest.mark.parametrize("fault", ["http_500", "ratelimited", "fatal_error", "slow"])
def test_slacks_silence_about_a_person_takes_nothing_from_them(office: Office, fault):
    card = office.card()
    office.slack.fail("users.info", fault, seconds=2)

    pressed = office.press(card, "issue.resolve")

    assert pressed.ok
    assert office.history(card) == [("resolved", "Ada")]


def test_a_run_of_presses_leaves_no_secret_and_nobodys_words_in_the_logs(office: Office, caplog):
    caplog.set_level("DEBUG")
    card = office.card(title="SecretPlanError")

    with capture_logs() as lines:
        for who in ("ada", "ada", "U0LINUS", "U0GUEST"):
            office.press(card, "issue.resolve", by=who)
            office.slack.wait_for(lambda who=who: office.history(card) or office.told(who, card))
        office.send(office.payload(card, "issue.explode"))

    logged = repr(lines) + caplog.text
    used = [call.arguments for call in office.slack.calls("block_actions")]
    secrets = [BOT_TOKEN, SECRET, "SecretPlanError", "/link/", "example.com", card.message_key]
    secrets += [each[name] for each in used for name in ("response_url", "trigger_id", "token") if name in each]
    assert [secret for secret in secrets if secret in logged] == []


def test_the_notes_that_keep_a_press_from_being_repeated_are_cleared_away(office: Office):
    card = office.card()
    office.press(card, "issue.resolve")
    office.change(lambda session: session.execute(update(InboundDelivery).values(received_at=long_ago(office))))

    for number in range(64):
        office.change(lambda session, number=number: note(session, office, number))

    assert count_old(office) == 0


def long_ago(office: Office):
    return office.world.clock().replace(year=2020)


def note(session, office: Office, number: int):
    press = Press(
        workspace=Workspace(office.integration_id, "T0ACME", "B0BOT", "U0BOT", (), (SECRET,)),
        slack_user_id="U0ADA",
        user_name="ada",
        is_outsider=False,
        channel="C0OPS",
        message_ts="1.2",
        thread_ts=None,
        action_id="issue.resolve",
        action_ts=str(number),
        card_key=None,
        response_url=None,
        arrived=0.0,
    )
    assert is_first_delivery(session, press, now=office.world.clock())


def count_old(office: Office) -> int:
    with write(office.database) as session:
        return session.query(InboundDelivery).where(InboundDelivery.received_at <= long_ago(office)).count()
