"""What a request knows of its workspace: whose secret proves it, and every organization that uses it."""

import pytest
from cryptography.fernet import Fernet

from tests.support.acme import NOW, make_organization, system
from tocsin.chat.models import OrganizationIntegration
from tocsin.chat.platform import WorkspaceFacts
from tocsin.chat.workspaces import connect_workspace
from tocsin.kernel.db import Database, write
from tocsin.kernel.secrets import SecretBox
from tocsin.slack.workspaces import Workspace, Workspaces

FACTS = WorkspaceFacts("T0ACME", "Acme", "https://acme.slack.com/", "A0APP", "B0BOT", "U0BOT", ())


@pytest.fixture
def secrets():
    return SecretBox([Fernet.generate_key().decode()])


def connect(database: Database, secrets: SecretBox, organization_id) -> None:
    with write(database) as session:
        connect_workspace(
            session,
            system(organization_id),
            FACTS,
            bot_token="xoxb-example",
            signing_secret="example-secret",
            secret_box=secrets,
            now=NOW,
        )


def known(database: Database, secrets: SecretBox) -> Workspace:
    (workspace,) = Workspaces(database, secrets, lambda: NOW).all()
    return workspace


def test_a_workspace_knows_the_one_organization_that_uses_it(database, secrets):
    home = make_organization(database)

    connect(database, secrets, home)

    assert known(database, secrets).organization_ids == (home,)


def test_a_workspace_of_several_organizations_names_them_all_and_chooses_none(database, secrets):
    homes = tuple(make_organization(database, slug) for slug in ("acme", "rival"))

    for home in homes:
        connect(database, secrets, home)

    assert known(database, secrets).organization_ids == homes


def test_a_workspace_that_no_organization_uses_any_more_is_bound_to_none(database, secrets):
    home = make_organization(database)
    connect(database, secrets, home)

    with write(database) as session:
        session.delete(session.get_one(OrganizationIntegration, (home, 1)))

    assert known(database, secrets).organization_ids == ()


def test_the_secret_of_a_workspace_is_not_shown_where_it_is_printed(database, secrets):
    connect(database, secrets, make_organization(database))

    assert "example-secret" not in repr(known(database, secrets))
