"""`tocsin issues resolve`: that an issue is over, and where its fix is."""

from typing import Annotated

from cyclopts import Parameter

from tocsin.cli.issue_acts import IssueArgument, act_on
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption
from tocsin.issues.act import IssueAction
from tocsin.kernel.errors import InvalidInputError


def resolve(
    issue: IssueArgument,
    /,
    *,
    in_release: Annotated[str | None, Parameter(help="The fix is in this release (shop@1.2.3).")] = None,
    in_current_release: Annotated[bool, Parameter(help="The fix is in the release that the project has now.")] = False,
    in_next_release: Annotated[bool, Parameter(help="The fix comes with whichever release is next.")] = False,
    in_commit: Annotated[str | None, Parameter(help="The fix is this commit: 7 to 64 digits of its sha.")] = None,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Mark an issue resolved; if it comes back, a new card tells so. Events of older releases do not bring it back."""
    wishes: list[IssueAction] = []
    if in_release is not None:
        wishes.append(IssueAction("resolve_in_release", release=in_release))
    if in_current_release:
        wishes.append(IssueAction("resolve_in_current_release"))
    if in_next_release:
        wishes.append(IssueAction("resolve_in_next_release"))
    if in_commit is not None:
        wishes.append(IssueAction("resolve_in_commit", commit=in_commit))
    if len(wishes) > 1:
        raise InvalidInputError(
            "Give only one of --in-release, --in-current-release, --in-next-release and --in-commit."
        )
    action = wishes[0] if wishes else IssueAction("resolve")
    act_on(issue, action, organization=organization, as_=as_, json=json)
