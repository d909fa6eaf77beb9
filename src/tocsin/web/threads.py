"""What is told in the threads of an organization: the switch, the policy for each type of activity, and comments."""

from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from tocsin.activities.policy import DEFAULTS, Told, policy_of, set_policy, switch_threads
from tocsin.chat.comment_channels import ChannelAddress, comment_channels, switch_comments
from tocsin.chat.workspaces import list_workspaces
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.kernel.db import read, write
from tocsin.kernel.ids import OrganizationId
from tocsin.members.authorize import authorize
from tocsin.organizations.models import Organization
from tocsin.organizations.permit import Verb
from tocsin.rules.channels import list_channels
from tocsin.web.place import open_place, show
from tocsin.web.refusals import WRITER_SECONDS, refusals_on_record

PLAIN_WORDS = {
    "absorbed": "another issue merged into it",
    "merged": "merged into another issue",
    "unmerged": "taken out of another issue again",
    "split": "an issue taken out of it again",
    "resolved_by_age": "resolved because it was not seen for long",
    "undone": "a decision taken back",
}
"""How the page says what its bare name does not tell."""


def show_threads(visit: SignedInVisit) -> Response:
    """What is told, to everybody; to whom may choose, with boxes to tick."""
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        channels = _offered_channels(session, place.organization.id)
        wanted = comment_channels(session, place.organization.id)
        names = {workspace.id: workspace.name for workspace in list_workspaces(session, place.organization.id)}
    facts = {
        "channels": [
            {
                "key": f"{integration_id}:{channel}",
                "name": name,
                "workspace": names.get(integration_id, ""),
                "is_on": (integration_id, channel) in wanted,
            }
            for (integration_id, channel), name in channels.items()
        ],
        "may_edit_rules": place.may(Verb.EDIT_RULES),
        "policy": {
            name: {"words": PLAIN_WORDS.get(name, name.replace("_", " ")), "told": told, "usual": DEFAULTS[name]}
            for name, told in policy_of(place.organization).items()
        },
        "is_on": place.organization.threads_enabled,
        "may_choose": place.may(Verb.EDIT_ORGANIZATION),
    }
    return show("threads.html", visit, facts, place=place, section="workspace")


def accept_threads(visit: SignedInVisit) -> Response:
    """Keep what was ticked."""
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
    ticked = set(visit.form.get("told", []))
    chosen = {name: Told(user=f"{name}:user" in ticked, system=f"{name}:system" in ticked) for name in DEFAULTS}
    with (
        refusals_on_record(visit, target=f"organization:{place.organization.id}"),
        write(visit.deps.database, timeout=WRITER_SECONDS) as session,
    ):
        permit = authorize(session, visit.person.user_id, Verb.EDIT_ORGANIZATION, place.scope, source=PAGE)
        organization = session.get_one(Organization, place.organization.id)
        switch_threads(session, organization, permit, is_on=visit.field("threads") == "on", now=visit.now)
        set_policy(session, organization, permit, chosen, now=visit.now)
    return RedirectResponse(visit.request.url.path, status_code=303)


def accept_comment_channels(visit: SignedInVisit) -> Response:
    """Keep in which of the offered channels comments are told."""
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
    ticked = set(visit.form.get("comments", []))
    with (
        refusals_on_record(visit, target=f"organization:{place.organization.id}"),
        write(visit.deps.database, timeout=WRITER_SECONDS) as session,
    ):
        permit = authorize(session, visit.person.user_id, Verb.EDIT_RULES, place.scope, source=PAGE)
        for address in _offered_channels(session, place.organization.id):
            switch_comments(session, permit, address, is_on="{}:{}".format(*address) in ticked, now=visit.now)
    return RedirectResponse(f"/{place.organization.slug}/threads/", status_code=303)


def _offered_channels(session: Session, organization_id: OrganizationId) -> dict[ChannelAddress, str]:
    """The channels that rules tell in, by name; then those that no rule names any more and comments still go to."""
    named = list_channels(session, organization_id)
    left_over = sorted(comment_channels(session, organization_id) - named.keys())
    return named | {address: address[1] for address in left_over}
