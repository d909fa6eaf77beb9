"""Facts of cards: an ordinary one, and ones that somebody hostile would send."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from tocsin.activities.describe import IssueName, Link, Person, Text
from tocsin.issues.models import IssuePriority, IssueStatus, Substatus
from tocsin.kernel.ids import UserId
from tocsin.notifications.facts import AssigneeFacts, CardFacts, ExcerptFrame

BASE = "https://tocsin.example/acme"

ATTACKS = (
    "<!channel>",
    "<!here|here>",
    "<!everyone>",
    "<@U0ADA>",
    "<@U0ADA|ada>",
    "<#C0OPS>",
    "<!subteam^S0ONCALL>",
    "<!date^1392734382^{date}^https://evil.example|x>",
    "<https://evil.example|https://good.example>",
    "&lt;!here&gt;",
    "&#60;!channel&#62;",
    "\uff1c!channel\uff1e",
    "<!chan\u200bnel>",
    "```\n<!channel>\n```",
    "> quoted",
    "*bold* _italic_ ~gone~ `code`",
    "\u202emoc.live//:sptth",
    "\x1b[31m\x00\x07",
    "\ud800",
    "a\u2028b\u0085c\r\nd",
    "|>",
    " ",
    "",
    "\u200b",
    "\U0001f469\u200d\U0001f4bb" * 400,
    "\u5b57" * 3000,
    '"\\' * 2000,
    "e\u0301\u0302\u0303" * 500,
    "https://evil.example/?a=1&b=2",
    "#general @here",
)

UNTRUSTED = st.lists(
    st.one_of(st.sampled_from(ATTACKS), st.text(st.characters(exclude_categories=()), max_size=300)), max_size=4
).map("".join)


def card_facts(**changes: Any) -> CardFacts:
    usual: dict[str, Any] = {
        "message_key": "0123456789abcdef0123456789abcdef",
        "version": 7,
        "short_id": "WEB-12",
        "title": "ZeroDivisionError",
        "value": "division by zero",
        "culprit": "shop.checkout in total",
        "level": "error",
        "issue_url": f"{BASE}/issues/12/",
        "project_slug": "web",
        "project_url": f"{BASE}/projects/web/",
        "status": IssueStatus.UNRESOLVED,
        "substatus": Substatus.NEW,
        "archived_until": None,
        "resolved_where": "",
        "priority": IssuePriority.HIGH,
        "event_count": 1,
        "user_count": 0,
        "first_seen": datetime(2026, 11, 22, 10, tzinfo=UTC),
        "last_seen": datetime(2026, 11, 22, 11, tzinfo=UTC),
        "rule_name": "New issues to #ops",
        "more_rules": 0,
        "rule_url": f"{BASE}/projects/web/rules/#rule-3",
        "excerpt": (
            ExcerptFrame("shop/views.py", "checkout", 41, "return total(cart) / cart.people"),
            ExcerptFrame("shop/cart.py", "total", 12, "return sum(prices) / len(prices)"),
        ),
        "tags": (("environment", "production"), ("release", "shop@1.4.2")),
        "assignee": None,
        "last_change": None,
    }
    return CardFacts(**(usual | changes))


@st.composite
def hostile_facts(draw: st.DrawFn) -> CardFacts:
    status = draw(st.sampled_from(IssueStatus))
    text = draw(UNTRUSTED), draw(UNTRUSTED), draw(UNTRUSTED)
    return card_facts(
        status=status,
        substatus=draw(st.none() | st.sampled_from(Substatus)),
        title=text[0][:250],
        value=text[1][:1000],
        culprit=text[2][:250],
        level=draw(st.sampled_from(["fatal", "error", "warning", "info", "debug", "<!here>"])),
        short_id=draw(UNTRUSTED)[:80],
        project_slug=draw(UNTRUSTED)[:64],
        rule_name=draw(UNTRUSTED)[:200],
        more_rules=draw(st.integers(0, 9)),
        resolved_where=draw(UNTRUSTED)[:280],
        archived_until=draw(st.none() | st.just("until 1,000,000 users within 10,080 minutes")),
        event_count=draw(st.integers(0, 2**60)),
        user_count=draw(st.integers(0, 2**60)),
        excerpt=tuple(
            draw(
                st.lists(
                    st.builds(ExcerptFrame, UNTRUSTED, UNTRUSTED, st.none() | st.integers(0, 2**31), UNTRUSTED),
                    max_size=5,
                )
            )
        ),
        tags=tuple(draw(st.lists(st.tuples(UNTRUSTED, UNTRUSTED), max_size=8))),
        assignee=draw(st.none() | st.builds(AssigneeFacts, st.sampled_from(["user", "team"]), UNTRUSTED)),
        last_change=draw(st.none() | SENTENCES),
        is_deleted=draw(st.booleans()),
    )


SENTENCES = st.lists(
    st.one_of(
        st.builds(Text, UNTRUSTED),
        st.builds(Person, UNTRUSTED, st.none() | st.integers(1, 3).map(UserId)),
        st.builds(IssueName),
        st.builds(Link, UNTRUSTED, st.just("https://tracker.example/1")),
    ),
    min_size=1,
    max_size=6,
)
