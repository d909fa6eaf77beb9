"""`tocsin grouping rules`: which events of a project are one issue, where the usual grouping does not fit."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from tocsin.cli.choose import choose_organization, choose_project, permit_for
from tocsin.cli.database import acting, open_database
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption
from tocsin.cli.output import answer, table
from tocsin.issues.fingerprint_rules import Preview, preview_fingerprint_rules, set_fingerprint_rules
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read
from tocsin.kernel.errors import InvalidInputError
from tocsin.organizations.permit import Verb
from tocsin.settings import Settings

app = App(name="grouping", help="Which events are one issue.")
rules = App(name="rules", help="The fingerprint rules of a project.")
app.command(rules)

ProjectOption = Annotated[str, Parameter(name="--project", help="Slug of the project.")]
FileArgument = Annotated[
    str | None, Parameter(name="FILE", help="File with the rules, one a line; without it they come on stdin.")
]


@rules.command
def show(*, project: ProjectOption, organization: OrganizationOption = None, json: JsonOption = False) -> None:
    """Show the rules of a project, as `set` takes them."""
    with open_database(Settings()) as database, read(database) as session:
        target = choose_project(session, choose_organization(session, organization), project)
        text = target.fingerprint_rules
    lines = text.splitlines() or [f"# {project} has no fingerprint rule."]
    answer({"project": project, "rules": text}, lines, as_json=json)


@rules.command(name="set")
def set_(
    file: FileArgument = None,
    /,
    *,
    project: ProjectOption,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Group what comes from now on by the rules in a file; an empty one takes all rules away."""
    text = _read(file)
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        target = choose_project(session, home, project)
        permit = permit_for(session, home, as_, Verb.EDIT_PROJECTS, project_id=target.id)
        count = set_fingerprint_rules(session, permit, target, text, now=system_clock())
    answer({"project": project, "rules": count}, [f"Fingerprint rules of {project}: {count}."], as_json=json)


@rules.command(name="try")
def try_(
    file: FileArgument = None,
    /,
    *,
    project: ProjectOption,
    organization: OrganizationOption = None,
    json: JsonOption = False,
) -> None:
    """Show which of the last 100 events the rules in a file would group otherwise."""
    text = _read(file)
    with open_database(Settings()) as database, read(database) as session:
        target = choose_project(session, choose_organization(session, organization), project)
        preview = preview_fingerprint_rules(session, target, text)
    rows = [(one.short_id, one.events, one.becomes, one.line) for one in preview.regrouped]
    nothing = f"Of the last {preview.events} events none would be grouped otherwise."
    answer(
        _document(preview),
        table(("ISSUE", "EVENTS", "WOULD BE GROUPED BY", "LINE"), rows, nothing=nothing),
        as_json=json,
    )


def _read(file: str | None) -> str:
    try:
        return sys.stdin.read() if file is None else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{file} cannot be read: {error}.") from error


def _document(preview: Preview) -> dict[str, object]:
    return {
        "events": preview.events,
        "regrouped": [
            {"issue": one.short_id, "events": one.events, "becomes": one.becomes, "line": one.line}
            for one in preview.regrouped
        ],
        "taken": preview.taken,
    }
