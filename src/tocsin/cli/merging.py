"""`tocsin issues merge`, `unmerge` and `fingerprints`: issues that are one problem."""

from typing import Annotated

from cyclopts import Parameter

from tocsin.cli.choose import choose_organization, choose_person
from tocsin.cli.database import open_database
from tocsin.cli.issue_acts import IssueArgument, act_on, get_visible
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption
from tocsin.cli.output import answer, table
from tocsin.issues.act import IssueAction
from tocsin.issues.merging import list_fingerprints
from tocsin.kernel.db import read
from tocsin.settings import Settings


def merge(
    issue: IssueArgument,
    /,
    *,
    into: Annotated[str, Parameter(help="Number or short id of the issue that it is a part of.")],
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Let an issue be a part of another one of its project, with all events that came and will come."""
    act_on(issue, IssueAction("merge", into=into), organization=organization, as_=as_, json=json)


def unmerge(
    issue: IssueArgument,
    /,
    *,
    fingerprint: Annotated[list[str], Parameter(help="What to take out, as `fingerprints` shows it; repeatable.")],
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Give fingerprints back as an issue of their own, with their events."""
    action = IssueAction("unmerge", fingerprints=tuple(fingerprint))
    act_on(issue, action, organization=organization, as_=as_, json=json)


def fingerprints(
    issue: IssueArgument, /, *, organization: OrganizationOption = None, as_: AsOption = None, json: JsonOption = False
) -> None:
    """Show the fingerprints that lead to an issue, oldest first."""
    with open_database(Settings()) as database, read(database) as session:
        home = choose_organization(session, organization)
        found = get_visible(session, home, choose_person(session, home, as_), issue)
        own = list_fingerprints(session, found.id)
        rows = [(each.hash, each.method, each.summary, each.merged_from_id) for each in own]
    names = ("fingerprint", "method", "summary", "merged_from")
    documents = [dict(zip(names, row, strict=True)) for row in rows]
    heads = ("FINGERPRINT", "METHOD", "MADE OF", "MERGED FROM")
    answer(documents, table(heads, rows, nothing="None leads here."), as_json=json)
