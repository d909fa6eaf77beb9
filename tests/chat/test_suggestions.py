"""What two e-mails say about who somebody is: a hint, and only for those who do not administer."""

import pytest

from tests.support.acme import NOW, make_organization, make_person
from tocsin.chat.suggestions import Likeness, compare_emails
from tocsin.kernel.db import read, write
from tocsin.members.models import User
from tocsin.organizations.permit import Role


@pytest.mark.parametrize(
    ("role", "is_verified", "chat_email", "likeness"),
    [
        (Role.MEMBER, True, "ada@example.com", Likeness.SAME),
        (Role.ADMIN, True, " Ada@Example.com ", Likeness.SAME),
        (Role.MEMBER, True, "eve@example.com", Likeness.DIFFERENT),
        (Role.MEMBER, True, "ada@example.com.evil.example", Likeness.DIFFERENT),
        (Role.MEMBER, True, None, Likeness.UNKNOWN),
        (Role.MEMBER, False, "ada@example.com", Likeness.UNKNOWN),
        (Role.MANAGER, True, "ada@example.com", Likeness.UNKNOWN),
        (Role.OWNER, True, "ada@example.com", Likeness.UNKNOWN),
        (Role.OWNER, True, "eve@example.com", Likeness.UNKNOWN),
    ],
)
def test_an_e_mail_says_something_only_where_it_is_verified_and_nobody_administers(
    database, role, is_verified, chat_email, likeness
):
    home = make_organization(database)
    ada = make_person(database, home, "Ada", role)
    with write(database) as session:
        session.get_one(User, ada).email_verified_at = NOW if is_verified else None

    with read(database) as session:
        found = compare_emails(session, ada, home, chat_email)

    assert found == likeness


def test_nothing_is_said_of_somebody_in_another_organization(database):
    home, other = make_organization(database), make_organization(database, "rival")
    ada = make_person(database, home, "Ada")

    with read(database) as session:
        assert compare_emails(session, ada, other, "ada@example.com") == Likeness.UNKNOWN
