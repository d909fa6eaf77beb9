"""Owns the story that `bin/demo --check` plays: a bug of the shop, its card and thread in Slack, and its page."""

import html
import http.cookiejar
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from demo.company import ADA, ALERTS, LINUS
from demo.stage import ORGANIZATION, PASSWORD, Stage, tocsin
from slack_simulator.remote import RemoteSimulator
from slack_simulator.workspace import Message

PATIENCE_SECONDS = 20.0
BUGS = {
    "ZeroDivisionError": ("/coupon", {"code": "HALF", "afresh": "yes"}),
    "KeyError": ("/checkout", {"sku": "POT-BLUE-600"}),
    "CardDeclinedError": ("/checkout", {"sku": "POT-IRON-900", "number": "4000 0000 0000 0002"}),
}
"""What each button of the shop that is pressed here raises, and what it sends."""

T = TypeVar("T")


class Issue(msgspec.Struct, frozen=True):
    """A line of `tocsin issues list`, as far as we need it."""

    id: int
    title: str
    status: str
    count: int


class StoryError(Exception):
    """Something that the story promises did not come true; the sentence says what."""


def play(stage: Stage) -> None:
    """Play it from the beginning to the end.

    Raises:
        StoryError: at the first thing that is not as promised.
    """
    slack = RemoteSimulator(stage.slack.url)
    tell("three bugs become three cards in #shop-alerts", lambda: meet_bugs(stage, slack))
    tell("a bug that is met again makes no second card", lambda: meet_again(stage, slack))
    tell("Ada presses Resolve and the thread answers, once", lambda: resolve(slack))
    tell("the card shows it and offers to reopen", lambda: see_redrawn_card(slack))
    tell("Linus, whom Tocsin does not know, is told so and changes nothing", lambda: press_as_a_stranger(stage, slack))
    tell("the page of the issue tells the same", lambda: read_the_page(stage))
    tell("the bug comes back, and so does the issue, with a card", lambda: meet_after_resolving(stage, slack))
    tell("everything was said once", lambda: count_messages(slack))


def tell(sentence: str, step: Callable[[], None]) -> None:
    """Play one step and print its sentence with the time it took."""
    started = time.monotonic()
    try:
        step()
    except StoryError as error:
        raise StoryError(f"{sentence}: {error}") from error
    print(f"  ok  {sentence} ({time.monotonic() - started:.2f} s)", flush=True)


def meet_bugs(stage: Stage, slack: RemoteSimulator) -> None:
    """Press three buttons of the shop; each bug has its card."""
    for bug in BUGS:
        press_in_shop(stage, bug)
    for bug in BUGS:
        eventually(f"a card about {bug}", lambda bug=bug: cards(slack, bug))


def meet_again(stage: Stage, slack: RemoteSimulator) -> None:
    """Press one of them again: the issue counts two events, the channel still has its one card."""
    press_in_shop(stage, "KeyError")
    eventually("an issue that counts 2 events", lambda: issue_about(stage, "KeyError").count == 2)
    expect(len(cards(slack, "KeyError")) == 1, "there is a second card")


def resolve(slack: RemoteSimulator) -> None:
    """Press Resolve as Ada."""
    [card] = cards(slack, "ZeroDivisionError")
    slack.press(ALERTS, card.ts, button(card, "Resolve"), user=ADA.id)
    [reply] = eventually("a reply in the thread", lambda: slack.replies(ALERTS, card.ts))
    expect("resolved" in reply.text and ADA.name in reply.text.lower(), f"the thread says {reply.text!r}")


def see_redrawn_card(slack: RemoteSimulator) -> None:
    """The pressed card has no Resolve any more, the others have."""
    eventually("a card with Reopen", lambda: find_button(cards(slack, "ZeroDivisionError")[0], "Reopen"))
    expect(find_button(cards(slack, "ZeroDivisionError")[0], "Resolve") is None, "the card still offers Resolve")
    expect(find_button(cards(slack, "KeyError")[0], "Resolve") is not None, "another issue's card lost its Resolve")


def press_as_a_stranger(stage: Stage, slack: RemoteSimulator) -> None:
    """Press Resolve as somebody without an account."""
    [card] = cards(slack, "KeyError")
    slack.press(ALERTS, card.ts, button(card, "Resolve"), user=LINUS.id)
    eventually("a message that only Linus sees", lambda: slack.ephemerals(ALERTS, LINUS.id))
    status = issue_about(stage, "KeyError").status
    expect(status == "unresolved", f"the issue is {status}")


def read_the_page(stage: Stage) -> None:
    """Sign in as Ada and open the issue."""
    visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    sign_in = f"{stage.tocsin.url}/sign-in/"
    form = {**hidden_fields(fetch(visitor, sign_in)), "email": ADA.email or "", "password": PASSWORD}
    fetch(visitor, sign_in, form)

    issue = issue_about(stage, "ZeroDivisionError")
    page = fetch(visitor, f"{stage.tocsin.url}/{ORGANIZATION}/issues/{issue.id}/")
    for wanted in (issue.title, "resolved", ADA.name, "average_price"):
        expect(wanted.lower() in page.lower(), f"it does not say {wanted!r}")


def meet_after_resolving(stage: Stage, slack: RemoteSimulator) -> None:
    """Press the button of the resolved bug again."""
    before = len(cards(slack, "ZeroDivisionError"))
    press_in_shop(stage, "ZeroDivisionError")
    eventually("the issue unresolved", lambda: issue_about(stage, "ZeroDivisionError").status == "unresolved")
    eventually("a new card", lambda: len(cards(slack, "ZeroDivisionError")) == before + 1)


def count_messages(slack: RemoteSimulator) -> None:
    """No two replies of a thread are alike, and each bug has the cards it should have."""
    for bug, wanted in {"ZeroDivisionError": 2, "KeyError": 1, "CardDeclinedError": 1}.items():
        found = cards(slack, bug)
        expect(len(found) == wanted, f"{len(found)} cards about {bug}")
        for card in found:
            texts = [reply.text for reply in slack.replies(ALERTS, card.ts)]
            expect(len(texts) == len(set(texts)), f"a thread repeats itself: {texts}")


def press_in_shop(stage: Stage, bug: str) -> None:
    """Press the button that raises `bug`; the shop answers with its page for accidents."""
    path, form = BUGS[bug]
    try:
        fetch(urllib.request.build_opener(), stage.shop.url + path, form)
    except urllib.error.HTTPError as error:
        with error:
            expect(error.code == 500 and bug in error.read().decode(), f"the shop answered {error.code}")
        return
    raise StoryError(f"the shop did not raise {bug}")


def cards(slack: RemoteSimulator, bug: str) -> list[Message]:
    """The messages of #shop-alerts itself that are about `bug`."""
    return [
        message for message in slack.messages(ALERTS) if message.thread_ts is None and bug in json.dumps(message.blocks)
    ]


def button(card: Message, label: str) -> str:
    """The action id of the button that says `label`."""
    action_id = find_button(card, label)
    if action_id is None:
        raise StoryError(f"the card has no button {label}")
    return action_id


def find_button(card: Message, label: str) -> str | None:
    """The action id of the button that says `label`, if there is one."""
    elements = [element for block in card.blocks if block["type"] == "actions" for element in block["elements"]]
    return next((each["action_id"] for each in elements if each.get("text", {}).get("text") == label), None)


def issue_about(stage: Stage, bug: str) -> Issue:
    """What `tocsin issues list` says about the issue of `bug`."""
    issues = msgspec.json.decode(tocsin(stage.environment, "issues list"), type=list[Issue])
    found = next((issue for issue in issues if bug in issue.title), None)
    if found is None:
        raise StoryError(f"no issue is about {bug}: {issues}")
    return found


def fetch(visitor: urllib.request.OpenerDirector, url: str, form: dict[str, str] | None = None) -> str:
    """Get a page, or send a form; HTML entities are undone."""
    body = None if form is None else urlencode(form).encode()
    # A browser sends these with every form; the page refuses a form that another site sent.
    headers = {"Origin": "/".join(url.split("/")[:3]), "Sec-Fetch-Site": "same-origin"}
    with visitor.open(urllib.request.Request(url, body, headers), timeout=PATIENCE_SECONDS) as answer:
        return html.unescape(answer.read().decode())


def hidden_fields(page: str) -> dict[str, str]:
    """The hidden fields of the forms of a page."""
    fields = (dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in re.findall(r"<input[^>]*>", page))
    return {field["name"]: field.get("value", "") for field in fields if field.get("type") == "hidden"}


def eventually(what: str, look: Callable[[], T]) -> T:
    """Look until there is something to see.

    Raises:
        StoryError: there was not, for PATIENCE_SECONDS.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise StoryError(f"no sign of {what} in {PATIENCE_SECONDS:.0f} s")
        time.sleep(0.05)
    return seen


def expect(true: bool, otherwise: str) -> None:
    """Go on only when it is true."""
    if not true:
        raise StoryError(otherwise)
