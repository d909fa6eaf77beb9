"""`tocsin channels`: what is told in a channel beside cards and what became of them."""

from typing import Annotated, Literal

from cyclopts import App, Parameter

from tocsin.chat.channels import find_channel_name, remember_channel
from tocsin.chat.comment_channels import comment_channels, switch_comments
from tocsin.cli.chat import ask_chat
from tocsin.cli.choose import choose_organization, choose_workspace, permit_for
from tocsin.cli.database import acting, open_database
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption, WorkspaceOption
from tocsin.cli.output import answer, table
from tocsin.cli.rules import look_up
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read
from tocsin.organizations.permit import Verb
from tocsin.settings import Settings

app = App(name="channels", help="What is told in which channel.")


@app.command
def comments(
    state: Annotated[Literal["on", "off"], Parameter(name="STATE", help="on or off")],
    /,
    *,
    channel: Annotated[str, Parameter(help="Id (C...) or #name of the channel.")],
    organization: OrganizationOption = None,
    workspace: WorkspaceOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Let comments on issues be told in a channel's threads, or no longer."""
    settings = Settings()
    with open_database(settings) as database:
        with acting(database) as session:
            home = choose_organization(session, organization)
            permit_for(session, home, as_, Verb.EDIT_RULES)
            place = choose_workspace(session, home, workspace)
        facts = ask_chat(settings, database, lambda platform: look_up(platform, place.id, channel))
        with acting(database) as session:
            permit = permit_for(session, home, as_, Verb.EDIT_RULES)
            remember_channel(session, place.id, facts.id, facts.name)
            switch_comments(session, permit, (place.id, facts.id), is_on=state == "on", now=system_clock())
    document = {"workspace": place.external_id, "channel": facts.id, "comments": state == "on"}
    told = "are told" if state == "on" else "are not told"
    answer(document, [f"Comments {told} in #{facts.name}."], as_json=json)


@app.command(name="list")
def list_(*, organization: OrganizationOption = None, json: JsonOption = False) -> None:
    """Show the channels in which comments are told."""
    with open_database(Settings()) as database, read(database) as session:
        home = choose_organization(session, organization)
        addresses = sorted(comment_channels(session, home.id))
        rows = [(channel, find_channel_name(session, place, channel) or "-") for place, channel in addresses]
    documents = [{"channel": channel, "name": name} for channel, name in rows]
    answer(documents, table(("CHANNEL", "NAME"), rows, nothing="Comments are told in no channel."), as_json=json)
