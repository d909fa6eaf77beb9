"""`tocsin deliveries`: what was said in Slack, and what could not be."""

from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, Parameter, validators
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from tocsin.chat.workspaces import list_workspaces
from tocsin.cli.choose import choose_organization, choose_workspace, permit_for
from tocsin.cli.database import acting, open_database
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption, WorkspaceOption
from tocsin.cli.output import answer, table
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read
from tocsin.kernel.ids import DeliveryId, IntegrationId
from tocsin.notifications.again import scope_of_delivery, send_again
from tocsin.notifications.explain import explain_delivery
from tocsin.organizations.models import Organization
from tocsin.organizations.permit import Verb
from tocsin.settings import Settings

app = App(name="deliveries", help="What was said in Slack, and what could not be.")

DeliveryArgument = Annotated[int, Parameter(name="ID", help="Number of the delivery, as `list` shows it.")]


@app.command(name="list")
def list_(
    *,
    state: Annotated[list[DeliveryState] | None, Parameter(help="Only those in this state; repeatable.")] = None,
    limit: Annotated[int | None, Parameter(help="Only so many newest.", validator=validators.Number(gte=1))] = None,
    organization: OrganizationOption = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Show the deliveries of the organization's workspaces, oldest first."""
    with open_database(Settings()) as database, read(database) as session:
        home = choose_organization(session, organization)
        found = _list(session, _integration_ids(session, home, workspace), state, limit)
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


def _list(
    session: Session,
    integration_ids: Sequence[IntegrationId],
    states: Sequence[DeliveryState] | None,
    limit: int | None,
) -> Sequence[Row[DeliveryId, str, DeliveryState, str | None, str | None, str | None, str | None]]:
    wanted = (
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
    if states:
        wanted = wanted.where(Delivery.state.in_(states))
    return session.execute(wanted).all()[::-1]


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
