"""Fills the little world with what a busy week leaves behind, to be looked at: `python -m tests.web.showroom FOLDER`.

The pictures are for whoever changes a template or the style sheet; no test compares them.
"""

import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import select

from tests.support.chromium import ARGUMENTS, find_chromium
from tests.web import events
from tests.web.serving import served
from tests.web.world import PASSWORD, World, build_world
from tocsin.chat.channels import remember_channel
from tocsin.chat.identities import link_identity
from tocsin.chat.platform import WorkspaceFacts
from tocsin.chat.workspaces import connect_workspace
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.deliveries.plan import REPLY, Plan, plan_delivery
from tocsin.issues.act import IssueAction, act
from tocsin.issues.triage import Assignee
from tocsin.kernel.db import Database, write
from tocsin.kernel.ids import IntegrationId, IssueId, UserId
from tocsin.migrations import migrate
from tocsin.notifications.models import ParentNotification
from tocsin.organizations.create import create_project
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit, Scope, Source, Via
from tocsin.rules.edit import add_rule

SIZES = {"wide": (1280, 900), "phone": (390, 844)}


def fill(world: World) -> int:
    """Report a week of errors, alert about them and let people work; gives the issue most worth looking at."""
    integration_id = connect_acme(world)
    with write(world.database) as session:
        permit = Permit.system("tests", Scope(world.organizations["acme"]), Via.CLI)
        create_project(session, permit, "docs", now=world.clock())
    for channel, name in (("C0OPS", "ops"), ("C0CART", "shop-alerts")):
        alert(world, integration_id, channel, name)
    days = [timedelta(days=day, hours=hour) for day, hour in ((6, 3), (4, 1), (4, 0), (2, 5), (1, 7), (0, 20))]
    main = [world.report("web", events.division(), ago=ago) for ago in days][-1]
    old = world.report("web", events.crash("ConnectionResetError", "[Errno 104] Connection reset by peer"), ago=days[1])
    others(world)
    work(world, main, old)
    settle(world, main)
    return main


def connect_acme(world: World) -> IntegrationId:
    facts = WorkspaceFacts(
        "T0ACME", "Acme", "https://acme.slack.com/", "A0APP", "B0BOT", "U0BOT", ("chat:write", "channels:read")
    )
    with write(world.database) as session:
        permit = Permit.system("tests", Scope(world.organizations["acme"]), Via.CLI)
        integration = connect_workspace(
            session,
            permit,
            facts,
            bot_token="xoxb-example",
            signing_secret="example",
            secret_box=world.deps.secrets,
            now=world.clock(),
        )
        link_identity(session, permit, integration.id, "U0ADA", world.people["ada"], now=world.clock())
        return integration.id


def alert(world: World, integration_id: IntegrationId, channel: str, name: str, *, project: str = "web") -> None:
    with write(world.database) as session:
        permit = Permit.system("tests", Scope(world.organizations["acme"]), Via.CLI)
        remember_channel(session, integration_id, channel, name)
        add_rule(
            session,
            session.get_one(Project, world.projects[project]),
            permit,
            when=["first_seen", "regressed"],
            integration_id=integration_id,
            channel=channel,
            channel_name=name,
            now=world.clock(),
        )


def others(world: World) -> None:
    hours = timedelta(hours=1)
    world.report("web", events.message("Payment provider answered slowly: 8.4 s", level="warning"), ago=9 * hours)
    world.report(
        "web",
        events.crash("TypeError", "Cannot read properties of undefined (reading 'price')", place="static/basket.js"),
        times=23,
        ago=2 * hours,
    )
    world.report(
        "pay",
        events.crash("OperationalError", "could not connect to server: Connection refused", level="fatal"),
        times=131,
        ago=hours / 4,
    )
    world.report("pay", events.message("Nightly settlement finished", level="info"), ago=10 * hours)
    world.report(
        "web",
        events.crash("KeyError", "'session_id'", place="shop/middleware.py", function="load_session"),
        times=4,
        ago=30 * hours,
    )
    world.report("web", events.crash("UnicodeDecodeError", "invalid start byte 0xff in position 0 " + "x" * 300))
    world.report("web", events.message("Cache was cold", level="debug"), ago=50 * hours)


def do(world: World, person: str, issue_id: int, action: IssueAction, *, via: Via, ago: timedelta) -> None:
    with write(world.database) as session:
        act(
            session,
            user_id=world.people[person],
            source=Source(via, IntegrationId(1), "U0ADA", "C0OPS") if via == Via.SLACK else Source(via),
            issue_id=IssueId(issue_id),
            action=action,
            now=world.clock() - ago,
        )


def work(world: World, main: int, old: int) -> None:
    minutes = timedelta(minutes=1)
    do(world, "ada", main, IssueAction("resolve"), via=Via.SLACK, ago=300 * minutes)
    for ago in (200, 140, 95, 90, 60, 44, 30, 12, 3):
        world.report("web", events.division(release="shop@2.4.2"), ago=ago * minutes)
    do(
        world,
        "mona",
        main,
        IssueAction("assign", Assignee(user_id=UserId(world.people["ben"]))),
        via=Via.PAGE,
        ago=90 * minutes,
    )
    do(world, "adam", old, IssueAction("archive_until_escalating"), via=Via.CLI, ago=60 * minutes)


def settle(world: World, main: int) -> None:
    """Carry the planned messages out: one channel took all, one was archived after the card."""
    with write(world.database) as session:
        for delivery in session.scalars(select(Delivery)):
            delivery.state, delivery.sent_at = DeliveryState.SENT, delivery.created_at
            delivery.ts = f"{delivery.created_at.timestamp():.0f}.{delivery.id:06d}"
        parents = session.scalars(
            select(ParentNotification).where(ParentNotification.issue_id == main).order_by(ParentNotification.id)
        ).all()
        for parent in session.scalars(select(ParentNotification)):
            parent.drawn_version = 10_000
        for number, parent in enumerate(parents):
            plan = Plan(
                natural_key=f"showroom:{number}",
                kind=REPLY,
                integration_id=parent.integration_id,
                body={},
                channel=parent.channel,
                follows_id=parent.card_delivery_id,
            )
            reply = session.get_one(Delivery, plan_delivery(session, plan, now=world.clock()))
            reply.state = (DeliveryState.SENT, DeliveryState.PARKED)[number % 2]
            reply.reason = (None, "the channel is archived; unarchive it and the reply goes out")[number % 2]


def shoot(browser: Browser, address: str, folder: Path, paths: dict[str, str]) -> None:
    for scheme in ("light", "dark"):
        for size, (width, height) in SIZES.items():
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            page = context.new_page()
            page.goto(f"{address}/sign-in/")
            page.screenshot(path=folder / f"sign-in-{size}-{scheme}.png")
            page.get_by_label("E-mail").fill("ada@example.com")
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            for name, path in paths.items():
                page.goto(address + path)
                page.screenshot(path=folder / f"{name}-{size}-{scheme}.png", full_page=True)
            context.close()


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        database = Database.open(f"sqlite:///{home}/tocsin.db")
        migrate(database)
        world = build_world(database)
        issue_id = fill(world)
        paths = {
            "issues": "/acme/issues/",
            "issue": f"/acme/issues/{issue_id}/",
            "projects": "/acme/projects/",
            "project": "/acme/projects/web/",
            "rules": "/acme/projects/web/rules/",
            "workspace": "/acme/workspace/",
            "messages": "/acme/deliveries/",
            "account": "/account/",
            "nothing": "/acme/issues/999/",
            "empty": "/acme/issues/?project=docs",
            "search": "/acme/issues/?q=moon",
        }
        with served(lambda _: world.app()) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
            shoot(browser, address, folder, paths)
            browser.close()
        database.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
