"""What an event says is never more than text: read in a real browser that would run it if it could."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import ConsoleMessage, Dialog, Page

from tests.support.attack_vectors import MARKER, VECTORS
from tests.web import events
from tests.web.hostile import everywhere
from tests.web.world import World

pytestmark = pytest.mark.browser

TOGETHER = 25
"""Vectors of one event: few pages show all of them."""
FOREIGN = (
    "script, img, iframe, object, embed, video, audio, style, link, base, meta, math, marquee, [onerror], [onload]"
)
"""None of these is in the body of any page of ours."""


@pytest.fixture
def surprises(ada: Page, address: str) -> Iterator[list[str]]:
    """What a page did that none of ours does: dialogs, words on the console, requests to somebody else."""
    found: list[str] = []

    def note_dialog(dialog: Dialog) -> None:
        found.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def note_console(message: ConsoleMessage) -> None:
        found.append(message.text)

    ada.on("dialog", note_dialog)
    ada.on("console", note_console)
    ada.on("request", lambda request: None if request.url.startswith(address) else found.append(request.url))
    yield found
    assert found == []


@pytest.mark.usefixtures("surprises")
def test_hostile_events_are_read_as_text_and_run_nowhere(ada: Page, address: str, sqlite_world: World):
    parts = [VECTORS[start : start + TOGETHER] for start in range(0, len(VECTORS), TOGETHER)]
    issue_ids = [sqlite_world.report("web", everywhere(part)) for part in parts]
    for part in parts:
        sqlite_world.browser_of("ben").post(f"/acme/issues/{issue_ids[0]}/act/", comment("\n".join(part)))
    first = f"/acme/issues/{issue_ids[0]}/"

    broken = {}
    for path in ["/acme/issues/", f"{first}tags/", f"{first}events/", *(f"/acme/issues/{each}/" for each in issue_ids)]:
        ada.goto(address + path)
        ada.wait_for_load_state("networkidle")
        ada.evaluate("for (const fold of document.querySelectorAll('details:not(.menu)')) fold.open = true")
        wider = ada.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found = (ada.evaluate(f"window.{MARKER}"), ada.locator("body").locator(FOREIGN).count(), wider)
        broken |= {path: found} if found != (None, 0, 0) else {}

    assert broken == {}


def comment(text: str) -> dict[str, str]:
    return {"action": "comment", "text": text.replace("\0", "")}


@pytest.mark.usefixtures("surprises")
def test_a_hostile_event_is_shown_letter_by_letter(ada: Page, address: str, sqlite_world: World):
    issue_id = sqlite_world.report("web", everywhere(["<img src=x onerror=alert(1)>"]))

    ada.goto(f"{address}/acme/issues/{issue_id}/")

    assert ada.locator("h1").inner_text() == "<img src=x onerror=alert(1)>"


@pytest.mark.usefixtures("surprises")
def test_no_page_of_ours_breaks_its_own_content_policy(ada: Page, address: str, sqlite_world: World):
    issue_id = sqlite_world.report("web", events.division())

    for path in (f"issues/{issue_id}/", "projects/", "projects/web/", "projects/web/rules/", "workspace/", "issues/"):
        ada.goto(f"{address}/acme/{path}")
        ada.wait_for_load_state("networkidle")
    ada.goto(f"{address}/account/")
