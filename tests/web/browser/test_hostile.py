"""What an event says is never more than text: read in a real browser that would run it if it could."""

import pytest
from playwright.sync_api import ConsoleMessage, Dialog, Page

from tests.web import events
from tests.web.world import World

pytestmark = pytest.mark.browser

VECTORS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' autofocus onfocus=alert(1) x='",
    "javascript:alert(1)",
    "</title><script>alert(1)</script>",
    "</pre></td></table><iframe srcdoc='<script>alert(1)</script>'>",
    "{{ 7*7 }}${7*7}<%= 7*7 %>",
    "<!--><script>alert(1)//-->",
    "<style>*{display:none}</style><base href=//evil.example/>",
    '<a href="data:text/html,<script>alert(1)</script>">press</a>',
    "<form action=//evil.example><button>press</button></form>",
    "\u202egnp.exe\u2066<b>",
    "<div hx-get=/static/none hx-trigger=load>",
)


def everywhere(text: str) -> dict[str, object]:
    """An event that carries `text` in every place that a page shows."""
    frame = events.frame(text, text, 1, line=text, before=[text], after=[text], variables={text: {text: text}})
    return {
        "platform": "python",
        "transaction": text,
        "release": text,
        "environment": text,
        "server_name": text,
        "logger": text,
        "exception": {"values": [{"type": text, "value": text, "module": text, "stacktrace": {"frames": [frame]}}]},
        "breadcrumbs": [{"message": text, "category": text, "level": text, "data": {text: text}}],
        "request": {"method": text, "url": text, "query_string": text, "headers": {text: text}, "data": text},
        "user": {"username": text, text: text},
        "contexts": {text: {text: text}},
        "extra": {text: text},
        "tags": {text[:32]: text},
        "modules": {text: text},
        "sdk": {"name": text, "version": text},
    }


def test_hostile_events_are_read_as_text_and_run_nowhere(ada: Page, address: str, sqlite_world: World):
    issue_ids = [sqlite_world.report("web", everywhere(vector)) for vector in VECTORS]
    surprises: list[str] = []

    def note_dialog(dialog: Dialog) -> None:
        surprises.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def note_console(message: ConsoleMessage) -> None:
        surprises.append(message.text)

    ada.on("dialog", note_dialog)
    ada.on("console", note_console)
    ada.on("request", lambda request: None if request.url.startswith(address) else surprises.append(request.url))
    for path in ["/acme/issues/", *(f"/acme/issues/{issue_id}/" for issue_id in issue_ids)]:
        ada.goto(address + path)
        ada.wait_for_load_state("networkidle")

    assert surprises == []


def test_a_hostile_event_is_shown_letter_by_letter(ada: Page, address: str, sqlite_world: World):
    issue_id = sqlite_world.report("web", everywhere("<img src=x onerror=alert(1)>"))

    ada.goto(f"{address}/acme/issues/{issue_id}/")

    assert ada.locator("h1").inner_text() == "<img src=x onerror=alert(1)>"
    assert ada.locator("#main img, #main script, #main iframe").count() == 0


def test_no_page_of_ours_breaks_its_own_content_policy(ada: Page, address: str, sqlite_world: World):
    issue_id = sqlite_world.report("web", events.division())
    complaints: list[str] = []
    ada.on("console", lambda message: complaints.append(message.text))

    for path in (f"issues/{issue_id}/", "projects/", "projects/web/", "projects/web/rules/", "workspace/", "issues/"):
        ada.goto(f"{address}/acme/{path}")
        ada.wait_for_load_state("networkidle")
    ada.goto(f"{address}/account/")

    assert complaints == []
