"""The channels that are offered while somebody types one into a form."""

from collections.abc import Iterable

import structlog
from anyio import from_thread
from starlette.responses import Response

from tocsin.chat.platform import ChannelFacts, ChatRefusedError, ChatUnreachableError
from tocsin.chat.workspaces import list_workspaces
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.kernel.db import read
from tocsin.members.authorize import authorize
from tocsin.organizations.permit import Verb
from tocsin.web.place import open_place, show

OFFERED = 30
"""As many as a browser shows at once; whoever types on sees others."""

log = structlog.get_logger()


def show_channels(visit: SignedInVisit) -> Response:
    """The channels of the chosen workspace that what was typed may mean; none where it is not the organization's.

    A list that cannot be had is an empty one: the form takes a channel that is typed whole, and says what is wrong.
    """
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        authorize(session, visit.person.user_id, Verb.EDIT_RULES, place.scope, source=PAGE)
        own = {str(each.id): each.id for each in list_workspaces(session, place.organization.id)}
    integration_id = own.get(visit.query("workspace"))
    channels: list[ChannelFacts] = []
    if integration_id is not None:
        try:
            channels = from_thread.run(visit.deps.chat.list_channels, integration_id)
        except (ChatRefusedError, ChatUnreachableError) as error:
            log.info("web.channels.unlisted", integration_id=integration_id, reason=str(error))
    facts = {"channels": find_channels(channels, visit.query("channel"))}
    return show("_channels.html", visit, facts, place=place)


def find_channels(channels: Iterable[ChannelFacts], typed: str) -> list[ChannelFacts]:
    """Those whose name holds what was typed: what begins with it first, then where our bot is, then by name."""
    part = typed.strip().removeprefix("#").lower()
    found = [each for each in channels if part in each.name.lower()]
    found.sort(key=lambda each: (not each.name.lower().startswith(part), not each.is_member, each.name))
    return found[:OFFERED]
