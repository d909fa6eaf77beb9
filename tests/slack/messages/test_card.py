import pytest
from hypothesis import given, settings

from slack_simulator.block_kit import validate_blocks
from tests.slack.messages.facts import BASE, card_facts, hostile_facts
from tests.slack.messages.reading import addresses, buttons, json_length, live_tokens, words_of
from tests.support.attack_vectors import VECTORS
from tocsin.activities.describe import IssueName, Person, Text
from tocsin.issues.models import IssueStatus, Substatus
from tocsin.notifications.facts import AssigneeFacts, ExcerptFrame
from tocsin.slack.messages.card import draw_card
from tocsin.slack.messages.keys import CardKey, read_block_key, read_card_key
from tocsin.slack.messages.limits import FALLBACK_TEXT, MESSAGE_JSON, cost

ARCHIVED = {"status": IssueStatus.ARCHIVED, "substatus": Substatus.ARCHIVED_FOREVER}
RESOLVED = {"status": IssueStatus.RESOLVED, "substatus": None}


@given(hostile_facts())
@settings(max_examples=400)
def test_no_event_however_hostile_makes_a_card_that_slack_refuses_or_that_pings_anybody(facts):
    card = draw_card(facts)

    assert validate_blocks(card.blocks, surface="message") == []
    assert json_length(card.blocks) <= MESSAGE_JSON
    assert cost(card.text) <= FALLBACK_TEXT
    assert live_tokens(card.text, card.blocks) == []
    assert all(address.startswith(BASE) for address in addresses(card.text, card.blocks))


def test_no_vector_in_any_field_makes_a_card_that_slack_refuses_or_that_pings_anybody():
    for vector in VECTORS:
        text = vector.replace("\0", "")
        card = draw_card(
            card_facts(
                **dict.fromkeys(("title", "value", "culprit", "rule_name", "project_slug", "short_id"), text[:80]),
                excerpt=(ExcerptFrame(text, text, 10, text),),
                tags=((text, text),),
                assignee=AssigneeFacts("user", text),
                last_change=[Person(text), Text(text)],
                resolved_where=text,
            )
        )

        assert validate_blocks(card.blocks, surface="message") == [], vector
        assert live_tokens(card.text, card.blocks) == [], vector
        assert all(address.startswith(BASE) for address in addresses(card.text, card.blocks)), vector


def test_the_longest_facts_of_the_dearest_characters_still_fit():
    dear = "\U0001f525" * 1000
    frame = ExcerptFrame(dear, dear, 10, dear)
    facts = card_facts(
        title=dear[:250], value=dear, culprit=dear[:250], rule_name=dear, project_slug=dear, short_id=dear[:80],
        excerpt=(frame,) * 3, tags=((dear, dear),) * 9, assignee=AssigneeFacts("user", dear),
        last_change=[Person(dear), Text(dear)], resolved_where=dear[:280], event_count=2**60,
        issue_url=f"{BASE}/{'i' * 270}", project_url=f"{BASE}/{'p' * 270}",
        rule_url=f"{BASE}/{'r' * 270}",
    )  # fmt: skip

    card = draw_card(facts)

    assert json_length(card.blocks) <= MESSAGE_JSON


def test_a_new_error_says_what_happened_where_and_how_often():
    seen = words_of(draw_card(card_facts(event_count=1234)).blocks)

    assert ":red_circle: ZeroDivisionErrordivision by zero\nshop.checkout in total" in seen
    assert "shop/cart.py:12 in total\n    return sum(prices) / len(prices)" in seen
    assert "environment production\u2003release shop@1.4.2" in seen
    assert "Events: *1,234*" in seen
    assert "First seen: <!date^1795341600^{date_short_pretty} at {time}|2026-11-22 10:00 UTC>" in seen
    assert f"Project: <{BASE}/projects/web/|web> · Rule: <{BASE}/projects/web/rules/#rule-3|New issues to #ops>" in seen


@pytest.mark.parametrize(
    ("level", "sign"),
    [
        ("fatal", "red_circle"),
        ("error", "red_circle"),
        ("warning", "large_yellow_circle"),
        ("info", "large_blue_circle"),
        ("debug", "bug"),
        ("unheard-of", "red_circle"),
    ],
)
def test_the_sign_before_the_title_tells_the_level(level, sign):
    assert f":{sign}: ZeroDivisionError" in words_of(draw_card(card_facts(level=level)).blocks)


@pytest.mark.parametrize("handled", [RESOLVED, ARCHIVED])
def test_a_handled_issue_is_seen_to_be_handled_from_across_the_channel(handled):
    title = draw_card(card_facts(**handled)).blocks[0]["elements"][0]["elements"]

    assert title[0] == {"type": "emoji", "name": "white_circle"}
    assert title[2]["style"] == {"bold": True, "strike": True}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({}, ["Resolve", "Resolve in…", "Archive", "Assign to me"]),
        ({"assignee": AssigneeFacts("user", "Ada")}, ["Resolve", "Resolve in…", "Archive", "Unassign"]),
        (RESOLVED, ["Reopen", "Archive", "Assign to me"]),
        (ARCHIVED, ["Reopen", "Resolve", "Assign to me"]),
    ],
)
def test_the_buttons_are_those_that_make_sense_in_the_present_state(state, expected):
    drawn = buttons(draw_card(card_facts(**state)).blocks)

    assert list(drawn) == expected


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("", "State: *Resolved*"),
        ("in shop@1.2.3", "State: *Resolved in shop@1.2.3*"),
        ("in the next release", "State: *Resolved in the next release*"),
        ("in commit 8f3a2c1 of <!channel>", "State: *Resolved in commit 8f3a2c1 of &lt;!channel&gt;*"),
    ],
)
def test_a_resolved_card_says_where_the_fix_is(where, said):
    assert said in words_of(draw_card(card_facts(**RESOLVED, resolved_where=where)).blocks)


def test_every_button_carries_only_the_opaque_key_of_its_card():
    facts = card_facts()

    drawn = buttons(draw_card(facts).blocks)

    assert {read_card_key(button["value"]) for button in drawn.values()} == {CardKey(facts.message_key)}


def test_the_menus_of_a_card_say_in_the_id_of_their_block_which_card_it_is():
    facts = card_facts()

    actions = next(block for block in draw_card(facts).blocks if block["type"] == "actions")

    assert read_block_key(actions["block_id"]) == CardKey(facts.message_key)


def test_behind_the_three_dots_stands_what_is_wanted_less_often():
    actions = next(block for block in draw_card(card_facts()).blocks if block["type"] == "actions")

    menu = next(element for element in actions["elements"] if element["type"] == "overflow")

    assert [(each["text"]["text"], each.get("url")) for each in menu["options"]] == [
        ("Archive until…", None),
        ("Comment…", None),
        ("Priority…", None),
        ("Mute this rule…", None),
        ("Open in Tocsin", f"{BASE}/issues/12/"),
    ]


def test_only_resolving_an_open_issue_is_green():
    open_card, archived = draw_card(card_facts()), draw_card(card_facts(**ARCHIVED))

    green = [
        [label for label, button in buttons(card.blocks).items() if "style" in button] for card in (open_card, archived)
    ]

    assert green == [["Resolve"], []]


def test_a_later_drawing_shares_no_block_id_with_an_earlier_one():
    before, after = draw_card(card_facts(version=7)), draw_card(card_facts(version=8))

    assert not {block["block_id"] for block in before.blocks} & {block["block_id"] for block in after.blocks}


def test_a_card_says_who_decided_last():
    sentence = [Person("Ada"), Text(" archived "), IssueName(), Text(" forever")]

    seen = words_of(draw_card(card_facts(**ARCHIVED, last_change=sentence)).blocks)

    assert ":no_bell: Ada archived this forever" in seen


@pytest.mark.parametrize(
    ("assignee", "said"),
    [
        (AssigneeFacts("user", "Ada"), "Assigned to: Ada"),
        (AssigneeFacts("user", "Ada", "U0ADA"), "Assigned to: <@U0ADA>"),
        (AssigneeFacts("team", "backend"), "Assigned to: #backend"),
    ],
)
def test_a_card_says_whose_it_is(assignee, said):
    assert said in words_of(draw_card(card_facts(assignee=assignee)).blocks)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "[web] ZeroDivisionError: division by zero"),
        ({"value": ""}, "[web] ZeroDivisionError"),
        (RESOLVED, "[web] Resolved: ZeroDivisionError: division by zero"),
        ({"title": "<!channel>", "value": ""}, "[web] &lt;!channel&gt;"),
    ],
)
def test_a_push_notification_says_what_happened(changes, text):
    assert draw_card(card_facts(**changes)).text == text


def test_an_event_without_stack_trace_tags_or_value_makes_a_short_card():
    facts = card_facts(value="", culprit="", excerpt=(), tags=())

    kinds = [block["type"] for block in draw_card(facts).blocks]

    assert kinds == ["rich_text", "context", "actions", "context"]


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("v1:abc", CardKey("abc")),
        ("v1:abc:def_1", CardKey("abc", detail="def_1")),
        ("v0:abc", CardKey("abc", is_current=False)),
        ("v12:abc", CardKey("abc", is_current=False)),
        ("abc", CardKey()),
        ("v1:", CardKey()),
        ("v1:xyz", CardKey()),
        ("v1:" + "a" * 33, CardKey()),
        ("v1:abc:", CardKey()),
        ("v1:abc\n", CardKey()),
        (None, CardKey()),
        (7, CardKey()),
        ({"v1": "abc"}, CardKey()),
    ],
)
def test_a_value_says_which_card_it_is_of_and_whether_todays_version_made_it(value, key):
    assert read_card_key(value) == key


@pytest.mark.parametrize(
    ("block_id", "key"),
    [
        ("actions:v1:abc:7", CardKey("abc")),
        ("actions:v0:abc:7", CardKey("abc", is_current=False)),
        ("actions:7", CardKey()),
        ("v1:abc", CardKey()),
        ("actions:v1:abc", CardKey()),
        (None, CardKey()),
    ],
)
def test_so_does_the_id_of_a_block(block_id, key):
    assert read_block_key(block_id) == key


def test_of_a_deleted_issue_a_card_shows_its_name_and_who_deleted_it_and_nothing_to_press():
    facts = card_facts(is_deleted=True, last_change=[Person("Ada"), Text(" deleted "), IssueName()], **RESOLVED)

    card = draw_card(facts)

    assert validate_blocks(card.blocks, surface="message") == []
    assert (card.blocks[0]["type"], buttons(card.blocks)) == ("rich_text", {})
    assert "WEB-12 was deleted" in words_of(card.blocks)
    assert "Ada deleted this" in words_of(card.blocks)
    assert not any(said in words_of(card.blocks) + card.text for said in (facts.title, facts.value, facts.culprit))
