"""`tocsin rules`: which issues are told in which channels."""

import re
from typing import Annotated, Literal

from cyclopts import App, Parameter
from sqlalchemy.orm import Session

from tocsin.chat.channels import remember_channel
from tocsin.chat.platform import ChannelFacts, ChatPlatform, ChatRefusedError
from tocsin.cli.chat import ask_chat
from tocsin.cli.choose import choose_organization, choose_project, choose_workspace, permit_for
from tocsin.cli.database import acting, open_database
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption, WorkspaceOption
from tocsin.cli.output import answer, note, table
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read
from tocsin.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from tocsin.kernel.ids import IntegrationId, OrganizationId, RuleId
from tocsin.notifications.rule_test import send_test
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Verb
from tocsin.rules.action import decode_actions
from tocsin.rules.conditions import CONDITIONS, decode_conditions, word_of
from tocsin.rules.edit import RuleChanges, add_rule, edit_rule, list_rules, remove_rule
from tocsin.rules.filters import decode_filters
from tocsin.rules.history import list_firings
from tocsin.rules.models import Match, Rule
from tocsin.rules.repeat import Repeat, parse_new_card_after
from tocsin.rules.words import words_of
from tocsin.settings import Settings

app = App(name="rules", help="Which issues are told in which channels.")

CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{2,}")

NONE = "none"
MatchWord = Literal["any", "all"]
WhenOption = Annotated[
    list[str] | None,
    Parameter(help=f"When to tell: {', '.join(CONDITIONS)}; those that count as seen_more_than:100:1h. Repeatable."),
]
MatchOption = Annotated[MatchWord | None, Parameter(help="Whether any --when is enough (usual), or all must hold.")]
FilterOption = Annotated[
    list[str] | None,
    Parameter(help="For which events: 'level at least error', 'environment is production'. Repeatable."),
]
FilterMatchOption = Annotated[
    MatchWord | None, Parameter(help="Whether all filters must let an event pass (usual), or any is enough.")
]
RepeatOption = Annotated[
    Repeat | None, Parameter(help="What to do where the issue's card stands already: thread is usual.")
]
NewCardOption = Annotated[
    str | None, Parameter(help="When to post a new card all the same: resolve (usual), never, or a number of days.")
]
ProjectOption = Annotated[str, Parameter(name="--project", help="Slug of the project.")]


@app.command
def add(
    *,
    project: ProjectOption,
    channel: Annotated[str, Parameter(help="Id (C...) or #name of the channel.")],
    when: WhenOption = None,
    match: MatchOption = None,
    filter_: Annotated[FilterOption, Parameter(name="--filter")] = None,
    filter_match: FilterMatchOption = None,
    interval_minutes: Annotated[
        int | None, Parameter(help="For so long an issue that was told is not told by this rule again.")
    ] = None,
    name: Annotated[str | None, Parameter(help="What to call the rule; without it, what it does.")] = None,
    repeat: RepeatOption = None,
    new_card_after: NewCardOption = None,
    organization: OrganizationOption = None,
    workspace: WorkspaceOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Post a card in a channel when conditions hold for an issue of the project."""
    after = parse_new_card_after(new_card_after or "resolve")
    settings = Settings()
    with open_database(settings) as database:
        with acting(database) as session:
            home = choose_organization(session, organization)
            target = choose_project(session, home, project)
            permit_for(session, home, as_, Verb.EDIT_RULES, project_id=target.id)
            place = choose_workspace(session, home, workspace)
        facts = ask_chat(settings, database, lambda platform: look_up(platform, place.id, channel))
        _check_channel(facts)
        with acting(database) as session:
            permit = permit_for(session, home, as_, Verb.EDIT_RULES, project_id=target.id)
            remember_channel(session, place.id, facts.id, facts.name)
            rule = add_rule(
                session,
                target,
                permit,
                when=when or (),
                match=Match(match or Match.ANY),
                filters=filter_ or (),
                filter_match=Match(filter_match or Match.ALL),
                interval_minutes=interval_minutes,
                integration_id=place.id,
                channel=facts.id,
                channel_name=facts.name,
                now=system_clock(),
                name=name,
                repeat=repeat or Repeat.THREAD,
                new_card_after=after,
            )
            document = _document(target, rule)
    answer(document, _lines(document), as_json=json)


@app.command(name="list")
def list_(*, project: ProjectOption, organization: OrganizationOption = None, json: JsonOption = False) -> None:
    """Show the rules of a project."""
    with open_database(Settings()) as database, read(database) as session:
        target = choose_project(session, choose_organization(session, organization), project)
        rules = list_rules(session, target)
    rows = [(rule.id, rule.name, rule.is_active, words_of(rule)) for rule in rules]
    lines = table(
        ("ID", "RULE", "ACTIVE", "TELLS"), rows, nothing=f"{target.slug} has no rule: nothing is told in Slack."
    )
    answer([_document(target, rule) for rule in rules], lines, as_json=json)


@app.command
def edit(
    id_: Annotated[int, Parameter(name="ID", help="The rule's number.")],
    /,
    *,
    when: WhenOption = None,
    match: MatchOption = None,
    filter_: Annotated[
        FilterOption, Parameter(name="--filter", help="For which events, instead of what was chosen; or `none`.")
    ] = None,
    filter_match: FilterMatchOption = None,
    interval_minutes: Annotated[int | None, Parameter(help="Another interval; 0 takes it away.")] = None,
    channel: Annotated[str | None, Parameter(help="Id (C...) or #name of another channel.")] = None,
    name: Annotated[str | None, Parameter(help="Another name.")] = None,
    repeat: RepeatOption = None,
    new_card_after: NewCardOption = None,
    active: Annotated[Literal["on", "off"] | None, Parameter(help="Switch it on or off.")] = None,
    organization: OrganizationOption = None,
    workspace: WorkspaceOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Change a rule in place; what is not named stays, and threads live on where they stand."""
    settings = Settings()
    if workspace is not None and channel is None:
        raise InvalidInputError("Say --channel, too: a channel belongs to one workspace.")
    after = None if new_card_after is None else parse_new_card_after(new_card_after)
    with open_database(settings) as database:
        with acting(database) as session:
            home = choose_organization(session, organization)
            rule, target = _get_rule(session, home.id, RuleId(id_))
            permit_for(session, home, as_, Verb.EDIT_RULES, project_id=target.id)
            place_id = decode_actions(rule.actions)[0].integration_id
            if workspace is not None:
                place_id = choose_workspace(session, home, workspace).id
        facts = None
        if channel is not None:
            facts = ask_chat(settings, database, lambda platform: look_up(platform, place_id, channel))
            _check_channel(facts)
        with acting(database) as session:
            rule, target = _get_rule(session, home.id, RuleId(id_))
            permit = permit_for(session, home, as_, Verb.EDIT_RULES, project_id=target.id)
            if facts is not None:
                remember_channel(session, place_id, facts.id, facts.name)
            changes = RuleChanges(
                name=name,
                when=when,
                match=None if match is None else Match(match),
                filters=[] if filter_ == [NONE] else filter_,
                filter_match=None if filter_match is None else Match(filter_match),
                interval_minutes=interval_minutes,
                place=None if facts is None else (place_id, facts.id, facts.name),
                repeat=repeat,
                new_card_after=after,
                is_active=None if active is None else active == "on",
            )
            document = _document(target, edit_rule(session, rule, permit, changes, now=system_clock()))
    answer(document, _lines(document), as_json=json)


@app.command
def history(
    id_: Annotated[int, Parameter(name="ID", help="The rule's number.")],
    /,
    *,
    limit: Annotated[int, Parameter(help="How many at most.")] = 20,
    organization: OrganizationOption = None,
    json: JsonOption = False,
) -> None:
    """Show for which issues a rule fired lately, and why."""
    with open_database(Settings()) as database, read(database) as session:
        rule, _ = _get_rule(session, choose_organization(session, organization).id, RuleId(id_))
        firings = list_firings(session, rule.id, limit=limit)
    documents = [
        {"at": each.fired_at.isoformat(), "issue": each.short_id, "title": each.title, "why": each.why}
        for each in firings
    ]
    lines = table(
        ("AT", "ISSUE", "TITLE", "WHY"), [tuple(each.values()) for each in documents], nothing="It has not fired yet."
    )
    answer(documents, lines, as_json=json)


@app.command(name="test")
def try_(
    id_: Annotated[int, Parameter(name="ID", help="The rule's number.")],
    /,
    *,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Send a test message to the channels of a rule, the way its cards go."""
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        rule, target = _get_rule(session, home.id, RuleId(id_))
        permit = permit_for(session, home, as_, Verb.EDIT_RULES, project_id=target.id)
        ids = send_test(session, rule, permit, now=system_clock())
        document = _document(target, rule) | {"deliveries": ids}
    numbers = " ".join(str(each) for each in ids)
    answer(document, [f"On its way; `tocsin deliveries explain {numbers}` tells what became of it."], as_json=json)


@app.command
def remove(
    id_: Annotated[int, Parameter(name="ID", help="The rule's number.")],
    /,
    *,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Delete a rule; the cards that it posted keep their threads."""
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        rule, target = _get_rule(session, home.id, RuleId(id_))
        permit = permit_for(session, home, as_, Verb.EDIT_RULES, project_id=target.id)
        document = _document(target, rule)
        remove_rule(session, rule, permit, now=system_clock())
    answer(document, [f"Rule {id_} of {target.slug} is gone."], as_json=json)


async def look_up(platform: ChatPlatform, integration_id: IntegrationId, channel: str) -> ChannelFacts:
    """The channel, as Slack tells it; an app that may post but not look around is believed an id."""
    try:
        return await platform.resolve_channel(integration_id, channel)
    except ChatRefusedError as error:
        if CHANNEL_ID.fullmatch(channel) is None:
            raise
        note(f"{channel} could not be looked up: {error}")
        return ChannelFacts(channel, channel, is_private=False, is_member=True, is_archived=False, is_shared=False)


def _check_channel(facts: ChannelFacts) -> None:
    """Refuse where nothing can be said; warn where strangers or nobody would read it."""
    if facts.is_archived:
        raise ConflictError(f"#{facts.name} is archived; choose another channel.")
    if facts.is_private and not facts.is_member:
        raise ConflictError(f"#{facts.name} is private; invite the app there first.")
    if facts.is_shared:
        note(f"#{facts.name} is shared with people of other companies, who will read the cards.")


def _get_rule(session: Session, organization_id: OrganizationId, rule_id: RuleId) -> tuple[Rule, Project]:
    rule = session.get(Rule, rule_id)
    project = None if rule is None else session.get(Project, rule.project_id)
    if rule is None or project is None or project.organization_id != organization_id:
        raise NotFoundError(f"There is no rule {rule_id}.")
    return rule, project


def _document(project: Project, rule: Rule) -> dict[str, object]:
    actions = decode_actions(rule.actions)
    return {
        "id": rule.id,
        "project": project.slug,
        "name": rule.name,
        "words": words_of(rule),
        "when": [word_of(condition) for condition in decode_conditions(rule.conditions)],
        "match": rule.match,
        "filters": [each.words for each in decode_filters(rule.filters)],
        "filter_match": rule.filter_match,
        "interval_minutes": rule.interval_minutes,
        "channels": [action.channel for action in actions],
        "repeat": actions[0].repeat,
        "new_card_after": actions[0].new_card_after,
        "active": rule.is_active,
    }


def _lines(document: dict[str, object]) -> list[str]:
    return [f"Rule {document['id']} of {document['project']}: {document['name']}", f"{document['words']}."]
