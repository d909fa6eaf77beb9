"""What follows when Slack tells that the app was removed, or that a channel was archived, renamed or mended."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.slack.office import BOT_TOKEN, Office
from tocsin.chat.channels import channel_names, find_channel_name, remember_channel
from tocsin.chat.models import CommentChannel, Integration, TeamChannel
from tocsin.chat.workspaces import reseal_secrets
from tocsin.deliveries.health import mark_place_broken
from tocsin.deliveries.models import BrokenPlace, Delivery
from tocsin.deliveries.parking import park_place
from tocsin.kernel.db import read, write
from tocsin.organizations.models import Project, Team
from tocsin.organizations.permit import Permit, Scope, Via
from tocsin.rules.edit import add_rule
from tocsin.rules.models import Rule

EVENT = "/extensions/slack/event/"
REASON = "is_archived: unarchive the channel and invite the app again, or choose another one in the rule"


def tell(office: Office, event: dict[str, Any], **how: Any) -> int:
    """Tell an event as Slack does; gives the status of the answer."""
    body = {"type": "event_callback", "team_id": "T0ACME", "api_app_id": "A0APP", "event_id": "Ev1", "event": event}
    return office.post(EVENT, json.dumps(body).encode(), kind="application/json", **how).status_code


def answered(office: Office, times: int) -> None:
    """Slack has told so many events and has its answers, whatever they are."""
    office.slack.wait_for(lambda: len(answers(office)) >= times, timeout=20)


def answers(office: Office) -> list[int]:
    return [entry.status for entry in office.slack.calls("event") if entry.status]


def alerts_go_to(office: Office, channel: str, name: str) -> None:
    with write(office.database) as session:
        project = session.get_one(Project, office.world.projects["web"])
        permit = Permit.system("tests", Scope(project.organization_id), Via.CLI)
        place = {"integration_id": office.integration_id, "channel": channel, "channel_name": name}
        add_rule(session, project, permit, when=["first_seen"], now=office.world.clock(), **place)


def broken_because(office: Office) -> str | None:
    with read(office.database) as session:
        return session.get_one(Integration, office.integration_id).broken_reason


def broken_places(office: Office) -> dict[str, str]:
    with read(office.database) as session:
        return {place.channel: place.reason for place in session.scalars(select(BrokenPlace))}


def breaks(office: Office, channel: str) -> None:
    """A message waits in a channel that takes nothing, and is tried again in five minutes."""
    place, now = (office.integration_id, channel), office.world.clock()
    with write(office.database) as session:
        session.add(
            Delivery(
                natural_key="notice:1",
                kind="notice",
                integration_id=office.integration_id,
                channel=channel,
                body={"text": "news"},
                created_at=now,
            )
        )
        session.flush()
        mark_place_broken(session, place, REASON, now=now)
        park_place(session, place, REASON)


def waits(office: Office) -> tuple[str, timedelta]:
    """How it stands with that message, and how long until the channel is tried."""
    with read(office.database) as session:
        delivery = session.scalars(select(Delivery).where(Delivery.natural_key == "notice:1")).one()
        place = session.scalars(select(BrokenPlace)).one()
        return str(delivery.state), place.probe_at - office.world.clock()


def meet_team_and_tell_comments(office: Office, channel: str) -> None:
    """A team is met in a channel of which the name is known, and comments are told there."""
    now, acme = office.world.clock(), office.world.organizations["acme"]
    place = {"integration_id": office.integration_id, "channel": channel}
    with write(office.database) as session:
        remember_channel(session, office.integration_id, channel, "secret")
        team = session.scalars(select(Team)).first()
        assert team is not None
        session.merge(TeamChannel(team_id=team.id, linked_at=now, linked_by="Olga", **place))
        session.add(CommentChannel(organization_id=acme, created_at=now, **place))


UNTRIED, TRIED = ("parked", timedelta(minutes=5)), ("pending", timedelta(0))


def test_a_workspace_that_removes_the_app_is_switched_off_once_and_at_once(office: Office) -> None:
    office.slack.uninstall()
    answered(office, 2)

    assert (answers(office), broken_because(office)) == ([200, 200], "account_inactive")
    assert len(office.audit("integration.disabled")) == 1


def test_a_workspace_whose_token_is_revoked_is_switched_off_at_once(office: Office) -> None:
    office.slack.revoke_token(BOT_TOKEN)
    answered(office, 1)

    assert (answers(office), broken_because(office)) == ([200], "token_revoked")


def test_an_old_farewell_of_an_app_that_is_here_again_switches_nothing_off(office: Office) -> None:
    farewells = [{"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U0BOT"]}}]

    statuses = [tell(office, farewell) for farewell in farewells]

    assert (statuses, broken_because(office)) == ([200, 200], None)


def test_a_refusal_of_a_token_that_was_replaced_meanwhile_switches_nothing_off(office: Office) -> None:
    alerts_go_to(office, "C0OPS", "ops")
    office.slack.fail("conversations.info", "error", error="token_revoked", times=1)

    with ThreadPoolExecutor(1) as slack:
        with write(office.database) as session:
            reseal_secrets(session, office.world.deps.secrets)  # stored anew, as by whoever connects the workspace
            session.flush()
            archived = slack.submit(tell, office, {"type": "channel_archive", "channel": "C0OPS"})
            office.slack.wait_for(lambda: len(office.slack.calls("conversations.info")) == 1)
        status = archived.result()

    assert (status, broken_because(office)) == (200, None)


def test_tokens_of_people_are_none_of_the_apps_concern(sqlite_office: Office) -> None:
    status = tell(sqlite_office, {"type": "tokens_revoked", "tokens": {"oauth": ["U0ADA"]}})

    assert (status, len(sqlite_office.slack.calls("auth.test"))) == (200, 0)


def test_while_slack_does_not_say_whether_the_token_is_good_it_is_to_tell_again(sqlite_office: Office) -> None:
    sqlite_office.slack.fail("auth.test", "http_500", times=1)

    sqlite_office.slack.revoke_token(BOT_TOKEN)
    answered(sqlite_office, 2)

    assert (answers(sqlite_office), broken_because(sqlite_office)) == ([503, 200], "token_revoked")


@pytest.mark.parametrize(("channel", "name"), [("C0OPS", "ops"), ("C0SECRET", "secret")])
def test_an_archived_channel_is_known_to_take_nothing_before_the_next_alert(
    office: Office, channel: str, name: str
) -> None:
    alerts_go_to(office, channel, name)

    office.slack.archive(channel)
    answered(office, 1)

    assert (answers(office), broken_places(office)) == ([200], {channel: REASON})
    assert [each.recipient for each in office.deliveries("notice")] == ["U0GRACE"]


def test_of_a_channel_that_is_archived_twice_people_are_told_once(sqlite_office: Office) -> None:
    alerts_go_to(sqlite_office, "C0OPS", "ops")
    sqlite_office.slack.archive("C0OPS")
    answered(sqlite_office, 1)

    tell(sqlite_office, {"type": "channel_archive", "channel": "C0OPS", "user": "U0ADA"})

    assert len(sqlite_office.deliveries("notice")) == 1


def test_an_archived_channel_that_nobody_wants_anything_of_is_not_even_asked_about(sqlite_office: Office) -> None:
    sqlite_office.slack.archive("C0RANDOM")
    answered(sqlite_office, 1)

    assert (answers(sqlite_office), broken_places(sqlite_office)) == ([200], {})
    assert sqlite_office.slack.calls("conversations.info") == []


def test_an_archiving_that_is_told_after_its_end_breaks_nothing(sqlite_office: Office) -> None:
    alerts_go_to(sqlite_office, "C0OPS", "ops")

    status = tell(sqlite_office, {"type": "channel_archive", "channel": "C0OPS", "user": "U0ADA"})

    assert (status, broken_places(sqlite_office)) == (200, {})


@pytest.mark.parametrize(("channel", "name"), [("C0OPS", "ops"), ("C0SECRET", "secret")])
def test_a_renamed_channel_is_called_by_its_new_name_everywhere(office: Office, channel: str, name: str) -> None:
    alerts_go_to(office, channel, name)

    office.slack.rename(channel, "operations")
    answered(office, 1)

    with read(office.database) as session:
        rule = session.scalars(select(Rule)).one()
        known = find_channel_name(session, office.integration_id, channel)
    assert (answers(office), known) == ([200], "operations")
    assert (rule.name, rule.actions[0]["channel_name"]) == ("first seen → #operations", "operations")


def test_of_two_renames_the_one_that_is_told_last_need_not_be_the_last(sqlite_office: Office) -> None:
    alerts_go_to(sqlite_office, "C0OPS", "ops")
    sqlite_office.slack.rename("C0OPS", "operations")
    answered(sqlite_office, 1)

    tell(sqlite_office, {"type": "channel_rename", "channel": {"id": "C0OPS", "name": "older", "created": 1}})

    with read(sqlite_office.database) as session:
        assert find_channel_name(session, sqlite_office.integration_id, "C0OPS") == "operations"


def test_a_channel_that_is_archived_no_more_is_tried_at_once(office: Office) -> None:
    office.slack.archive("C0OPS")
    answered(office, 1)
    breaks(office, "C0OPS")

    office.slack.unarchive("C0OPS")
    answered(office, 2)

    assert (answers(office), waits(office)) == ([200, 200], TRIED)


def test_a_channel_that_gets_another_id_is_meant_by_everything_that_meant_the_old_one(office: Office) -> None:
    alerts_go_to(office, "C0SECRET", "secret")
    breaks(office, "C0SECRET")
    meet_team_and_tell_comments(office, "C0SECRET")

    new = office.slack.change_channel_id("C0SECRET", shared_with="T0PARTNER")
    answered(office, 1)
    status = tell(office, {"type": "channel_id_changed", "old_channel_id": "C0SECRET", "new_channel_id": new})

    with read(office.database) as session:
        [rule] = session.scalars(select(Rule))
        [waiting] = session.scalars(select(Delivery))
        [team], [comments] = session.scalars(select(TeamChannel)), session.scalars(select(CommentChannel))
        channels = {rule.actions[0]["channel"], waiting.channel, team.channel, comments.channel}
        names = channel_names(session, office.integration_id, ["C0SECRET", new])
    assert (answers(office), status, channels, names) == ([200], 200, {new}, {new: "secret"})
    assert (waiting.state, broken_places(office)) == ("pending", {})
    assert [each.data for each in office.audit("rule.edit")] == [{"channel": {"from": "C0SECRET", "to": new}}]


def test_what_is_known_under_both_ids_already_stands_once_afterwards(office: Office) -> None:
    for channel in ("C0SECRET", "C0NEW"):
        meet_team_and_tell_comments(office, channel)

    tell(office, {"type": "channel_id_changed", "old_channel_id": "C0SECRET", "new_channel_id": "C0NEW"})

    with read(office.database) as session:
        comments = list(session.scalars(select(CommentChannel.channel)))
        names = channel_names(session, office.integration_id, ["C0SECRET", "C0NEW"])
    assert (comments, names) == (["C0NEW"], {"C0NEW": "secret"})


def test_a_channel_that_keeps_its_id_keeps_all_that_is_known_of_it(sqlite_office: Office) -> None:
    meet_team_and_tell_comments(sqlite_office, "C0SECRET")

    tell(sqlite_office, {"type": "channel_id_changed", "old_channel_id": "C0SECRET", "new_channel_id": "C0SECRET"})

    with read(sqlite_office.database) as session:
        comments = list(session.scalars(select(CommentChannel.channel)))
        names = channel_names(session, sqlite_office.integration_id, ["C0SECRET"])
    assert (comments, names) == (["C0SECRET"], {"C0SECRET": "secret"})


@pytest.mark.parametrize(
    "fate", [{"state": "sending"}, {"state": "uncertain"}, {"state": "sent", "sweep_at": datetime.now(UTC)}]
)
def test_what_may_stand_in_slack_under_the_mark_of_the_old_id_stays_where_it_is_looked_for(
    office: Office, fate: dict[str, Any]
) -> None:
    alerts_go_to(office, "C0SECRET", "secret")
    breaks(office, "C0SECRET")
    with write(office.database) as session:
        session.execute(update(Delivery).values(**fate))

    tell(office, {"type": "channel_id_changed", "old_channel_id": "C0SECRET", "new_channel_id": "C0NEW"})

    with read(office.database) as session:
        assert session.scalars(select(Delivery.channel)).all() == ["C0SECRET"]


@pytest.mark.parametrize("channel", ["C0RANDOM", "C0HIDDEN"])
def test_a_channel_to_which_the_app_is_invited_is_tried_at_once(office: Office, channel: str) -> None:
    breaks(office, channel)

    office.slack.join(channel, "U0BOT", inviter="U0ADA")
    answered(office, 1)

    assert (answers(office), waits(office)) == ([200], TRIED)


def test_a_channel_to_which_somebody_else_comes_is_not_tried_for_that(sqlite_office: Office) -> None:
    breaks(sqlite_office, "C0OPS")

    sqlite_office.slack.join("C0OPS", "U0LINUS")
    answered(sqlite_office, 1)

    assert (answers(sqlite_office), waits(sqlite_office)) == ([200], UNTRIED)


def test_an_invitation_that_could_not_be_stored_is_not_acknowledged_so_slack_tells_it_again(
    sqlite_office: Office,
) -> None:
    breaks(sqlite_office, "C0RANDOM")
    joined = {"type": "member_joined_channel", "user": "U0BOT", "channel": "C0RANDOM"}

    with write(sqlite_office.database):
        refused = tell(sqlite_office, joined)
    again = tell(sqlite_office, joined, headers={"X-Slack-Retry-Num": "1"})

    assert (refused, again, waits(sqlite_office)) == (503, 200, TRIED)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "member_joined_channel", "user": "U0BOT"},
        {"type": "member_joined_channel", "user": "U0BOT", "channel": None},
        {"type": "member_joined_channel", "user": "U0BOT", "channel": "#random"},
        {"type": "member_joined_channel", "user": "U0BOT", "channel": "C" + "0" * 5000},
        {"type": "channel_unarchive", "channel": {"id": "C0RANDOM"}},
        {"type": "channel_rename", "channel": "C0RANDOM"},
        {"type": "channel_deleted", "channel": "C0RANDOM"},
        {"type": "tokens_revoked", "tokens": "U0BOT"},
        {"type": "tokens_revoked"},
    ],
)
def test_what_cannot_be_understood_is_taken_and_left_alone(sqlite_office: Office, event: dict[str, Any]) -> None:
    breaks(sqlite_office, "C0RANDOM")

    status = tell(sqlite_office, event)

    assert (status, waits(sqlite_office), broken_because(sqlite_office)) == (200, UNTRIED, None)


def test_without_slacks_proof_nothing_follows(sqlite_office: Office) -> None:
    breaks(sqlite_office, "C0RANDOM")
    joined = {"type": "member_joined_channel", "user": "U0BOT", "channel": "C0RANDOM"}

    status = tell(sqlite_office, joined, secret="another secret")

    assert (status, waits(sqlite_office)) == (401, UNTRIED)
