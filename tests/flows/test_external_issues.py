"""What is linked elsewhere is told in threads, and nobody's label is more than words."""

from sqlalchemy import select

from tests.flows.company import Company
from tocsin.issues.act import IssueAction, act
from tocsin.issues.models import Issue
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import write
from tocsin.organizations.permit import Source, Via

URL = "https://tracker.example/issue/7"


def test_a_link_is_told_as_a_link_with_its_label_as_words(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    card = company.card("ops")

    with write(company.database) as session:
        issue_id = session.scalars(select(Issue.id)).one()
        action = IssueAction("link", url=URL, label="<!channel> & *7*")
        act(session, user_id=company.ada, source=Source(Via.PAGE), issue_id=issue_id, action=action, now=system_clock())

    (said,) = company.wait_for_replies("ops", card.ts, 1)
    (block,) = company.slack.replies("ops", card.ts)[0].blocks
    (link,) = [each for each in block["elements"][0]["elements"] if each.get("url") == URL]
    assert said.startswith("Ada linked WEB-1 to the tracker.example issue &lt;!channel&gt; &amp; ")
    assert link["text"] == "tracker.example issue <!channel> & *7*"
