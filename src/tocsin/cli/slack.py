"""`tocsin slack`: Slack workspaces."""

from datetime import datetime
from typing import Annotated

from cyclopts import App, Parameter
from pydantic import SecretStr

from tocsin.chat.models import Integration
from tocsin.chat.signing_secrets import end_old_secrets, find_old_secrets_until
from tocsin.chat.workspaces import connect_workspace, disconnect_workspace, list_workspaces
from tocsin.cli.chat import ask_chat
from tocsin.cli.choose import choose_organization, choose_workspace, permit_for
from tocsin.cli.database import acting, open_database, open_secret_box
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption
from tocsin.cli.output import answer, table
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read
from tocsin.kernel.errors import InvalidInputError
from tocsin.organizations.models import Organization
from tocsin.organizations.permit import Verb
from tocsin.settings import Settings

app = App(name="slack", help="Slack workspaces.")

OLD_SECRET = "The signing secret before is accepted until {until:%Y-%m-%d %H:%M} UTC."  # noqa: S105 -- a sentence


@app.command
def connect(
    *,
    bot_token: Annotated[str | None, Parameter(help="xoxb-...; without it, TOCSIN_SLACK_BOT_TOKEN.")] = None,
    signing_secret: Annotated[str | None, Parameter(help="Without it, TOCSIN_SLACK_SIGNING_SECRET.")] = None,
    old_secret_leaked: Annotated[
        bool, Parameter(help="Accept only this signing secret from now on, not the one before for 24 hours more.")
    ] = False,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Let the organization use a workspace; again, with new secrets, they replace the old ones.

    The signing secret before is accepted for 24 hours more, as long as Slack lets both live.
    """
    settings = Settings()
    token = _given(bot_token, settings.slack_bot_token, "--bot-token", "TOCSIN_SLACK_BOT_TOKEN")
    secret = _given(signing_secret, settings.slack_signing_secret, "--signing-secret", "TOCSIN_SLACK_SIGNING_SECRET")
    with open_database(settings) as database:
        with acting(database) as session:
            permit_for(session, choose_organization(session, organization), as_, Verb.EDIT_WORKSPACES)
        facts = ask_chat(settings, database, lambda platform: platform.test_token(token))
        with acting(database) as session:
            home = choose_organization(session, organization)
            permit, now = permit_for(session, home, as_, Verb.EDIT_WORKSPACES), system_clock()
            integration = connect_workspace(
                session,
                permit,
                facts,
                bot_token=token,
                signing_secret=secret,
                secret_box=open_secret_box(settings),
                now=now,
            )
            if old_secret_leaked:
                end_old_secrets(session, permit, integration, now=now)
            until = find_old_secrets_until(session, [integration.id], now=now).get(integration.id)
            document = _document(home, integration, until)
    lines = [f"{home.slug} uses the workspace {facts.name} ({facts.team_id})."]
    if until is not None:
        lines.append(f"{OLD_SECRET.format(until=until)} If it was leaked, run this again with --old-secret-leaked.")
    answer(document, lines, as_json=json)


@app.command
def disconnect(
    workspace: Annotated[str, Parameter(help="Its id (T...) or name.")],
    /,
    *,
    yes: Annotated[bool, Parameter(negative="", help="Say that you mean it: nothing is said there any more.")] = False,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Switch a workspace off: what is to be said there waits until it is connected anew, and presses are refused."""
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        permit = permit_for(session, home, as_, Verb.EDIT_WORKSPACES)
        found, now = choose_workspace(session, home, workspace), system_clock()
        if not yes:
            raise InvalidInputError(f"Say --yes to disconnect {found.name}: its alerts wait, and presses are refused.")
        disconnect_workspace(session, permit, found.id, now=now)
        until = find_old_secrets_until(session, [found.id], now=now).get(found.id)
        document = _document(home, found, until)
    lines = [f"{found.name} is disconnected; `tocsin slack connect` connects it anew, and what waits goes out."]
    answer(document, lines, as_json=json)


@app.command(name="list")
def list_(*, organization: OrganizationOption = None, json: JsonOption = False) -> None:
    """Show the workspaces that the organization uses, and whether they work."""
    with open_database(Settings()) as database, read(database) as session:
        home = choose_organization(session, organization)
        workspaces = list_workspaces(session, home.id)
        until = find_old_secrets_until(session, [one.id for one in workspaces], now=system_clock())
    rows = [(one.external_id, one.name, one.url, _state(one)) for one in workspaces]
    lines = table(("ID", "NAME", "ADDRESS", "STATE"), rows, nothing="No workspace is connected.")
    lines += [f"{one.external_id}: {OLD_SECRET.format(until=until[one.id])}" for one in workspaces if one.id in until]
    answer([_document(home, one, until.get(one.id)) for one in workspaces], lines, as_json=json)


def _given(option: str | None, setting: SecretStr | None, name: str, variable: str) -> str:
    """What the command line or else the environment gives."""
    value = option or (setting.get_secret_value() if setting is not None else "")
    if not value:
        raise InvalidInputError(f"Give {name} (or {variable}, which no list of processes shows).")
    return value


def _state(integration: Integration) -> str:
    """One word for whether it works: Slack's, where Slack ended it."""
    return (integration.broken_reason or "works") if integration.is_active else "disconnected"


def _document(organization: Organization, integration: Integration, until: datetime | None) -> dict[str, object]:
    return {
        "organization": organization.slug,
        "id": integration.id,
        "workspace": integration.external_id,
        "name": integration.name,
        "url": integration.url,
        "bot_user": integration.bot_user_id,
        "connected": integration.is_active,
        "broken_reason": integration.broken_reason,
        "old_secret_until": until and until.isoformat(),
    }
