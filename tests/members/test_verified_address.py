"""What proves that somebody reads an address's mail: a link that went there, and nothing else."""

import pytest
from cryptography.fernet import Fernet

from tests.support.acme import NOW, make_organization, system
from tocsin.deliveries.mail import Mailing, claim_mail, open_secrets
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.secrets import SecretBox
from tocsin.members.approvals import invite, make_invitation_link
from tocsin.members.invitations import accept_as_newcomer
from tocsin.members.models import User
from tocsin.members.people import get_or_create_user
from tocsin.organizations.permit import Role

BASE = "https://bell.example.com"


@pytest.fixture
def mailing():
    return Mailing(SecretBox([Fernet.generate_key().decode()]), BASE, is_on=True)


def accept(database: Database, link: str) -> User:
    token = link.rstrip("/").rpartition("/")[2]
    with write(database) as session:
        user_id = accept_as_newcomer(session, token, name="Grace", password_hash="x", now=NOW)
    with read(database) as session:
        return session.get_one(User, user_id)


def invited(session, home, mailing):
    return invite(session, system(home), mailing, email="grace@example.com", role=Role.MEMBER, now=NOW).invitation


def test_whoever_comes_in_by_a_mail_has_a_verified_address(database, mailing):
    home = make_organization(database)
    with write(database) as session:
        invited(session, home, mailing)
        claimed = claim_mail(session, now=NOW, lease=NOW - NOW)
        assert claimed is not None
        link = open_secrets(claimed, mailing.secrets)["link"]

    assert accept(database, link).email_verified_at == NOW


def test_whoever_comes_in_by_a_link_that_was_passed_on_has_none(database, mailing):
    home = make_organization(database)
    with write(database) as session:
        link = make_invitation_link(session, system(home), invited(session, home, mailing), mailing, now=NOW)

    assert accept(database, link).email_verified_at is None


def test_an_account_that_somebody_made_for_another_has_none(database):
    with write(database) as session:
        user = get_or_create_user(session, "grace@example.com", now=NOW)

    assert user.email_verified_at is None
