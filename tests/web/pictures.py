"""Takes the pictures of the README anew, from the demonstration's own programs: `python -m tests.web.pictures`.

Nobody compares them; whoever changes a card or the page of an issue takes them again and looks at them.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from demo.company import ADA
from demo.processes import ROOT
from demo.stage import ORGANIZATION, PASSWORD, Stage, open_stage
from demo.story import issue_about, meet_bugs, press_in_shop
from slack_simulator.remote import RemoteSimulator
from tests.support.chromium import ARGUMENTS, find_chromium

BUG = "ZeroDivisionError"
FOLDER = ROOT / "docs" / "images"


def work_in_slack(page: Page, stage: Stage) -> None:
    """Take the issue and resolve it, as Ada would in the channel, and open the thread."""
    page.goto(stage.slack.url)
    card = page.get_by_role("article").filter(has_text=BUG).first
    card.get_by_text("Assign to me", exact=True).click()
    expect(card.get_by_text("Assigned to").first).to_contain_text(ADA.real_name)
    card.get_by_text("Resolve", exact=True).click()
    expect(card.get_by_text("Reopen", exact=True)).to_be_visible()
    card.locator(".thread-summary").click()
    expect(page.get_by_role("complementary", name="Thread").get_by_role("article")).to_have_count(3)
    page.mouse.move(0, 0)
    page.get_by_role("log").first.evaluate("log => { log.scrollTop = 0; log.parentElement.scrollTop = 0; }")


def open_the_issue(page: Page, stage: Stage) -> None:
    """Sign in and open the page of the same issue."""
    page.goto(f"{stage.tocsin.url}/sign-in/")
    page.get_by_label("E-mail").fill(ADA.email or "")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{stage.tocsin.url}/{ORGANIZATION}/issues/{issue_about(stage, BUG).id}/")


def take(browser: Browser, stage: Stage, folder: Path) -> None:
    """Both pictures."""
    meet_bugs(stage, RemoteSimulator(stage.slack.url))
    for _ in range(3):
        press_in_shop(stage, BUG)
    for name, height, show in (("slack", 900, work_in_slack), ("issue", 960, open_the_issue)):
        page = browser.new_context(viewport={"width": 1180, "height": height}, reduced_motion="reduce").new_page()
        show(page, stage)
        page.screenshot(path=folder / f"{name}.png")


def main(folder: Path) -> None:
    with (
        tempfile.TemporaryDirectory() as state,
        open_stage(Path(state), ports=(0, 0, 0), with_customers=False) as stage,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        take(browser, stage, folder)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
