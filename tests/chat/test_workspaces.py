"""Connected workspaces: their secrets, their organizations, and whether they work."""

from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from tests.support.acme import NOW, make_organization, make_person, system
from tocsin.chat.errors import WorkspaceNotFoundError, WorkspaceSharedError, WorkspaceTakenError
from tocsin.chat.models import Integration
from tocsin.chat.platform import WorkspaceFacts
from tocsin.chat.signing_secrets import open_signing_secret
from tocsin.chat.workspaces import (
    connect_workspace,
    disconnect_workspace,
    find_workspace,
    list_organization_ids,
    list_workspaces,
    mark_broken,
    mark_healed,
    open_bot_token,
    reseal_secrets,
)
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import IntegrationId, OrganizationId
from tocsin.kernel.secrets import SecretBox, SecretUnreadableError
from tocsin.organizations.audit import AuditEntry, AuditEvent
from tocsin.organizations.permit import Role

OLD_KEY, NEW_KEY = (Fernet.generate_key().decode() for _ in range(2))
BOX = SecretBox([OLD_KEY])
FACTS = WorkspaceFacts("T0ACME", "Acme", "https://acme.slack.com/", "A0APP", "B0BOT", "U0BOT", ("chat:write",))


def connect(
    database: Database,
    organization_id: OrganizationId,
    facts: WorkspaceFacts = FACTS,
    *,
    bot_token: str = "xoxb-first",
    signing_secret: str = "first secret",
) -> IntegrationId:
    with write(database) as session:
        return connect_workspace(
            session,
            system(organization_id),
            facts,
            bot_token=bot_token,
            signing_secret=signing_secret,
            secret_box=BOX,
            now=NOW,
        ).id


def park_a_delivery(database: Database, integration_id: IntegrationId) -> None:
    with write(database) as session:
        session.add(
            Delivery(
                natural_key="card:1",
                kind="card",
                integration_id=integration_id,
                channel="C0OPS",
                body={},
                state=DeliveryState.PARKED,
                reason="token_revoked",
                created_at=NOW,
            )
        )


def state_of_deliveries(database: Database) -> list[str]:
    with read(database) as session:
        return list(session.scalars(select(Delivery.state)))


def events(database: Database) -> list[tuple[OrganizationId | None, str]]:
    with read(database) as session:
        found = session.scalars(
            select(AuditEntry).where(AuditEntry.event.startswith("integration")).order_by(AuditEntry.id)
        )
        return [(entry.organization_id, entry.event) for entry in found]


def test_a_connected_workspace_is_found_by_its_team_and_its_secrets_can_be_read(database):
    home = make_organization(database)

    connect(database, home)

    with read(database) as session:
        found = find_workspace(session, "T0ACME")
        assert found is not None
        assert (found.name, found.url, found.bot_user_id, found.scopes) == (
            "Acme",
            "https://acme.slack.com/",
            "U0BOT",
            ["chat:write"],
        )
        assert (open_bot_token(found, BOX), open_signing_secret(found, BOX)) == ("xoxb-first", "first secret")


def test_the_stored_row_holds_no_secret_in_the_clear(database):
    connect(database, make_organization(database))

    with read(database) as session:
        row = session.scalars(select(Integration)).one()
        stored = " ".join(str(getattr(row, column.name)) for column in Integration.__table__.columns)
    assert "xoxb-first" not in stored
    assert "first secret" not in stored


@pytest.mark.parametrize("field", ["sealed_bot_token", "sealed_signing_secret"])
def test_a_secret_copied_from_another_row_or_column_is_refused(database, field):
    home = make_organization(database)
    victim, other = connect(database, home), connect(database, home, replace(FACTS, team_id="T0OTHER"))
    opened = {"sealed_bot_token": open_bot_token, "sealed_signing_secret": open_signing_secret}[field]

    refused = []
    for source_field in ("sealed_bot_token", "sealed_signing_secret"):
        with read(database) as session:
            row, copied = session.get_one(Integration, victim), session.get_one(Integration, other)
            setattr(row, field, getattr(copied, source_field))
            with pytest.raises(SecretUnreadableError) as refusal:
                opened(row, BOX)
            refused.append(refusal.value.code)

    assert refused == ["secrets.unreadable"] * 2


@pytest.mark.parametrize(("token", "secret"), [("", "secret"), ("xoxb-first", ""), ("xoxb-first", " \n")])
def test_a_workspace_without_both_secrets_is_not_connected(database, token, secret):
    home = make_organization(database)

    with pytest.raises(InvalidInputError, match="both"):
        connect(database, home, bot_token=token, signing_secret=secret)

    with read(database) as session:
        assert list_workspaces(session, home) == []


def test_connecting_again_takes_new_secrets_and_lets_what_was_parked_go_on(database):
    home = make_organization(database)
    first = connect(database, home)
    with write(database) as session:
        mark_broken(session, first, "token_revoked", now=NOW)
    park_a_delivery(database, first)

    second = connect(database, home, bot_token="xoxb-second", signing_secret="second secret")

    with read(database) as session:
        (found,) = list_workspaces(session, home)
        assert (found.id, found.broken_reason, open_bot_token(found, BOX)) == (second, None, "xoxb-second")
        assert open_signing_secret(found, BOX) == "second secret"
    assert (first == second, state_of_deliveries(database)) == (True, ["pending"])


def test_several_organizations_share_a_workspace(database):
    home, elsewhere = make_organization(database), make_organization(database, "elsewhere")

    shared = {connect(database, one) for one in (home, elsewhere)}

    with read(database) as session:
        (integration_id,) = shared
        assert list_organization_ids(session, integration_id) == [home, elsewhere]
        assert [one.id for one in list_workspaces(session, elsewhere)] == [integration_id]


def test_another_organization_cannot_take_a_workspace_over_with_an_app_of_its_own(database):
    home, elsewhere = make_organization(database), make_organization(database, "elsewhere")
    connect(database, home)

    with pytest.raises(WorkspaceTakenError):
        connect(database, elsewhere, replace(FACTS, app_id="A0EVIL"), bot_token="xoxb-evil", signing_secret="evil")

    with read(database) as session:
        (found,) = list_workspaces(session, home)
        assert (found.app_id, open_signing_secret(found, BOX)) == ("A0APP", "first secret")
        assert list_workspaces(session, elsewhere) == []


def test_the_only_organization_of_a_workspace_may_change_its_app(database):
    home = make_organization(database)
    connect(database, home)

    connect(database, home, replace(FACTS, app_id="A0NEW"))

    with read(database) as session:
        assert [one.app_id for one in list_workspaces(session, home)] == ["A0NEW"]


def test_a_workspace_is_broken_once_and_healed_once_however_often_it_is_said(database):
    home = make_organization(database)
    integration_id = connect(database, home)
    park_a_delivery(database, integration_id)

    with write(database) as session:
        broken = [mark_broken(session, integration_id, reason, now=NOW) for reason in ("token_revoked", "again")]
        reason = session.get_one(Integration, integration_id).broken_reason
    with write(database) as session:
        healed = [mark_healed(session, integration_id, now=NOW) for _ in range(2)]

    assert (broken, reason, healed) == ([True, False], "token_revoked", [True, False])
    assert state_of_deliveries(database) == ["pending"]
    assert events(database) == [
        (home, AuditEvent.INTEGRATION_ADD),
        (home, AuditEvent.INTEGRATION_DISABLED),
        (home, AuditEvent.INTEGRATION_HEALED),
    ]


def test_after_resealing_the_old_key_can_be_taken_away(database):
    home = make_organization(database)
    connect(database, home)

    with write(database) as session:
        number = reseal_secrets(session, SecretBox([NEW_KEY, OLD_KEY]))

    with read(database) as session:
        (found,) = list_workspaces(session, home)
        assert (number, open_bot_token(found, SecretBox([NEW_KEY]))) == (2, "xoxb-first")


def test_resealing_with_a_foreign_key_changes_nothing(database):
    home = make_organization(database)
    connect(database, home)

    with pytest.raises(SecretUnreadableError), write(database) as session:
        reseal_secrets(session, SecretBox([NEW_KEY]))

    with read(database) as session:
        (found,) = list_workspaces(session, home)
        assert open_signing_secret(found, BOX) == "first secret"


def test_who_connected_a_workspace_stands_in_the_audit_log_without_its_secrets(database):
    home = make_organization(database)
    make_person(database, home, "Ada", Role.OWNER)

    connect(database, home)
    connect(database, home)

    with read(database) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.event.startswith("integration"))).all()
    assert [(entry.event, entry.data) for entry in entries] == [
        (event, {"team_id": "T0ACME", "app_id": "A0APP"})
        for event in (AuditEvent.INTEGRATION_ADD, AuditEvent.INTEGRATION_EDIT)
    ]


def disconnect(database: Database, organization_id: OrganizationId, integration_id: IntegrationId) -> bool:
    with write(database) as session:
        return disconnect_workspace(session, system(organization_id), integration_id, now=NOW)


def test_a_workspace_is_disconnected_once_and_works_again_when_it_is_connected_anew(database):
    home = make_organization(database)
    workspace = connect(database, home)

    news = [disconnect(database, home, workspace) for _ in range(2)]

    with read(database) as session:
        assert [one.works for one in list_workspaces(session, home)] == [False]
    connect(database, home)
    with read(database) as session:
        assert [one.works for one in list_workspaces(session, home)] == [True]
    assert (news, [event for _, event in events(database)][1:]) == (
        [True, False],
        [AuditEvent.INTEGRATION_DISCONNECT, AuditEvent.INTEGRATION_EDIT],
    )


def test_a_workspace_that_others_use_too_is_not_disconnected_for_all_of_them(database):
    home, elsewhere = make_organization(database), make_organization(database, "elsewhere")
    (workspace,) = {connect(database, one) for one in (home, elsewhere)}

    with pytest.raises(WorkspaceSharedError):
        disconnect(database, home, workspace)

    with read(database) as session:
        assert [one.works for one in list_workspaces(session, elsewhere)] == [True]


def test_another_organization_neither_disconnects_a_workspace_nor_connects_it_anew(database):
    home, elsewhere = make_organization(database), make_organization(database, "elsewhere")
    workspace = connect(database, home)

    with pytest.raises(WorkspaceNotFoundError):
        disconnect(database, elsewhere, workspace)
    disconnect(database, home, workspace)
    with pytest.raises(WorkspaceTakenError):
        connect(database, elsewhere)

    with read(database) as session:
        assert [one.works for one in list_workspaces(session, home)] == [False]
