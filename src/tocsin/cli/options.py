"""The options that many verbs share."""

from typing import Annotated

from cyclopts import Parameter

OrganizationOption = Annotated[
    str | None, Parameter(name="--organization", help="Slug of the organization; needed when there are several.")
]
WorkspaceOption = Annotated[
    str | None, Parameter(name="--workspace", help="Id (T...) or name of the Slack workspace; needed when several.")
]
AsOption = Annotated[
    str | None, Parameter(name="--as", help="E-mail of the member who acts; without it, the first owner.")
]
JsonOption = Annotated[bool, Parameter(name="--json", help="Print one JSON document on stdout and nothing else.")]
PasswordOption = Annotated[
    bool, Parameter(name="--password-stdin", help="Read a password from the first line of stdin.")
]
