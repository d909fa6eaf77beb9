"""Owns the table of addresses that the generated tests walk: every page of ours, filled in with a world's own ids.

Who serves a page makes no difference: `tests/web/test_protection.py` compares the table with the whole application.
"""

from collections.abc import Mapping

from tests.web import events
from tests.web.world import World
from tocsin.chat.links import LinkPurpose
from tocsin.http.pages import GET, POST
from tocsin.web.routes import PRIVATE_PAGES, PUBLIC_PAGES

POSTED: Mapping[str, Mapping[str, str]] = {
    "sign_in.accept": {"email": "ada@example.com", "password": "x"},
    "sign_out": {},
    "account.appearance": {"appearance": "dark"},
    "account.name": {"name": "Ada"},
    "account.email": {"email": "ada@example.org", "password": "x"},
    "account.use_email": {},
    "account.unlink": {"workspace": "1", "chat_user": "U0ADA"},
    "account.sign_out_everywhere": {},
    "account.password": {"old": "x", "new": "y", "again": "y"},
    "account.end_session": {"session": "x"},
    "password.ask": {"email": "ada@example.com"},
    "password.choose": {"new": "x", "again": "x"},
    "issues.act": {"action": "resolve", "key": "k", "q": "", "all": "on"},
    "issues.undo": {"key": "k", "q": ""},
    "views.save": {"name": "mine", "q": "is:new"},
    "views.change": {"do": "open_usual"},
    "issue.act": {"action": "resolve"},
    "issue.undo": {"key": "k"},
    "issue.event.delete": {},
    "issue.comment": {"do": "remove"},
    "projects.create": {"slug": "new"},
    "project.test_event": {},
    "fingerprint_rules.change": {"rules": "type:KeyError -> keys", "do": "keep"},
    "project.settings": {"resolve_after_days": "30"},
    "project.access": {"visible_to": "all"},
    "project.rename": {"name": "Shop"},
    "project.delete": {"typed": "another one"},
    "project.scrubbing": {"more_names": "account_number"},
    "project.limits": {"per_minute": "60"},
    "project.keys": {"label": "browsers"},
    "project.key": {"do": "off"},
    "rules.add": {"when": "first_seen", "channel": "#ops", "workspace": "1"},
    "rules.edit": {"when": "first_seen", "channel": "#ops", "workspace": "1"},
    "rules.remove": {},
    "rules.test": {},
    "deliveries.send_again": {},
    "threads.choose": {"threads": "on"},
    "invitation.accept": {"name": "Hedy", "new": "x", "again": "x"},
    "join.ask": {"email": "hedy@example.com", "name": "Hedy"},
    "members.invite": {"email": "hedy@example.com", "role": "member"},
    "members.join_requests": {"allow": "on"},
    "members.decide": {"do": "approve"},
    "members.change": {"do": "remove"},
    "teams.create": {"slug": "new"},
    "team.members": {"do": "add", "member": "1"},
    "team.rename": {"slug": "pay", "name": "Payments"},
    "team.delete": {},
    "team.link": {"channel": "#ops", "workspace": "1"},
    "team.unlink": {"workspace": "1"},
    "workspace.unlink": {"workspace": "1", "chat_user": "U0ADA"},
    "threads.comments": {},
    "workspace.connect": {"bot_token": "xoxb-1", "signing_secret": "x"},
    "workspace.disconnect": {},
    "workspace.try_again": {},
    "workspace.try_channel_again": {},
    "link.accept": {"replace": "yes"},
    "undo.accept": {},
}
"""The form of each page that takes one; a new page without a row fails the tests that walk the table."""

OF_LINKING = {
    "link": (GET, "/link/{nonce}"),
    "link.accept": (POST, "/link/{nonce}"),
    "undo": (GET, "/undo/{nonce}"),
    "undo.accept": (POST, "/undo/{nonce}"),
}
"""The pages of Slack's edge; the first two are for those who are signed in."""

ALL = {name: (method, path) for name, method, path, _ in (*PUBLIC_PAGES, *PRIVATE_PAGES)} | OF_LINKING
FORMS = [name for name, (method, _) in ALL.items() if method == POST]
PRIVATE = [*(name for name, *_ in PRIVATE_PAGES), "link", "link.accept"]
OF_AN_ORGANIZATION = [name for name, _, path, _ in PRIVATE_PAGES if path.startswith("/{organization}/")]
OF_A_PROJECT = [
    name for name, (_, path) in ALL.items() if any(part in path for part in ("{issue}", "{project}", "{release}"))
]

PURPOSES = dict.fromkeys(("link", "link.accept"), LinkPurpose.LINK) | dict.fromkeys(
    ("undo", "undo.accept"), LinkPurpose.UNDO
)


def address(world: World, name: str, *, organization: str, project: str) -> tuple[str, str]:
    """The method and the filled-in path of a page, for an issue, event and rule of that project."""
    method, path = ALL[name]
    issue_id = world.report(project, events.division())
    return method, path.format(
        organization=organization,
        issue=issue_id,
        event=world.event_ids(issue_id)[0],
        project=project,
        rule=world.add_rule(project),
        delivery=1,
        comment=1,
        member=1,
        invitation=1,
        workspace=1,
        channel="C0OPS",
        token="x" * 43,
        nonce=world.nonce(PURPOSES[name]) if name in PURPOSES else "",
        team="pay",
        key="k",
        release=world.release_id(project),
        view=1,
    )
