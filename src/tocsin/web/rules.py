"""The rules of a project: when somebody is alerted, and in which channel."""

from datetime import datetime, timedelta

from anyio import from_thread
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from tocsin.chat.channels import remember_channel
from tocsin.chat.errors import WorkspaceNotFoundError
from tocsin.chat.platform import ChannelFacts
from tocsin.chat.workspaces import list_workspaces
from tocsin.http.errors import page_of
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import InvalidInputError, NotFoundError
from tocsin.kernel.ids import IntegrationId
from tocsin.members.authorize import authorize
from tocsin.notifications.broken_channels import list_broken_channels
from tocsin.notifications.rule_test import TestMessage, find_last_tests, send_test
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit, Scope, Verb
from tocsin.rules.action import decode_actions
from tocsin.rules.edit import RuleChanges, add_rule, edit_rule, list_rules, remove_rule
from tocsin.rules.history import count_firings, list_firings
from tocsin.rules.models import Rule
from tocsin.rules.muting import is_muted
from tocsin.rules.words import words_of
from tocsin.web.place import Place, open_place, show
from tocsin.web.refusals import TOLD_ON_THE_PAGE, WRITER_SECONDS, refusals_on_record
from tocsin.web.rule_form import CHOICES, facts_of, facts_of_new, read_choices

FIRINGS_SHOWN = 5
FIRINGS_COUNTED = timedelta(days=7)


def show_rules(visit: SignedInVisit) -> Response:
    """The project's rules, and the form for a further one."""
    return _list(visit, sentence="", status=200)


def accept_rule(visit: SignedInVisit) -> Response:
    """Add a rule; the channel is asked of the chat platform first, so that a slip of the pen is told at once."""
    place, project = _where(visit)
    scope = Scope(place.organization.id, project.id)
    try:
        with refusals_on_record(visit, target=f"project:{project.id}"):
            integration_id = _chosen_workspace(visit, scope)
            channel = from_thread.run(visit.deps.chat.resolve_channel, integration_id, visit.field("channel"))
            with write(visit.deps.database, timeout=WRITER_SECONDS) as session:
                permit = authorize(session, visit.person.user_id, Verb.EDIT_RULES, scope, source=PAGE)
                _add(session, project, permit, visit, integration_id, channel)
    except TOLD_ON_THE_PAGE as error:
        return _list(visit, sentence=str(error), status=page_of(error).status)
    return RedirectResponse(visit.request.url.path, status_code=303)


def accept_edit(visit: SignedInVisit) -> Response:
    """Change a rule in place; the chat platform is asked only about a channel that is another one than before.

    Raises:
        NotFoundError: there is none of that id in this project.
    """
    place, project = _where(visit)
    scope = Scope(place.organization.id, project.id)
    try:
        with refusals_on_record(visit, target=f"project:{project.id}"):
            address = _changed_address(visit, scope, project)
            with write(visit.deps.database, timeout=WRITER_SECONDS) as session:
                permit = authorize(session, visit.person.user_id, Verb.EDIT_RULES, scope, source=PAGE)
                if address is not None:
                    remember_channel(session, *address)
                edit_rule(session, _get_rule(session, project, visit), permit, _changes(visit, address), now=visit.now)
    except TOLD_ON_THE_PAGE as error:
        return _list(visit, sentence=str(error), status=page_of(error).status)
    return RedirectResponse(_address(place, project), status_code=303)


def accept_removal(visit: SignedInVisit) -> Response:
    """Delete a rule of the project.

    Raises:
        NotFoundError: there is none of that id in this project.
    """
    place, project = _where(visit)
    scope = Scope(place.organization.id, project.id)
    with (
        refusals_on_record(visit, target=f"project:{project.id}"),
        write(visit.deps.database, timeout=WRITER_SECONDS) as session,
    ):
        permit = authorize(session, visit.person.user_id, Verb.EDIT_RULES, scope, source=PAGE)
        remove_rule(session, _get_rule(session, project, visit), permit, now=visit.now)
    return RedirectResponse(_address(place, project), status_code=303)


def accept_test(visit: SignedInVisit) -> Response:
    """Send a test message to the channels of a rule; the page then tells what became of it.

    Raises:
        NotFoundError: there is none of that id in this project.
    """
    place, project = _where(visit)
    scope = Scope(place.organization.id, project.id)
    with (
        refusals_on_record(visit, target=f"project:{project.id}"),
        write(visit.deps.database, timeout=WRITER_SECONDS) as session,
    ):
        permit = authorize(session, visit.person.user_id, Verb.EDIT_RULES, scope, source=PAGE)
        rule = _get_rule(session, project, visit)
        send_test(session, rule, permit, now=visit.now)
    return RedirectResponse(f"{_address(place, project)}#rule-{rule.id}", status_code=303)


def _where(visit: SignedInVisit) -> tuple[Place, Project]:
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        return place, place.get_project(visit.request.path_params["project"])


def _address(place: Place, project: Project) -> str:
    return f"/{place.organization.slug}/projects/{project.slug}/rules/"


def _get_rule(session: Session, project: Project, visit: SignedInVisit) -> Rule:
    wanted = visit.request.path_params["rule"]
    rule = next((each for each in list_rules(session, project) if str(each.id) == wanted), None)
    if rule is None:
        raise NotFoundError("There is no such rule; somebody may have removed it already.")
    return rule


def _changed_address(visit: SignedInVisit, scope: Scope, project: Project) -> tuple[IntegrationId, str, str] | None:
    """Where the rule is to tell from now on: workspace, channel and its name; `None` when that stays as it is."""
    integration_id = _chosen_workspace(visit, scope)
    with read(visit.deps.database) as session:
        action = decode_actions(_get_rule(session, project, visit).actions)[0]
    named = visit.field("channel").removeprefix("#")
    if integration_id == action.integration_id and named in {action.channel, action.channel_name}:
        return None
    channel = from_thread.run(visit.deps.chat.resolve_channel, integration_id, visit.field("channel"))
    return integration_id, channel.id, channel.name


def _changes(visit: SignedInVisit, address: tuple[IntegrationId, str, str] | None) -> RuleChanges:
    chosen = read_choices(visit)
    return RuleChanges(
        name=visit.field("name") or None,
        when=chosen.when,
        match=chosen.match,
        filters=chosen.filters,
        filter_match=chosen.filter_match,
        interval_minutes=chosen.interval_minutes,
        place=address,
        repeat=chosen.repeat,
        new_card_after=chosen.new_card_after,
        is_active=visit.field("active") == "on",
    )


def _chosen_workspace(visit: SignedInVisit, scope: Scope) -> IntegrationId:
    """The workspace that the form names, of those that the organization uses; asked only for who may edit rules."""
    with read(visit.deps.database) as session:
        authorize(session, visit.person.user_id, Verb.EDIT_RULES, scope, source=PAGE)
        own = list_workspaces(session, scope.organization_id)
    if not visit.field("channel"):
        raise InvalidInputError("Name the channel, like #alerts.")
    found = next((each.id for each in own if str(each.id) == visit.field("workspace")), None)
    if found is None:
        raise WorkspaceNotFoundError("There is no such workspace in this organization.")
    return found


def _add(
    session: Session,
    project: Project,
    permit: Permit,
    visit: SignedInVisit,
    integration_id: IntegrationId,
    channel: ChannelFacts,
) -> None:
    chosen = read_choices(visit)
    remember_channel(session, integration_id, channel.id, channel.name)
    add_rule(
        session,
        project,
        permit,
        when=chosen.when,
        match=chosen.match,
        filters=chosen.filters,
        filter_match=chosen.filter_match,
        interval_minutes=chosen.interval_minutes or None,
        integration_id=integration_id,
        channel=channel.id,
        channel_name=channel.name,
        name=visit.field("name") or None,
        repeat=chosen.repeat,
        new_card_after=chosen.new_card_after,
        now=visit.now,
    )


def _list(visit: SignedInVisit, *, sentence: str, status: int) -> Response:
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        project = place.get_project(visit.request.path_params["project"])
        rules = list_rules(session, project)
        workspaces = list_workspaces(session, place.organization.id)
        broken_channels = list_broken_channels(session, place.organization.id, [project.id])
        tests = find_last_tests(session, rules)
        firings = {rule.id: list_firings(session, rule.id, limit=FIRINGS_SHOWN) for rule in rules}
        counts = count_firings(session, [rule.id for rule in rules], since=visit.now - FIRINGS_COUNTED)
    names = {workspace.id: workspace.name for workspace in workspaces}
    facts = {
        "project": project,
        "rules": [
            _facts_of(rule, names, tests.get(rule.id, []), now=visit.now)
            | {"firings": firings[rule.id], "fired": counts.get(rule.id, 0)}
            for rule in rules
        ],
        "workspaces": workspaces,
        "broken_channels": broken_channels,
        "choices": CHOICES,
        "new": facts_of_new(visit),
        "sentence": sentence,
        "may_edit": place.may(Verb.EDIT_RULES),
    }
    return show("rules.html", visit, facts, place=place, section="projects", status=status)


def _facts_of(
    rule: Rule, workspace_names: dict[IntegrationId, str], tests: list[TestMessage], *, now: datetime
) -> dict[str, object]:
    is_on_but_muted = rule.is_active and is_muted(rule, now=now)
    return facts_of(rule) | {
        "id": rule.id,
        "name": rule.name,
        "tests": tests,
        "is_active": rule.is_active,
        "muted_until": f"{rule.muted_until:%Y-%m-%d %H:%M} UTC" if is_on_but_muted else "",
        "words": words_of(rule),
        "where": [
            (action.channel_name, workspace_names.get(action.integration_id, "a workspace that is gone"))
            for action in decode_actions(rule.actions)
        ],
    }
