"""`tocsin policy`: what is told in the threads of an organization."""

from dataclasses import asdict
from typing import Annotated, Literal

from cyclopts import App, Parameter

from tocsin.activities.policy import DEFAULTS, Told, get_told_type, policy_of, set_policy, switch_threads
from tocsin.cli.choose import choose_organization, permit_for
from tocsin.cli.database import acting, open_database
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption
from tocsin.cli.output import answer, table
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read
from tocsin.kernel.errors import InvalidInputError
from tocsin.organizations.models import Organization
from tocsin.organizations.permit import Verb
from tocsin.settings import Settings

app = App(name="policy", help="What is told in the threads of cards.")

OnOff = Literal["on", "off"]


@app.command
def show(*, organization: OrganizationOption = None, json: JsonOption = False) -> None:
    """Show what is told of each type of activity, when a person did it and when the system did."""
    with open_database(Settings()) as database, read(database) as session:
        home = choose_organization(session, organization)
    answer(_document(home), _lines(home), as_json=json)


@app.command(name="set")
def set_(
    type_: Annotated[str, Parameter(name="TYPE", help="A type of activity, as `policy show` names it.")],
    /,
    *,
    user: Annotated[OnOff | None, Parameter(help="Whether to tell it when a person did it.")] = None,
    system: Annotated[OnOff | None, Parameter(help="Whether to tell it when the system did it.")] = None,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Choose whether one type of activity is told in threads."""
    if user is None and system is None:
        raise InvalidInputError("Say --user on|off, --system on|off, or both.")
    activity_type = get_told_type(type_)
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        permit = permit_for(session, home, as_, Verb.EDIT_ORGANIZATION)
        now_told = policy_of(home)[activity_type]
        told = Told(
            user=now_told.user if user is None else user == "on",
            system=now_told.system if system is None else system == "on",
        )
        set_policy(session, home, permit, {activity_type: told}, now=system_clock())
    answer(_document(home), _lines(home), as_json=json)


@app.command
def threads(
    state: Annotated[OnOff, Parameter(name="STATE", help="on or off")],
    /,
    *,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Let threads be answered, or say nothing in any of them."""
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        permit = permit_for(session, home, as_, Verb.EDIT_ORGANIZATION)
        switch_threads(session, home, permit, is_on=state == "on", now=system_clock())
    answer(_document(home), _lines(home), as_json=json)


def _document(organization: Organization) -> dict[str, object]:
    return {
        "organization": organization.slug,
        "threads": organization.threads_enabled,
        "policy": {str(name): asdict(told) for name, told in policy_of(organization).items()},
    }


def _lines(organization: Organization) -> list[str]:
    rows = [
        (name, _words(told.user), _words(told.system), "" if told == DEFAULTS[name] else "changed")
        for name, told in policy_of(organization).items()
    ]
    state = "answered" if organization.threads_enabled else "switched off: nothing is said in any of them"
    return [f"Threads of {organization.slug} are {state}.", *table(("TYPE", "PERSON", "SYSTEM", ""), rows, nothing="")]


def _words(is_told: bool) -> str:
    return "told" if is_told else "not told"
