"""Comments in threads: told where a channel wants them, changed and taken back wherever they were told."""

from typing import Any

from sqlalchemy import delete, func, select

from tests.flows.company import Company
from tocsin.chat.comment_channels import switch_comments
from tocsin.deliveries.models import Delivery
from tocsin.deliveries.plan import EDIT
from tocsin.issues.act import IssueAction, act
from tocsin.issues.comments import edit_comment, remove_comment
from tocsin.issues.models import Issue
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import write
from tocsin.kernel.ids import ActivityId
from tocsin.organizations.permit import Source, Via

PAGE = Source(Via.PAGE)


def test_a_comment_is_told_only_in_channels_that_want_comments_and_never_on_the_card(company: Company) -> None:
    comments_in(company, "ops")
    cards = cards_in(company, "ops", "general")

    say(company, "Looks like the <!channel> cache & *me*")
    company.does("resolve")

    said = company.wait_for_replies("ops", cards["ops"].ts, 2)
    company.wait_for_replies("general", cards["general"].ts, 1)
    company.wait_until(company.is_quiet)
    assert said[0].startswith("Ada commented on WEB-1: “Looks like the &lt;!channel&gt; cache &amp; ")
    assert company.replies("general", cards["general"].ts) == ["Ada resolved WEB-1"]
    assert "Looks like" not in "".join(str(each.blocks) for each in company.slack.messages("general"))


def test_the_words_stand_in_a_quote_of_their_own_literally_and_cut(company: Company) -> None:
    comments_in(company, "ops")
    card = cards_in(company, "ops")["ops"]

    say(company, "one\ntwo <@U0ADA> " + "x" * 3_000)

    company.wait_for_replies("ops", card.ts, 1)
    (block,) = company.slack.replies("ops", card.ts)[0].blocks
    quote = block["elements"][1]
    words = quote["elements"][0]["text"]
    assert quote["type"] == "rich_text_quote"
    assert (words.startswith("one\ntwo <@U0ADA> xxx"), len(words), words[-1]) == (True, 1_500, "…")


def test_an_edit_changes_the_reply_and_a_removal_takes_it_away(company: Company) -> None:
    comments_in(company, "ops")
    card = cards_in(company, "ops")["ops"]
    comment_id = say(company, "It is the cache")
    company.wait_for_replies("ops", card.ts, 1)

    edit(company, comment_id, "It is the clock")
    changed = company.wait_until(lambda: find_reply(company, card, "clock"))
    remove(company, comment_id)

    company.wait_until(lambda: not company.replies("ops", card.ts))
    company.wait_until(company.is_quiet)
    assert changed.text == "Ada commented (edited) on WEB-1: “It is the clock”"
    assert set(company.states()) == {"sent"}


def test_edits_in_quick_succession_end_in_the_last_and_say_nothing_twice(company: Company) -> None:
    comments_in(company, "ops")
    card = cards_in(company, "ops")["ops"]
    comment_id = say(company, "draft 0")

    for number in range(1, 8):
        edit(company, comment_id, f"draft {number}")

    company.wait_until(lambda: find_reply(company, card, "draft 7"))
    company.wait_until(company.is_quiet)
    assert len(company.replies("ops", card.ts)) == 1
    assert find_reply(company, card, "draft 7") is not None


def test_an_edit_is_shown_after_older_ones_were_forgotten(company: Company) -> None:
    comments_in(company, "ops")
    card = cards_in(company, "ops")["ops"]
    comment = say(company, "one")
    company.wait_for_replies("ops", card.ts, 1)
    for words in ("two", "three"):
        edit(company, comment, words)
        company.wait_until(lambda words=words: words in company.replies("ops", card.ts)[0])
    company.wait_until(company.is_quiet)
    with write(company.database) as session:
        oldest = select(func.min(Delivery.id)).where(Delivery.kind == EDIT).scalar_subquery()
        session.execute(delete(Delivery).where(Delivery.id == oldest))

    edit(company, comment, "four")

    company.wait_until(lambda: "four" in company.replies("ops", card.ts)[0])


def test_a_comment_that_slack_does_not_let_go_becomes_a_tombstone(company: Company) -> None:
    comments_in(company, "ops")
    card = cards_in(company, "ops")["ops"]
    comment_id = say(company, "It is the cache")
    company.wait_for_replies("ops", card.ts, 1)
    company.slack.fail("chat.delete", "error", error="cant_delete_message")

    remove(company, comment_id)

    company.wait_until(lambda: company.replies("ops", card.ts) == ["This comment was removed."])


def test_a_channel_that_wants_no_comments_any_more_keeps_none_that_was_taken_back(company: Company) -> None:
    comments_in(company, "ops")
    card = cards_in(company, "ops")["ops"]
    comment_id = say(company, "It is the cache")
    company.wait_for_replies("ops", card.ts, 1)
    comments_in(company, "ops", is_on=False)

    remove(company, comment_id)

    company.wait_until(lambda: not company.replies("ops", card.ts))


def test_a_channel_that_wants_comments_later_hears_no_old_one_by_its_edit(company: Company) -> None:
    card = cards_in(company, "ops")["ops"]
    comment_id = say(company, "It is the cache")
    company.wait_until(company.is_quiet)
    comments_in(company, "ops")

    edit(company, comment_id, "It is the clock")
    company.does("resolve")

    company.wait_for_replies("ops", card.ts, 1)
    company.wait_until(company.is_quiet)
    assert company.replies("ops", card.ts) == ["Ada resolved WEB-1"]


def test_a_reply_that_somebody_deleted_is_edited_once_in_vain_and_what_follows_is_said(company: Company) -> None:
    comments_in(company, "ops")
    card = cards_in(company, "ops")["ops"]
    comment_id = say(company, "It is the cache")
    company.wait_for_replies("ops", card.ts, 1)
    company.wait_until(company.is_quiet)
    deleted = company.slack.replies("ops", card.ts)[0].ts

    company.slack.delete_message("ops", deleted)
    edit(company, comment_id, "It is the clock")
    company.wait_until(lambda: "dead" in company.states())
    company.does("resolve")
    company.wait_for_replies("ops", card.ts, 1)
    company.wait_until(company.is_quiet)

    edits = [call for call in company.slack.calls("chat.update") if call.arguments["ts"] == deleted]
    told = [(str(each.kind), str(each.state), each.reason) for each in company.deliveries()]
    assert (company.replies("ops", card.ts), len(edits)) == (["Ada resolved WEB-1"], 1)
    assert told[2] == (EDIT, "dead", "somebody deleted the message in Slack")


def cards_in(company: Company, *channels: str) -> dict[str, Any]:
    company.alerts_go_to(*channels)
    company.report("ValueError")
    return {channel: company.card(channel) for channel in channels}


def comments_in(company: Company, channel: str, *, is_on: bool = True) -> None:
    with write(company.database) as session:
        address = (company.integration_id, f"C0{channel.upper()}")
        switch_comments(session, company.permit(), address, is_on=is_on, now=system_clock())


def say(company: Company, text: str) -> ActivityId:
    with write(company.database) as session:
        return act(
            session,
            user_id=company.ada,
            source=PAGE,
            issue_id=session.scalars(select(Issue.id)).one(),
            action=IssueAction("comment", text=text),
            now=system_clock(),
        ).id


def edit(company: Company, comment_id: ActivityId, text: str) -> None:
    with write(company.database) as session:
        edit_comment(session, comment_id, text, user_id=company.ada, source=PAGE, now=system_clock())


def remove(company: Company, comment_id: ActivityId) -> None:
    with write(company.database) as session:
        remove_comment(session, comment_id, user_id=company.ada, source=PAGE, now=system_clock())


def find_reply(company: Company, card: Any, words: str) -> Any:
    return next((each for each in company.slack.replies("ops", card.ts) if words in each.text), None)
