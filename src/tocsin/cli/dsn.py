"""`tocsin dsn`: the addresses that applications report to, one for each key of a project."""

from datetime import timedelta
from typing import Annotated

from cyclopts import App, Parameter

from tocsin.cli.choose import choose_organization, choose_project, permit_for
from tocsin.cli.database import acting, open_database
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption
from tocsin.cli.output import answer, table
from tocsin.intake.received import stored_by_key
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read
from tocsin.organizations.create import dsn_of
from tocsin.organizations.keys import add_key, get_key, list_keys, switch_key
from tocsin.organizations.models import ProjectKey
from tocsin.organizations.permit import Verb
from tocsin.settings import Settings

app = App(name="dsn", help="The addresses that applications report to: one for each key of a project.")

ProjectOption = Annotated[str, Parameter(help="Slug of the project.")]
WATCHED = timedelta(days=7)
"""So far back it is told what came with a key: whoever replaces one sees who uses it still."""

KeyArgument = Annotated[str, Parameter(name="KEY", help="The 32 hex digits in the DSN.")]


@app.command(name="list")
def list_(*, project: ProjectOption, organization: OrganizationOption = None, json: JsonOption = False) -> None:
    """Show the DSNs of a project, and those that were switched off."""
    settings = Settings()
    with open_database(settings) as database, read(database) as session:
        target = choose_project(session, choose_organization(session, organization), project)
        taken = stored_by_key(session, target.id, since=system_clock() - WATCHED)
        documents = [
            _document(key, settings) | {"last_week": taken.get(key.id, 0)} for key in list_keys(session, target.id)
        ]
    rows = [(each["label"], "on" if each["active"] else "off", each["last_week"], each["dsn"]) for each in documents]
    lines = table(("LABEL", "STATE", "EVENTS IN 7 DAYS", "DSN"), rows, nothing="There is no key.")
    answer(documents, lines, as_json=json)


@app.command
def add(
    *,
    project: ProjectOption,
    label: Annotated[str, Parameter(help='What it is for, e.g. "the shop\'s browsers".')],
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Make a further DSN; those that there are go on."""
    settings = Settings()
    with open_database(settings) as database, acting(database) as session:
        home = choose_organization(session, organization)
        target = choose_project(session, home, project)
        permit = permit_for(session, home, as_, Verb.EDIT_PROJECTS, project_id=target.id)
        document = _document(add_key(session, permit, target, label, now=system_clock()), settings)
    answer(document, [str(document["dsn"])], as_json=json)


@app.command
def off(
    key: KeyArgument,
    /,
    *,
    project: ProjectOption,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Refuse what comes with a key, from ten seconds on at the latest."""
    _switch(key, project, organization, as_, json, is_active=False)


@app.command
def on(
    key: KeyArgument,
    /,
    *,
    project: ProjectOption,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Take what comes with a key again."""
    _switch(key, project, organization, as_, json, is_active=True)


def _switch(
    public_key: str, project: str, organization: str | None, as_: str | None, json: bool, *, is_active: bool
) -> None:
    settings = Settings()
    with open_database(settings) as database, acting(database) as session:
        home = choose_organization(session, organization)
        target = choose_project(session, home, project)
        permit = permit_for(session, home, as_, Verb.EDIT_PROJECTS, project_id=target.id)
        key = get_key(session, target, public_key)
        switch_key(session, permit, key, is_active=is_active, now=system_clock())
        document = _document(key, settings)
    answer(document, [f"The key {document['label']} is switched {'on' if is_active else 'off'}."], as_json=json)


def _document(key: ProjectKey, settings: Settings) -> dict[str, object]:
    dsn = dsn_of(key.public_key, settings.base_url, key.project_id)
    return {"key": key.public_key, "label": key.label, "active": key.is_active, "dsn": dsn}
