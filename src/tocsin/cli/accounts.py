"""`tocsin accounts`: the accounts of this server, each one for all organizations."""

from typing import Annotated

from cyclopts import App, Parameter
from sqlalchemy.orm import Session

from tocsin.cli.choose import SOURCE
from tocsin.cli.database import acting, open_database
from tocsin.cli.options import JsonOption
from tocsin.cli.output import answer, table
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read
from tocsin.members.accounts import deactivate_account, list_accounts, reactivate_account
from tocsin.members.errors import AccountNotFoundError
from tocsin.members.models import User
from tocsin.members.people import find_user
from tocsin.settings import Settings

app = App(name="accounts", help="The accounts of this server, each one for all organizations.")

EmailArgument = Annotated[str, Parameter(name="EMAIL", help="The person's e-mail.")]


@app.command(name="list")
def list_(*, json: JsonOption = False) -> None:
    """Show everybody who has an account, whether they can sign in, and the organizations they belong to."""
    with open_database(Settings()) as database, read(database) as session:
        documents = [
            {"email": user.email, "name": user.name, "active": user.is_active, "organizations": slugs}
            for user, slugs in list_accounts(session)
        ]
    rows = [
        (each["email"], each["name"], each["active"], " ".join(each["organizations"]) or None) for each in documents
    ]
    lines = table(("E-MAIL", "NAME", "ACTIVE", "ORGANIZATIONS"), rows, nothing="There is no account yet.")
    answer(documents, lines, as_json=json)


@app.command
def deactivate(email: EmailArgument, /, *, json: JsonOption = False) -> None:
    """Switch an account off: its person can do nothing in any organization, and what is theirs becomes nobody's."""
    with open_database(Settings()) as database, acting(database) as session:
        user = _get_user(session, email)
        deactivate_account(session, user, source=SOURCE, now=system_clock())
        document = {"email": user.email, "active": user.is_active}
    answer(document, [f"The account of {document['email']} is deactivated."], as_json=json)


@app.command
def reactivate(email: EmailArgument, /, *, json: JsonOption = False) -> None:
    """Switch an account on again; its places, roles and teams are as they were."""
    with open_database(Settings()) as database, acting(database) as session:
        user = _get_user(session, email)
        reactivate_account(session, user, source=SOURCE, now=system_clock())
        document = {"email": user.email, "active": user.is_active}
    answer(document, [f"The account of {document['email']} is active."], as_json=json)


def _get_user(session: Session, email: str) -> User:
    user = find_user(session, email)
    if user is None:
        raise AccountNotFoundError(f"Nobody has an account with the e-mail {email}.")
    return user
