"""`tocsin deploys`: where releases arrive."""

from typing import Annotated

from cyclopts import App, Parameter

from tocsin.cli.options import AsOption, JsonOption, OrganizationOption
from tocsin.cli.output import answer
from tocsin.cli.releases import VersionArgument, WhereOption, document, for_each_release
from tocsin.issues.shipping import deploy

app = App(name="deploys", help="Where releases arrive.")


@app.command
def new(
    version: VersionArgument,
    /,
    *,
    environment: Annotated[str, Parameter(help="Where the release runs now: production.")],
    project: WhereOption = None,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Say that a release reached an environment; the threads of the issues that it fixes hear of it, once."""
    shipped = for_each_release(
        version,
        lambda session, permit, release, now: deploy(session, permit, release, environment, now=now),
        project=project,
        organization=organization,
        as_=as_,
    )
    lines = [
        f"{version} of {place.slug} is in {environment}; fixes told of: {', '.join(one.issues) or 'none'}."
        for place, one in shipped
    ]
    documents = [document(place.slug, one) | {"environment": environment} for place, one in shipped]
    answer(documents, lines, as_json=json)
