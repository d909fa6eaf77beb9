"""`tocsin deliveries`: what was said in Slack, and what could not be."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from cyclopts import App, Parameter, validators
from sqlalchemy import ColumnElement, Row, Select, exists, func, select
from sqlalchemy.orm import Session

from tocsin.chat.models import Channel
from tocsin.chat.workspaces import list_workspaces
from tocsin.cli.choose import choose_organization, choose_workspace, permit_for
from tocsin.cli.database import acting, open_database
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption, WorkspaceOption
from tocsin.cli.output import answer, table
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.issues.errors import IssueNotFoundError
from tocsin.issues.models import Issue
from tocsin.issues.queries import find_issue
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read
from tocsin.kernel.ids import DeliveryId, IntegrationId, IssueId
from tocsin.notifications.again import scope_of_delivery, send_again
from tocsin.notifications.explain import explain_delivery
from tocsin.notifications.models import ParentNotification
from tocsin.organizations.models import Organization
from tocsin.organizations.permit import Verb
from tocsin.settings import Settings

app = App(name="deliveries", help="What was said in Slack, and what could not be.")

DeliveryArgument = Annotated[int, Parameter(name="ID", help="Number of the delivery, as `list` shows it.")]


@app.command(name="list")
def list_(
    *,
    state: Annotated[list[DeliveryState] | None, Parameter(help="Only those in this state; repeatable.")] = None,
    kind: Annotated[list[str] | None, Parameter(help="Only this kind (card, reply, notice ...); repeatable.")] = None,
    channel: Annotated[str | None, Parameter(help="Only in this channel: its id, or #name.")] = None,
    issue: Annotated[str | None, Parameter(help="Only what is about this issue (WEB-12, or its number).")] = None,
    since: Annotated[datetime | None, Parameter(help="Only what was planned then or later, in UTC.")] = None,
    until: Annotated[datetime | None, Parameter(help="Only what was planned before, in UTC.")] = None,
    limit: Annotated[int | None, Parameter(help="Only so many newest.", validator=validators.Number(gte=1))] = None,
    organization: OrganizationOption = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Show the deliveries of the organization's workspaces, oldest first."""
    with open_database(Settings()) as database, read(database) as session:
        home = choose_organization(session, organization)
        wanted = _in_workspaces(_integration_ids(session, home, workspace), limit)
        if state:
            wanted = wanted.where(Delivery.state.in_(state))
        if kind:
            wanted = wanted.where(Delivery.kind.in_(kind))
        if channel:
            wanted = wanted.where(_is_in_channel(channel.removeprefix("#")))
        if issue:
            wanted = wanted.where(_is_about(_get_issue(session, home, issue).id))
        if since:
            wanted = wanted.where(Delivery.created_at >= since.replace(tzinfo=since.tzinfo or UTC))
        if until:
            wanted = wanted.where(Delivery.created_at < until.replace(tzinfo=until.tzinfo or UTC))
        found = session.execute(wanted).all()[::-1]
    rows = [(row.id, row.kind, row.state, row.channel or row.recipient, row.ts, row.reason) for row in found]
    lines = table(("ID", "KIND", "STATE", "PLACE", "TS", "REASON"), rows, nothing="Nothing was to be said.")
    answer([_document(row) for row in found], lines, as_json=json)


@app.command
def explain(
    delivery: DeliveryArgument, /, *, organization: OrganizationOption = None, json: JsonOption = False
) -> None:
    """Tell the story of one delivery: why it was planned, what was tried, and what helps."""
    with open_database(Settings()) as database, read(database) as session:
        found = DeliveryId(delivery)
        scope_of_delivery(session, choose_organization(session, organization).id, found)
        row = session.get_one(Delivery, found)
        story = explain_delivery(session, row)
        document = {"id": row.id, "state": row.state, "story": story}
    answer(document, story, as_json=json)


@app.command
def retry(
    delivery: DeliveryArgument,
    /,
    *,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Send what is parked, or grew too old, after what kept it was mended."""
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        scope = scope_of_delivery(session, home.id, DeliveryId(delivery))
        permit = permit_for(session, home, as_, Verb.EDIT_RULES, project_id=scope.project_id)
        row = send_again(session, permit, DeliveryId(delivery), now=system_clock())
        document = {"id": row.id, "state": row.state}
    answer(document, [f"Delivery {document['id']} is queued; the server sends it."], as_json=json)


def _integration_ids(session: Session, organization: Organization, workspace: str | None) -> list[IntegrationId]:
    if workspace is not None:
        return [choose_workspace(session, organization, workspace).id]
    return [one.id for one in list_workspaces(session, organization.id)]


def _get_issue(session: Session, organization: Organization, text: str) -> Issue:
    found = find_issue(session, organization.id, text)
    if found is None:
        raise IssueNotFoundError(f"There is no issue {text!r} in {organization.slug}.")
    return found


def _in_workspaces(
    integration_ids: Sequence[IntegrationId], limit: int | None
) -> Select[DeliveryId, str, DeliveryState, str | None, str | None, str | None, str | None]:
    return (
        select(
            Delivery.id,
            Delivery.kind,
            Delivery.state,
            Delivery.channel,
            Delivery.recipient,
            Delivery.ts,
            Delivery.reason,
        )
        .where(Delivery.integration_id.in_(integration_ids))
        .order_by(Delivery.id.desc())
        .limit(limit)
    )


def _is_in_channel(id_or_name: str) -> ColumnElement[bool]:
    named = exists().where(
        Channel.integration_id == Delivery.integration_id,
        Channel.external_id == Delivery.channel,
        Channel.name == id_or_name,
    )
    return (Delivery.channel == id_or_name) | named


def _is_about(issue_id: IssueId) -> ColumnElement[bool]:
    card = func.coalesce(Delivery.follows_id, Delivery.id)
    return exists().where(ParentNotification.issue_id == issue_id, ParentNotification.card_delivery_id == card)


def _document(
    row: Row[DeliveryId, str, DeliveryState, str | None, str | None, str | None, str | None],
) -> dict[str, object]:
    return {
        "id": row.id,
        "kind": row.kind,
        "state": row.state,
        "channel": row.channel,
        "ts": row.ts,
        "reason": row.reason,
    }
