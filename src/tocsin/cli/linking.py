"""`tocsin issues link` and `unlink`: the same issue elsewhere."""

from typing import Annotated

from cyclopts import Parameter

from tocsin.cli.issue_acts import IssueArgument, act_on
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption
from tocsin.issues.act import IssueAction

UrlArgument = Annotated[str, Parameter(name="URL", help="Address of the issue there, with http or https.")]


def link(
    issue: IssueArgument,
    url: UrlArgument,
    /,
    *,
    label: Annotated[str | None, Parameter(help="What it is called there; without it, what its address says.")] = None,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Keep that an issue is also tracked elsewhere, and tell it in its threads."""
    act_on(issue, IssueAction("link", url=url, label=label), organization=organization, as_=as_, json=json)


def unlink(
    issue: IssueArgument,
    url: UrlArgument,
    /,
    *,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Forget such a link."""
    act_on(issue, IssueAction("unlink", url=url), organization=organization, as_=as_, json=json)
