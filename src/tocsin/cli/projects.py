"""`tocsin projects`: the projects of an organization, and what the system does in them by itself."""

from datetime import timedelta
from typing import Annotated

from cyclopts import App, Parameter
from sqlalchemy.orm import Session

from tocsin.cli.access import access
from tocsin.cli.choose import choose_organization, choose_person, choose_project, permit_for
from tocsin.cli.database import acting, open_database
from tocsin.cli.issue_acts import get_assignee
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption
from tocsin.cli.output import answer, table
from tocsin.cli.policy import OnOff
from tocsin.events.scrubbing import ScrubRules
from tocsin.intake.received import outcomes_since
from tocsin.intake.scrub_rules import scrub_rules_of, set_scrub_rules, split_names
from tocsin.issues.aging import set_resolve_after_days
from tocsin.issues.ownership import describe_assign_new_to, set_assign_new_to
from tocsin.issues.retention import Limits, describe_stored, limits_of, set_retention
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read
from tocsin.kernel.errors import InvalidInputError
from tocsin.members.authorize import visible_projects
from tocsin.organizations.deleting import delete_project, rename_project
from tocsin.organizations.keys import get_key
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Verb
from tocsin.organizations.quotas import Quota, parse_limit, quota_of, set_new_issue_limit, set_quota
from tocsin.settings import Settings

app = App(name="projects", help="The projects of an organization.")

app.command(access)

NEVER, NOBODY, USUAL = "never", "nobody", "usual"
WEEK = timedelta(days=7)


@app.command(name="list")
def list_(*, organization: OrganizationOption = None, as_: AsOption = None, json: JsonOption = False) -> None:
    """Show the projects, by slug."""
    with open_database(Settings()) as database, read(database) as session:
        home = choose_organization(session, organization)
        projects = visible_projects(session, choose_person(session, home, as_), home.id)
        documents = [_document(session, project) for project in projects]
    lines = table(
        ("PROJECT", "NAME", "OPEN", "RESOLVED AFTER DAYS", "NEW ISSUES GO TO"),
        [tuple(document.values()) for document in documents],
        nothing="There is no project.",
    )
    answer(documents, lines, as_json=json)


@app.command(name="set")
def set_(
    slug: Annotated[str, Parameter(name="SLUG", help="Slug of the project.")],
    /,
    *,
    resolve_after_days: Annotated[
        str | None, Parameter(help="Resolve what was not seen for so many days; or `never`.")
    ] = None,
    assign_new_to: Annotated[
        str | None, Parameter(help="Who is given new issues: e-mail of a member, #slug of a team, or `nobody`.")
    ] = None,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Choose what the system does by itself with the issues of a project."""
    if resolve_after_days is None and assign_new_to is None:
        raise InvalidInputError("Say --resolve-after-days, --assign-new-to, or both.")
    now = system_clock()
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        project = choose_project(session, home, slug)
        permit = permit_for(session, home, as_, Verb.EDIT_PROJECTS, project_id=project.id)
        if resolve_after_days is not None:
            set_resolve_after_days(session, permit, project, _days(resolve_after_days), now=now)
        if assign_new_to is not None:
            assignee = None if assign_new_to == NOBODY else get_assignee(session, home, assign_new_to)
            set_assign_new_to(session, permit, project, assignee, now=now)
        document = _document(session, project)
    answer(document, [f"{name}: {'-' if value is None else value}" for name, value in document.items()], as_json=json)


@app.command
def rename(
    slug: Annotated[str, Parameter(name="SLUG", help="Slug of the project; it stays.")],
    name: Annotated[str, Parameter(name="NAME", help="What it is called from now on.")],
    /,
    *,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Call a project something else; addresses and the names of its issues are made of its slug, and stay."""
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        project = choose_project(session, home, slug)
        permit = permit_for(session, home, as_, Verb.EDIT_PROJECTS, project_id=project.id)
        rename_project(session, permit, project, name, now=system_clock())
        document = _document(session, project)
    answer(document, [f"{document['slug']} is called {document['name']}."], as_json=json)


@app.command
def delete(
    slug: Annotated[str, Parameter(name="SLUG", help="Slug of the project.")],
    /,
    *,
    confirm: Annotated[str, Parameter(name="--confirm", help="The slug once more: nothing brings it back.")] = "",
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Delete a project with all its issues and events; its DSN is refused from then on, and its cards say so."""
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        project = choose_project(session, home, slug)
        permit = permit_for(session, home, as_, Verb.DELETE, project_id=project.id)
        if confirm != slug:
            raise InvalidInputError(f"Say --confirm {slug} to delete it with all its issues; nothing was done.")
        delete_project(session, permit, project, confirm, now=system_clock())
    answer({"slug": slug, "deleted": True}, [f"{slug} is deleted."], as_json=json)


@app.command
def limit(
    slug: Annotated[str, Parameter(name="SLUG", help="Slug of the project.")],
    /,
    *,
    events_per_minute: Annotated[str | None, Parameter(help="Take so many in a minute; or `none`.")] = None,
    events_per_day: Annotated[str | None, Parameter(help="Take so many in a day of UTC; or `none`.")] = None,
    new_issues_per_minute: Annotated[
        str | None, Parameter(help="Open so many issues in a minute, and gather what is beyond; or `none`.")
    ] = None,
    key: Annotated[
        str | None, Parameter(help="Only of this key (what stands before the @ of its DSN), beside the project's own.")
    ] = None,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Bound how many events may be reported; without a number, show the limits and what was dropped in a week."""
    now = system_clock()
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        project = choose_project(session, home, slug)
        bounds_events = events_per_minute is not None or events_per_day is not None
        changes = bounds_events or new_issues_per_minute is not None
        verb = Verb.EDIT_PROJECTS if changes else Verb.SEE
        permit = permit_for(session, home, as_, verb, project_id=project.id)
        owner = project if key is None else get_key(session, project, key)
        if bounds_events:
            old = quota_of(owner)
            new = Quota(
                old.per_minute if events_per_minute is None else parse_limit(events_per_minute),
                old.per_day if events_per_day is None else parse_limit(events_per_day),
            )
            set_quota(session, permit, owner, new, now=now)
        if new_issues_per_minute is not None:
            if key is not None:
                raise InvalidInputError("New issues are bounded for a project, not for one of its keys.")
            set_new_issue_limit(session, permit, project, parse_limit(new_issues_per_minute), now=now)
        quota = quota_of(owner)
        outcomes = outcomes_since(session, project.id, since=now - WEEK)
        limits = {
            "events_per_minute": quota.per_minute,
            "events_per_day": quota.per_day,
            "new_issues_per_minute": project.new_issues_per_minute,
        }
    lines = [f"{name}: {'none' if value is None else value}" for name, value in limits.items()]
    lines += [f"{outcome}: {events}" for outcome, events in sorted(outcomes.items())]
    answer(limits | {"last_week": outcomes}, lines, as_json=json)


@app.command
def keep(
    slug: Annotated[str, Parameter(name="SLUG", help="Slug of the project.")],
    /,
    *,
    days: Annotated[str | None, Parameter(help="Keep events for so many days; or `usual`.")] = None,
    events: Annotated[str | None, Parameter(help="Keep so many events; or `usual`.")] = None,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Choose how long events are kept, and how many; without a number, show that and how many there are."""
    settings = Settings()
    with open_database(settings) as database, acting(database) as session:
        home = choose_organization(session, organization)
        project = choose_project(session, home, slug)
        changes = days is not None or events is not None
        verb = Verb.EDIT_PROJECTS if changes else Verb.SEE
        permit = permit_for(session, home, as_, verb, project_id=project.id)
        if changes:
            own_days = project.retention_days if days is None else _kept(days)
            own_events = project.retention_events if events is None else _kept(events)
            set_retention(session, permit, project, days=own_days, events=own_events, now=system_clock())
        limits = limits_of(project, Limits(settings.retention_days, settings.retention_events))
        stored = describe_stored(session, project.id)
    document = {
        "days": limits.days,
        "events": limits.events,
        "stored": stored.events,
        "retired": stored.retired,
        "oldest": stored.oldest and stored.oldest.isoformat(),
    }
    answer(document, [f"{name}: {'-' if value is None else value}" for name, value in document.items()], as_json=json)


def _kept(text: str) -> int | None:
    if text == USUAL:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 12:
        raise InvalidInputError(f"Say a number, or `{USUAL}`; not {text!r}.")
    return int(text)


@app.command
def scrub(
    slug: Annotated[str, Parameter(name="SLUG", help="Slug of the project.")],
    /,
    *,
    names: Annotated[
        str | None, Parameter(help="Take out what stands under these names, too (commas between them); or `none`.")
    ] = None,
    harmless: Annotated[
        str | None, Parameter(help="Leave what stands under these names (commas between them); or `none`.")
    ] = None,
    emails: Annotated[OnOff | None, Parameter(help="Whether to take out e-mail addresses.")] = None,
    ip_addresses: Annotated[OnOff | None, Parameter(help="Whether to take out the IP addresses of users.")] = None,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Choose what is taken out of events beside the secrets that always are; without an option, show it."""
    is_change = any(option is not None for option in (names, harmless, emails, ip_addresses))
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        project = choose_project(session, home, slug)
        permit = permit_for(session, home, as_, Verb.EDIT_PROJECTS if is_change else Verb.SEE, project_id=project.id)
        rules = scrub_rules_of(project)
        if is_change:
            rules = ScrubRules(
                more_names=rules.more_names if names is None else _names(names),
                harmless_names=rules.harmless_names if harmless is None else _names(harmless),
                emails=rules.emails if emails is None else emails == "on",
                ip_addresses=rules.ip_addresses if ip_addresses is None else ip_addresses == "on",
            )
            set_scrub_rules(session, permit, project, rules, now=system_clock())
    document = {
        "names": sorted(rules.more_names),
        "harmless": sorted(rules.harmless_names),
        "emails": rules.emails,
        "ip_addresses": rules.ip_addresses,
    }
    answer(document, [f"{name}: {value}" for name, value in document.items()], as_json=json)


def _names(text: str) -> frozenset[str]:
    return frozenset() if text == "none" else split_names(text)


def _days(text: str) -> int | None:
    if text == NEVER:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 6:
        raise InvalidInputError(f"--resolve-after-days takes a number of days or `{NEVER}`, not {text!r}.")
    return int(text)


def _document(session: Session, project: Project) -> dict[str, object]:
    return {
        "slug": project.slug,
        "name": project.name,
        "open": project.is_open,
        "resolve_after_days": project.resolve_after_days,
        "assign_new_to": describe_assign_new_to(session, project),
    }
